import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PlatformArgs } from "../../../components";
import { ensurePulumi } from "../../../tools/pulumi/ensure";
import type { EngineRun } from "./engine-run";
import { type LocalAws, root } from "./local-aws";
import { StackFolder } from "./stack-folder";

/** What one run of the engine did. `changes` lists every step but `same`, as `create aws:sagemaker/model:Model near-model`. */
export interface Run {
  readonly exitCode: number | null;
  readonly changes: string[];
  readonly text: string;
}

const program = `import { readFileSync } from "node:fs";
import { ModelService, Platform, type ModelServiceArgs, type PlatformArgs } from "${root}/components";

interface Declaration {
  readonly platform: PlatformArgs;
  readonly models: Record<string, Omit<ModelServiceArgs, "platform">>;
}
const declaration = JSON.parse(readFileSync("declaration.json", "utf8")) as Declaration;
const platform = new Platform("platform", { forceDestroy: true, ...declaration.platform });
export const models = Object.fromEntries(
  Object.entries(declaration.models).map(([name, args]) => [name, new ModelService(name, { ...args, platform }).outputs]),
);
`;

/** A Pulumi project in a folder of its own, run by the real engine against the local AWS endpoint. Its models are read from `declaration.json`. */
export class Project extends StackFolder<Run> {
  /** A project with one model folder, `models/near`, copied from the fixture of that name. */
  static async create(aws: LocalAws): Promise<Project> {
    const { bin } = await ensurePulumi({});
    const variables = {
      AWS_ENDPOINT_URL: aws.endpointUrl,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_EC2_METADATA_DISABLED: "true",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    };
    const project = new Project("project", { bin, providerPort: aws.providerPort }, variables);
    project.write("Pulumi.yaml", "name: slipway\nruntime: nodejs\n");
    project.write("package.json", '{ "main": "index.ts" }\n');
    project.write("index.ts", program);
    project.write("tsconfig.json", JSON.stringify({ extends: join(root, "tsconfig.json") }));
    cpSync(join(root, "test", "engine", "fixtures", "nearest"), join(project.folder, "models", "near"), { recursive: true });
    await project.pulumi("stack", "init", "test");
    return project;
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  /** Declares the models of the next run, arguments of `ModelService` by name without `platform`, and the platform's own arguments. */
  declare(models: Record<string, unknown>, platform: PlatformArgs = {}): void {
    this.write("declaration.json", JSON.stringify({ platform, models }));
  }

  /** Starts `pulumi up` and returns its process, for tests that end it half-way. */
  start(): ChildProcess {
    return spawn("pulumi", ["up", "--yes", "--skip-preview", "--json", "--stack", "test"], {
      cwd: this.folder,
      env: this.environment,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  }

  /** What an operator does after an engine was killed: releases the lock it left. */
  async recover(): Promise<void> {
    await this.pulumi("cancel", "--yes", "--stack", "test");
  }

  /** Runs the built `slipway` command as an operator of the stack does: in the project's folder, with the stack's backend and credentials. */
  async slipway(...args: string[]): Promise<{ readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }> {
    const child = spawn(process.execPath, [join(root, "dist", "cli.js"), ...args], { cwd: this.folder, env: this.environment });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
    const exitCode = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { exitCode, ...output };
  }

  protected told({ exitCode, steps, text }: EngineRun): Run {
    return { exitCode, changes: steps.filter(({ op }) => op !== "same").map(({ op, type, name }) => `${op} ${type} ${name}`), text };
  }
}
