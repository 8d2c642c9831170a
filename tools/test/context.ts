import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureBrowser } from "../browser/ensure";
import { tryCommand } from "../command";
import { type EnsuredDocker, ensureBaseImage, ensureDocker } from "../docker/ensure";
import { packageRoot } from "../package-root";
import { ensurePulumi } from "../pulumi/ensure";
import { ensureDevTools, ensureLocalTools } from "../python/ensure";
import { failedOnce, type Outcome, passedOnce } from "./outcome";
import type { Ending } from "./reports";

/** What the parts of a test run share. Each tool is made ready at its first use, once; when that fails, so does every part that needs it. */
export class TestContext {
  readonly root = packageRoot();
  readonly reports = join(this.root, ".slipway", "test");
  private readonly onProgress = (message: string) => this.say(message);
  readonly pulumi = once(() => ensurePulumi({ onProgress: this.onProgress }));
  readonly localTools = once(() => ensureLocalTools({ onProgress: this.onProgress }));
  readonly devTools = once(() => ensureDevTools({ onProgress: this.onProgress }));
  readonly browser = once(() => ensureBrowser({ onProgress: this.onProgress }));
  readonly docker = once(() => this.startDocker());
  readonly baseImage = once(() => ensureBaseImage({ onProgress: this.onProgress }));
  private readonly atEnd: (() => void)[] = [];

  say(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  /** Undoes what the run has started. */
  close(): void {
    for (const undo of this.atEnd.splice(0)) undo();
  }

  /** A check that passes when its command ends with 0; its output is shown only when it does not. */
  async check(command: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Outcome> {
    const { output, exitCode } = await tryCommand(command, args, { cwd: options.cwd ?? this.root, env: options.env, timeout: 600_000 });
    if (exitCode === 0) return passedOnce;
    this.say(output.trimEnd());
    return failedOnce(`exit code ${exitCode ?? "none (killed)"}`);
  }

  /** Runs a test runner with its output shown as it comes, for so many minutes at most. */
  follow(command: string, args: readonly string[], o: { cwd?: string; env?: NodeJS.ProcessEnv; minutes: number }): Promise<Ending> {
    return new Promise((settle) => {
      const child = spawn(command, args, { cwd: o.cwd ?? this.root, env: o.env ?? process.env, stdio: ["ignore", "inherit", "inherit"] });
      const limit = setTimeout(() => {
        child.kill("SIGTERM");
        setTimeout(() => child.kill("SIGKILL"), 10_000).unref();
      }, o.minutes * 60_000);
      child.on("error", (error) => settle(`could not be started: ${error.message}`));
      child.on("exit", (code, signal) => {
        clearTimeout(limit);
        settle(code ?? `ended by ${signal}${signal === "SIGTERM" ? ` (the limit is ${o.minutes} minutes)` : ""}`);
      });
    });
  }

  private async startDocker(): Promise<EnsuredDocker> {
    const docker = await ensureDocker({ onProgress: this.onProgress });
    this.atEnd.push(() => docker.stop());
    return docker;
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
