import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../../local/containers/free-port";
import { ProjectCopy } from "../../bench/project-copy";
import { fetchWhole } from "../../support/fetch-whole";
import { root } from "./local-aws";

/** An error as `--json` prints it. */
export interface PrintedError {
  readonly code: string;
  readonly message: string;
  readonly details: readonly string[];
  readonly location: { readonly file: string; readonly line: number } | null;
  readonly cure: string;
}

interface Printed {
  readonly data: { readonly category?: string } | null;
  readonly error: PrintedError | null;
}

/** A copy of the project to spoil, with a local platform of its own, worked on with the real command. */
export class Checkout {
  readonly copy = new ProjectCopy(root);

  private constructor(readonly port: number) {}

  /** Path of Pulumi's state of the local stack. */
  get stackState(): string {
    return join(this.copy.root, ".slipway", "pulumi", ".pulumi", "stacks", "slipway", "local.json");
  }

  static async create(): Promise<Checkout> {
    return new Checkout(await freePort());
  }

  /** `slipway local up --json`, on another port or in another environment when these are given. */
  async up(o: { port?: number; env?: NodeJS.ProcessEnv } = {}): Promise<{ exitCode: number | null } & Printed> {
    const run = this.start(["local", "up", "--port", String(o.port ?? this.port), "--runner", "process", "--json"], o.env);
    const exitCode = await run.ended;
    return { exitCode, ...(JSON.parse(run.stdout) as Printed) };
  }

  /** `slipway local up`, started and not waited for. */
  startUp(): Run {
    return this.start(["local", "up", "--port", String(this.port), "--runner", "process"]);
  }

  /** `slipway local down`, to its end. */
  async down(): Promise<number | null> {
    return this.start(["local", "down"]).ended;
  }

  /** Any other verb with `--json`, to its end. */
  async command(...args: readonly string[]): Promise<{ exitCode: number | null; data: unknown; error: PrintedError | null }> {
    const run = this.start([...args, "--json"]);
    const exitCode = await run.ended;
    return { exitCode, ...(JSON.parse(run.stdout) as { data: unknown; error: PrintedError | null }) };
  }

  /** Names of the training jobs at work, as the platform tells them. */
  async runningJobs(): Promise<string[]> {
    const answer = await fetchWhole(`http://localhost:${this.port}/_slipway/status`).catch(() => undefined);
    const status = (await answer?.json()) as { trainingJobs: { name: string; status: string }[] } | undefined;
    return status?.trainingJobs.filter((job) => job.status === "InProgress").map(({ name }) => name) ?? [];
  }

  /** The category of the sample flower, by `slipway invoke iris @sample`. */
  async category(): Promise<string | undefined> {
    const run = this.start(["invoke", "iris", "@sample"]);
    await run.ended;
    return (JSON.parse(run.stdout) as { category?: string }).category;
  }

  /** URNs of everything in the stack's state. */
  resources(): string[] {
    const { checkpoint } = JSON.parse(readFileSync(this.stackState, "utf8")) as {
      checkpoint: { latest?: { resources?: { urn: string }[] } };
    };
    return (checkpoint.latest?.resources ?? []).map(({ urn }) => urn);
  }

  /** The engine at work on this checkout's stack, when there is one. */
  enginePid(): number | undefined {
    const record = join(this.copy.root, ".slipway", "engine.json");
    return existsSync(record) ? (JSON.parse(readFileSync(record, "utf8")) as { pid: number }).pid : undefined;
  }

  /** Makes `fit()` last, so that it can be cut off in the middle. */
  trainFor(seconds: number): void {
    this.copy.edit("models/iris/model.py", (text) =>
      text.replace(/( +)(def fit\(.*\):\n)/, `$1$2$1    __import__("time").sleep(${seconds})\n`),
    );
  }

  async remove(): Promise<void> {
    await this.down();
    this.copy.remove();
  }

  private start(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Run {
    return new Run(
      spawn(process.execPath, [join(this.copy.root, "cli", "slipway.js"), ...args], {
        cwd: this.copy.root,
        env,
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  }
}

/** A command at work. */
export class Run {
  stdout = "";
  stderr = "";
  readonly ended: Promise<number | null>;

  constructor(private readonly child: ChildProcess) {
    child.stdout?.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = new Promise((settle) => child.once("close", settle));
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }
}
