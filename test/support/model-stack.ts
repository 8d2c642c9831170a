import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ModelDescription } from "../../components";
import { freePort } from "../../local/containers/free-port";
import { ProjectCopy } from "../bench/project-copy";
import { fetchWhole } from "./fetch-whole";

const run = promisify(execFile);

const stackState = ".slipway/pulumi/.pulumi/stacks/slipway/local.json";

interface StackState {
  readonly checkpoint: { readonly latest: { readonly resources: readonly StackResource[] } };
}

interface StackResource {
  readonly type: string;
  readonly outputs?: { readonly models?: Readonly<Record<string, ModelDescription>> };
}

interface Shown {
  readonly runner: string;
  readonly models: Readonly<Record<string, { readonly state: string }>>;
}

interface Failure {
  readonly stderr: string;
}

/** Chosen models of this project on a local platform of their own, brought up by the `slipway` command in a copy of the project. */
export class ModelStack {
  readonly copy = new ProjectCopy(join(__dirname, "..", ".."));

  private constructor(
    readonly port: number,
    private readonly runner: "process" | "docker",
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** A copy whose local stack has these models. */
  static async create(models: readonly string[], runner: "process" | "docker", environment: NodeJS.ProcessEnv = {}): Promise<ModelStack> {
    const stack = new ModelStack(await freePort(), runner, environment);
    const list = models.map((model) => `    - ${model}\n`).join("");
    stack.copy.edit("Pulumi.local.yaml", (text) => text.replace(/^( *slipway:models:\n)( *- .*\n)+/m, `$1${list}`));
    return stack;
  }

  get endpointUrl(): string {
    return `http://localhost:${this.port}`;
  }

  /** `slipway local up`. Resolves to what it printed for people. */
  async up(): Promise<string> {
    const { stderr } = await this.slipway("local", "up", "--port", String(this.port), "--runner", this.runner);
    return stderr;
  }

  /** The stack's `models` output, as clients read it. */
  models(): Readonly<Record<string, ModelDescription>> {
    const resources = (JSON.parse(readFileSync(join(this.copy.root, stackState), "utf8")) as StackState).checkpoint.latest.resources;
    return resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs?.models ?? {};
  }

  /** `<model> <state>` of each model that `slipway local status` shows. */
  async status(): Promise<string[]> {
    const { models } = await this.shown();
    return Object.entries(models).map(([name, { state }]) => `${name} ${state}`);
  }

  /** What runs containers, as `slipway local status` shows it. */
  async runnerShown(): Promise<string> {
    return (await this.shown()).runner;
  }

  /** Whether anything still answers where the platform listened. */
  async answers(): Promise<boolean> {
    return fetchWhole(`${this.endpointUrl}/_slipway/health`).then(
      () => true,
      () => false,
    );
  }

  /** The first text of this form that the training of a model printed, such as `accuracy=1.0;`. */
  async trained(model: string, form: RegExp): Promise<string | undefined> {
    const { stdout } = await this.slipway("local", "logs", model, "--lines", "1000");
    return form.exec(stdout)?.[0];
  }

  /** What `slipway invoke` prints. */
  async invoke(...args: string[]): Promise<string> {
    const { stdout } = await this.slipway("invoke", ...args);
    return stdout;
  }

  /** What `slipway invoke` says when it fails. */
  async refusal(...args: string[]): Promise<string> {
    return this.slipway("invoke", ...args).then(
      ({ stdout }) => `answered ${stdout}`,
      (error: unknown) => (error as Failure).stderr,
    );
  }

  /** `slipway local down`, and removal of the copy. */
  async down(): Promise<void> {
    await this.slipway("local", "down").finally(() => this.copy.remove());
  }

  private async shown(): Promise<Shown> {
    const { stdout } = await this.slipway("local", "status", "--json");
    return (JSON.parse(stdout) as { readonly data: Shown }).data;
  }

  private slipway(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    return run(process.execPath, [join(this.copy.root, "cli", "slipway.js"), ...args], {
      cwd: this.copy.root,
      env: { ...process.env, ...this.environment },
      maxBuffer: 64 * 1024 * 1024,
    });
  }
}
