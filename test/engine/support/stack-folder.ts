import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type EngineRun, engineRun, type PulumiPlace, pulumiOutput } from "./engine-run";
import { root } from "./local-aws";

/** A resource of the stack's state, as far as the tests read it. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
  readonly initErrors?: string[];
}

/** The `pulumi` command to run, and the port its providers are served on. */
export interface EngineTools {
  readonly bin: string;
  readonly providerPort: number;
}

/** A Pulumi project in a folder of its own, with its own state and one stack, `test`. `Run` is what a run of the engine is told as. */
export abstract class StackFolder<Run> {
  readonly folder: string;
  protected readonly environment: NodeJS.ProcessEnv;

  /** `variables` are set over those of this process. */
  protected constructor(name: string, { bin, providerPort }: EngineTools, variables: NodeJS.ProcessEnv) {
    this.folder = mkdtempSync(join(tmpdir(), `slipway-${name}-`));
    const backend = join(this.folder, "backend");
    mkdirSync(backend);
    this.environment = {
      ...process.env,
      PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`,
      AWS_REGION: "us-east-1",
      // The engine does not write the attributes of its files at one blow: tests kill it.
      PULUMI_BACKEND_URL: `file://${backend}?metadata=skip`,
      PULUMI_HOME: join(this.folder, "home"),
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true",
      PULUMI_DEBUG_PROVIDERS: ["aws", "awsx", "docker"].map((provider) => `${provider}:${providerPort}`).join(","),
      ...variables,
    };
    symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"));
  }

  /** What the tests want of a run. */
  protected abstract told(run: EngineRun): Run;

  /** Writes a file, by its path relative to the folder. */
  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), content);
  }

  up(...args: string[]): Promise<Run> {
    return this.run("up", "--yes", "--skip-preview", ...args);
  }

  preview(...args: string[]): Promise<Run> {
    return this.run("preview", ...args);
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

  /** Output of one plain `pulumi` command; fails with its own words. */
  pulumi(...args: string[]): Promise<string> {
    return pulumiOutput(args, this.place);
  }

  private async run(...args: string[]): Promise<Run> {
    return this.told(await engineRun(args, this.place));
  }

  private get place(): PulumiPlace {
    return { cwd: this.folder, env: this.environment };
  }
}
