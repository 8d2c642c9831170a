import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { StackAddress } from "./client";
import { StackOutputsError } from "./errors";

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
    throw new StackOutputsError(`The outputs of stack "${stack}" cannot be read: ${reason(cause)}`, { cause });
  }
  throw new StackOutputsError(`The outputs of stack "${stack}" are not an object.`);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "ENOENT") return "the Pulumi CLI is not on PATH";
  const stderr = "stderr" in error && typeof error.stderr === "string" ? error.stderr.trim() : "";
  return stderr === "" ? error.message : stderr.replace(/^error:\s*/, "");
}
