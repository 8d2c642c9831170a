import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { ensurePulumi } from "../../../../tools/pulumi/ensure";
import { engineRun, type PulumiPlace, pulumiOutput } from "../../support/engine-run";
import { root } from "../../support/local-aws";
import type { ProviderUnderTest } from "./provider-under-test";

/** What one run of the engine did: its exit code, its steps as `create aws:s3/bucket:Bucket data`, and all it said. */
export interface Run {
  readonly exitCode: number | null;
  readonly steps: string[];
  readonly text: string;
}

/** A resource of the stack's state. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
  readonly initErrors?: string[];
}

const QUIET = new Set(["same", "read", "discard"]);

/** A Pulumi program in plain JavaScript in a folder of its own, with its own state. */
export class Program {
  readonly folder = mkdtempSync(join(tmpdir(), "slipway-program-"));

  private constructor(private readonly environment: NodeJS.ProcessEnv) {}

  static async create(provider: Pick<ProviderUnderTest, "port" | "endpointUrl">): Promise<Program> {
    const { bin } = await ensurePulumi({});
    const environment: NodeJS.ProcessEnv = {};
    const program = new Program(environment);
    const backend = join(program.folder, "backend");
    mkdirSync(backend);
    Object.assign(environment, process.env, {
      PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`,
      AWS_REGION: "us-east-1",
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_HOME: join(program.folder, "home"),
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true",
      PULUMI_DEBUG_PROVIDERS: ["aws", "awsx", "docker"].map((name) => `${name}:${provider.port}`).join(","),
    });
    program.write("Pulumi.yaml", "name: provider\nruntime:\n  name: nodejs\n  options: { typescript: false }\n");
    program.write("package.json", '{ "main": "index.js" }\n');
    symlinkSync(join(root, "node_modules"), join(program.folder, "node_modules"));
    await program.pulumi("stack", "init", "test");
    return program;
  }

  /** Writes a file of the program, by its path relative to the program's folder. */
  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), content);
  }

  /** Sets the program's text; `aws`, `awsx`, `docker` and `pulumi` are at hand, and what it assigns to `exports` is the outputs. */
  is(text: string): void {
    const imports = ["aws", "awsx", "docker"].filter((name) => new RegExp(`\\b${name}\\.`).test(text));
    const lines = ['const pulumi = require("@pulumi/pulumi");', ...imports.map((name) => `const ${name} = require("@pulumi/${name}");`)];
    this.write("index.js", `${lines.join("\n")}\n${text}`);
  }

  up(...args: string[]): Promise<Run> {
    return this.run("up", "--yes", "--skip-preview", ...args);
  }

  preview(): Promise<Run> {
    return this.run("preview");
  }

  refresh(): Promise<Run> {
    return this.run("refresh", "--yes", "--skip-preview");
  }

  destroy(): Promise<Run> {
    return this.run("destroy", "--yes", "--skip-preview");
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

  /** One plain `pulumi` command's output; fails with its own words. */
  pulumi(...args: string[]): Promise<string> {
    return pulumiOutput(args, this.place);
  }

  private async run(...args: string[]): Promise<Run> {
    const { exitCode, steps, text } = await engineRun(args, this.place);
    const shown = steps.filter(({ op, type }) => !QUIET.has(op) && type !== "pulumi:pulumi:Stack" && !type.startsWith("pulumi:providers:"));
    return { exitCode, steps: shown.map(({ op, type, name }) => `${op} ${type} ${name}`), text };
  }

  private get place(): PulumiPlace {
    return { cwd: this.folder, env: this.environment };
  }
}
