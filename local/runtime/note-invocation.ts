import type { ServerResponse } from "node:http";
import { type JournalEntry, journalText, maxTextCharacters } from "../console/journal";
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
  const at = Date.now();
  endpoint.lastInvocation = { status, milliseconds, at };
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
  journal?.add(region.arn("endpoint", name), new NotedInvocation(at, milliseconds, status, body, error));
}

/** An entry of the journal whose texts are made when somebody looks. Of the body it keeps what is shown, and nothing that its bytes lie in. */
class NotedInvocation implements JournalEntry {
  private readonly shown: Buffer | undefined;

  constructor(
    readonly at: number,
    readonly milliseconds: number,
    readonly status: number,
    body: Buffer | undefined,
    private readonly failure: unknown,
  ) {
    // A character more than is shown has four bytes at most.
    this.shown = body === undefined ? undefined : Buffer.from(body.subarray(0, maxTextCharacters));
  }

  get request(): string | undefined {
    return this.shown === undefined ? undefined : journalText(this.shown);
  }

  get error(): string | undefined {
    return this.failure === undefined ? undefined : messageOf(this.failure);
  }
}

/** The model's own words when it has said what is wrong, else AWS's. */
function messageOf(error: unknown): string {
  if (!(error instanceof RuntimeError)) {
    return String(error);
  }
  return String(error.members.OriginalMessage ?? error.message);
}
