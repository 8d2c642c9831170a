import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Region } from "../control-plane/region";
import type { LiveEndpoint } from "../hosting/live-endpoint";
import type { Invocation } from "../hosting/serving-instance";
import { refuseForeignMembers, servingEndpoint } from "./admission";
import { chooseTarget, type RuntimeServices, type StartedAnswer, startInvocation, type Target } from "./invocation-start";
import { bodyLimit } from "./limits";
import { noteInvocation } from "./note-invocation";
import { ClientGone, readBody } from "./request-body";
import { readMembers, single } from "./request-members";
import { sendRuntimeError, validationError } from "./runtime-error";

/** A request to one of the two operations that answer while the caller waits. */
export interface InvocationRequest {
  readonly operation: "InvokeEndpoint" | "InvokeEndpointWithResponseStream";
  /** Time for the whole answer. */
  readonly milliseconds: number;
  readonly region: Region;
  /** The endpoint's. */
  readonly name: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A container has begun to answer, and the answer is still to be passed on. */
export interface PassedAnswer extends StartedAnswer {
  readonly requestId: string;
  /** The most bytes that the answer may have, unless it is streamed. */
  readonly limit: number;
}

/**
 * Takes a request to a container; `pass` then passes the answer on, and ends the invocation. Errors of both are answered, and every invocation of an
 * endpoint that is there is noted.
 */
export async function invoke(
  services: RuntimeServices,
  { operation, milliseconds, region, name, request, response }: InvocationRequest,
  pass: (answer: PassedAnswer) => Promise<void>,
): Promise<void> {
  const startedAt = performance.now();
  let endpoint: LiveEndpoint | undefined;
  let target: Target | undefined;
  let body: Buffer | undefined;
  let failure: unknown;
  try {
    const members = readMembers(operation, name, request.headers);
    endpoint = servingEndpoint(services.endpoints, region, name, "synchronous");
    refuseForeignMembers(endpoint, name, members);
    target = chooseTarget(services, endpoint, name, members);
    const requestId = randomUUID();
    const { variant } = target;
    const limit = bodyLimit(variant, services.limits);
    // AWS refuses a body that is too long in other words when the endpoint is serverless.
    body = await readBody(
      request,
      limit,
      variant.serverless ? () => validationError(`Request ${requestId} has oversize body.`) : undefined,
    );
    const patience = operation === "InvokeEndpoint" ? { patience: services.limits.coldStartMilliseconds } : {};
    const input = { members, body, milliseconds, ...patience };
    await pass({ ...(await startInvocation(services, region, endpoint, target, input)), requestId, limit });
  } catch (error) {
    // The rest of a refused request must still be read, or the client sees a broken connection.
    request.resume();
    if (error instanceof ClientGone) {
      return;
    }
    failure = error;
    sendRuntimeError(response, error);
  }
  if (endpoint !== undefined) {
    noteInvocation(services, region, name, { endpoint, target, startedAt, response, body, error: failure });
  }
}

export function contentTypeOf(incoming: IncomingMessage): string {
  return incoming.headers["content-type"] ?? "application/octet-stream";
}

/** What every successful answer tells: the variant that gave it, and the attributes its container has set. */
export function sharedHeaders(incoming: IncomingMessage, { variantName }: Invocation): Record<string, string> {
  const attributes = single(incoming.headers["x-amzn-sagemaker-custom-attributes"]);
  return {
    "x-amzn-invoked-production-variant": variantName,
    ...(attributes === undefined ? {} : { "x-amzn-sagemaker-custom-attributes": attributes }),
  };
}
