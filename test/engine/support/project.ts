import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { PlatformArgs } from "../../../components";
import { ensurePulumi } from "../../../tools/pulumi/ensure";
import { engineRun, type PulumiPlace, pulumiOutput } from "./engine-run";
import { type LocalAws, root } from "./local-aws";

/** What one run of the engine did. `changes` lists every step but `same`, as `create aws:sagemaker/model:Model near-model`. */
export interface Run {
  readonly exitCode: number | null;
  readonly changes: string[];
  readonly text: string;
}

/** The stack state's resources, as far as the tests read them. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly outputs?: Record<string, unknown>;
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
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), "slipway-project-"));
  private readonly environment: NodeJS.ProcessEnv;

  private constructor(
    aws: LocalAws,
    pulumi: string,
    private readonly providerPort = aws.providerPort,
  ) {
    const backend = join(this.folder, "backend");
    mkdirSync(backend);
    this.environment = {
      ...process.env,
      PATH: `${pulumi}${delimiter}${process.env.PATH ?? ""}`,
      AWS_ENDPOINT_URL: aws.endpointUrl,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_EC2_METADATA_DISABLED: "true",
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_HOME: join(this.folder, "home"),
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true",
      PULUMI_DEBUG_PROVIDERS: ["aws", "awsx", "docker"].map((name) => `${name}:${this.providerPort}`).join(","),
    };
  }

  /** A project with one model folder, `models/near`, copied from the fixture of that name. */
  static async create(aws: LocalAws): Promise<Project> {
    const { bin } = await ensurePulumi({});
    const project = new Project(aws, bin);
    project.write("Pulumi.yaml", "name: slipway\nruntime: nodejs\n");
    project.write("package.json", '{ "main": "index.ts" }\n');
    project.write("index.ts", program);
    project.write("tsconfig.json", JSON.stringify({ extends: join(root, "tsconfig.json") }));
    symlinkSync(join(root, "node_modules"), join(project.folder, "node_modules"));
    cpSync(join(root, "test", "engine", "fixtures", "nearest"), join(project.folder, "models", "near"), { recursive: true });
    await project.pulumi("stack", "init", "test");
    return project;
  }

  /** Writes a file of the project, by its path relative to the project's folder. */
  write(path: string, content: string): void {
    writeFileSync(join(this.folder, path), content);
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  /** Declares the models of the next run, arguments of `ModelService` by name without `platform`, and the platform's own arguments. */
  declare(models: Record<string, unknown>, platform: PlatformArgs = {}): void {
    this.write("declaration.json", JSON.stringify({ platform, models }));
  }

  up(): Promise<Run> {
    return this.run("up", "--yes", "--skip-preview");
  }

  preview(): Promise<Run> {
    return this.run("preview");
  }

  destroy(): Promise<Run> {
    return this.run("destroy", "--yes", "--skip-preview");
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

  async outputs<T>(): Promise<T> {
    return JSON.parse(await this.pulumi("stack", "output", "--json", "--stack", "test")) as T;
  }

  async resources(): Promise<StateResource[]> {
    const state = JSON.parse(await this.pulumi("stack", "export", "--stack", "test")) as { deployment: { resources?: StateResource[] } };
    return state.deployment.resources ?? [];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Output of one plain `pulumi` command in the project; fails with its own words. */
  pulumi(...args: string[]): Promise<string> {
    return pulumiOutput(args, this.place);
  }

  private async run(...args: string[]): Promise<Run> {
    const { exitCode, steps, text } = await engineRun(args, this.place);
    return { exitCode, changes: steps.filter(({ op }) => op !== "same").map(({ op, type, name }) => `${op} ${type} ${name}`), text };
  }

  private get place(): PulumiPlace {
    return { cwd: this.folder, env: this.environment };
  }
}
