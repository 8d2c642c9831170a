import type { IncomingMessage, ServerResponse } from "node:http";
import type { Regions } from "../control-plane/regions";
import type { InvokeEndpoint } from "./invoke-endpoint";
import { sendRuntimeError, validationError } from "./runtime-error";

const route = /^\/endpoints\/([^/?]+)\/(invocations|async-invocations|invocations-response-stream)(?:\?|$)/;

/** Whether a request is one of the SageMaker runtime, by its path. */
export function isRuntimeRequest(request: IncomingMessage): boolean {
  return request.method === "POST" && route.test(request.url ?? "");
}

export function handleRuntimeRequest(invoke: InvokeEndpoint, regions: Regions, request: IncomingMessage, response: ServerResponse): void {
  const [, encoded = "", action] = route.exec(request.url ?? "") ?? [];
  if (action === "invocations") {
    void invoke.handle(regions.of(request), decode(encoded), request, response);
    return;
  }
  request.resume();
  sendRuntimeError(response, validationError(`The local endpoint does not serve ${action}; use InvokeEndpoint.`));
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
