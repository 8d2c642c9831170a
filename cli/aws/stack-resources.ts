import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { SlipwayError } from "../../components/errors/slipway-error";
import { recordedResources } from "../engine/local-stack";
import { localPaths } from "../project/local-place";
import type { VerbCall } from "../verbs/verb";

/** A resource of a stack, as Pulumi's state has it. Secret values are there encrypted, as objects. */
export interface StackResource {
  readonly urn: string;
  readonly type: string;
  /** Name, id or ARN on AWS; absent for components. */
  readonly id?: string;
  readonly parent?: string;
  readonly custom?: boolean;
  /** Pulumi refuses to delete it. */
  readonly protect?: boolean;
  /** Pulumi forgets it and leaves it on AWS. */
  readonly retainOnDelete?: boolean;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

const execute = promisify(execFile);

/** Everything in the state of a stack, or of the local one. Throws SLIP-6001 with Pulumi's own words. */
export async function stackResources(call: VerbCall, stack: string | undefined): Promise<readonly StackResource[]> {
  if (stack === undefined) return recordedResources(localPaths(call));
  try {
    const { stdout } = await execute("pulumi", ["stack", "export", "--stack", stack, "--non-interactive"], {
      cwd: call.cwd,
      env: call.env,
      maxBuffer: 512 * 1024 * 1024,
    });
    const state = JSON.parse(stdout) as { deployment?: { resources?: readonly StackResource[] | null } };
    return state.deployment?.resources ?? [];
  } catch (cause) {
    throw new SlipwayError("SLIP-6001", `The state of stack "${stack}" cannot be read: ${reason(cause)}`, { cause });
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "ENOENT") return "the Pulumi CLI is not on PATH";
  const stderr = "stderr" in error && typeof error.stderr === "string" ? error.stderr.trim() : "";
  return stderr === "" ? error.message : stderr.replace(/^error:\s*/, "");
}

/** A text of a resource's outputs. */
export function outputOf({ outputs }: StackResource, name: string): string | undefined {
  const value = outputs?.[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The logical name of a resource, as its program has it. */
export function nameOf({ urn }: Pick<StackResource, "urn">): string {
  return urn.split("::").slice(3).join("::");
}

/** The region a resource is in, by what its provider says, or by its ARN. */
export function regionOf(resource: StackResource): string | undefined {
  return outputOf(resource, "region") ?? (outputOf(resource, "arn")?.split(":")[3] || undefined);
}

/** The account of a stack: that of the first ARN that names one. */
export function accountOf(resources: readonly StackResource[]): string | undefined {
  return resources.map((resource) => outputOf(resource, "arn")?.split(":")[4] ?? "").find((account) => /^\d{12}$/.test(account));
}

/** Name of the model a resource belongs to. */
export function modelOf(resource: StackResource, byUrn: ReadonlyMap<string, StackResource>): string | undefined {
  for (let at: StackResource | undefined = resource; at !== undefined; at = byUrn.get(at.parent ?? "")) {
    if (at.type.endsWith(":ModelService")) return nameOf(at);
  }
  return undefined;
}
