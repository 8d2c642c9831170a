import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { StackOutputsError } from "./errors";

/** Which stack's outputs to read with the Pulumi CLI. */
export interface StackAddress {
  readonly stack: string;
  /** Folder of the Pulumi project. @default the working directory */
  readonly cwd?: string;
  /** @default pulumi, found on PATH */
  readonly pulumi?: string;
  readonly env?: NodeJS.ProcessEnv;
}

const advice = "`pulumi stack ls` shows the stacks that can be read; bring the stack up once so that it has outputs.";

const execute = promisify(execFile);

/** Outputs of a stack, read with the Pulumi CLI. Throws `StackOutputsError` with the CLI's own words. */
export async function readStackOutputs({ stack, cwd, pulumi, env }: StackAddress): Promise<Record<string, unknown>> {
  const args = ["stack", "output", "--json", "--stack", stack, "--non-interactive"];
  try {
    const { stdout } = await execute(pulumi ?? "pulumi", args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: env ?? process.env,
      maxBuffer: 64 * 1024 * 1024,
    });
    const outputs: unknown = JSON.parse(stdout);
    if (typeof outputs === "object" && outputs !== null && !Array.isArray(outputs)) return outputs as Record<string, unknown>;
  } catch (cause) {
    throw new StackOutputsError(`The outputs of stack "${stack}" cannot be read: ${reason(cause)}.`, advice, { cause });
  }
  throw new StackOutputsError(`The outputs of stack "${stack}" are not an object.`, advice);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "ENOENT") return "the Pulumi CLI is not on PATH";
  const stderr = "stderr" in error && typeof error.stderr === "string" ? error.stderr.trim() : "";
  return stderr === "" ? error.message : stderr.replace(/^error:\s*/, "").replace(/\.$/, "");
}
