import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** How a command is run. */
export interface CommandOptions {
  readonly cwd?: string;
  /** The whole environment of the command. @default this process's */
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds after which the command is killed. @default none */
  readonly timeout?: number;
  /** Ends the command when it is aborted. */
  readonly signal?: AbortSignal;
  /** Gets each line of output as it comes, of either stream. */
  onLine?(line: string): void;
}

/** What a finished command printed, and how it ended. */
export interface CommandResult {
  readonly stdout: string;
  /** Both streams, as they came. */
  readonly output: string;
  /** `null` when it was killed. */
  readonly exitCode: number | null;
}

/** A command that could not be started, was killed, or ended with a non-zero code. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";

  constructor(
    command: string,
    how: string,
    readonly output: string,
  ) {
    const tail = output.trimEnd().split("\n").slice(-15).join("\n  ");
    super(`${command} ${how}${tail === "" ? "" : `:\n  ${tail}`}`);
  }
}

/** Runs a command with standard input closed, whatever its exit code; throws only when it cannot be started or runs out of time. */
export function tryCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((settle, fail) => {
    const { cwd, env = process.env, signal } = options;
    const child = spawn(command, args, { cwd, env, signal, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let output = "";
    let pending = "";
    const take = (chunk: string) => {
      output += chunk;
      if (options.onLine === undefined) return;
      const lines = (pending + chunk).split("\n");
      pending = lines.pop() ?? "";
      for (const line of lines) options.onLine(line);
    };
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      take(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", take);
    let expired = false;
    const timer =
      options.timeout === undefined
        ? undefined
        : setTimeout(() => {
            expired = true;
            child.kill("SIGKILL");
          }, options.timeout);
    child.on("error", (error) => {
      clearTimeout(timer);
      fail(new CommandFailed(command, `${signal?.aborted ? "was interrupted" : `could not be started (${error.message})`}`, output));
    });
    child.on("close", (exitCode) => {
      clearTimeout(timer);
      if (pending !== "") options.onLine?.(pending);
      if (expired) fail(new CommandFailed(command, `did not finish within ${(options.timeout ?? 0) / 1000} s`, output));
      else settle({ stdout, output, exitCode });
    });
  });
}

/** Runs a command and returns its standard output; throws `CommandFailed` with its last lines unless it ends with 0. */
export async function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { stdout, output, exitCode } = await tryCommand(command, args, options);
  if (exitCode !== 0)
    throw new CommandFailed([command, ...args].join(" "), exitCode === null ? "was killed" : `ended with code ${exitCode}`, output);
  return stdout;
}

/** Every executable of this name in the folders of PATH, in order. */
export function findOnPath(name: string, env: NodeJS.ProcessEnv = process.env): string[] {
  return (env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, name))
    .filter(isExecutable);
}

/** True for a file this user may execute. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
