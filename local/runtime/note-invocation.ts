import type { ServerResponse } from "node:http";
import { journalText } from "../console/journal";
import type { Region } from "../control-plane/region";
import type { LiveEndpoint } from "../hosting/live-endpoint";
import type { RuntimeServices, Target } from "./invocation-start";
import { RuntimeError } from "./runtime-error";

/** An invocation whose answer is out. */
export interface EndedInvocation {
  readonly endpoint: LiveEndpoint;
  /** Where it went, when it came that far. */
  readonly target: Target | undefined;
  /** `performance.now()` when the request came. */
  readonly startedAt: number;
  readonly response: ServerResponse;
  /** The request's body, when it was read. */
  readonly body: Buffer | undefined;
  readonly error: unknown;
}

/** Keeps what `slipway local status` and the console show of an invocation, and what its metrics count. */
export function noteInvocation(
  { journal, meter }: RuntimeServices,
  region: Region,
  name: string,
  { endpoint, target, startedAt, response, body, error }: EndedInvocation,
): void {
  const milliseconds = performance.now() - startedAt;
  const status = response.statusCode;
  endpoint.lastInvocation = { status, milliseconds, at: new Date().toISOString() };
  if (target !== undefined) {
    const { variant, call, earlierMilliseconds = 0 } = target;
    const status = error instanceof RuntimeError ? error.members.OriginalStatusCode : undefined;
    meter?.note({
      region: region.name,
      endpoint: name,
      variant: variant.name,
      serverless: variant.serverless,
      instances: variant.desired.instanceCount,
      milliseconds,
      modelMilliseconds: call === undefined ? undefined : earlierMilliseconds + call.elapsed,
      modelStatus: typeof status === "number" ? status : undefined,
      modelFailed: error instanceof RuntimeError && error.code === "ModelError",
    });
  }
  const request = body === undefined ? undefined : journalText(body);
  journal?.add(region.arn("endpoint", name), {
    at: Date.now(),
    milliseconds,
    status,
    ...(request === undefined ? {} : { request }),
    ...(error === undefined ? {} : { error: messageOf(error) }),
  });
}

/** The model's own words when it has said what is wrong, else AWS's. */
function messageOf(error: unknown): string {
  if (!(error instanceof RuntimeError)) {
    return String(error);
  }
  return String(error.members.OriginalMessage ?? error.message);
}
