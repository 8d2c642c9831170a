import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Region } from "../control-plane/region";
import type { LiveEndpoint } from "../hosting/live-endpoint";
import type { Invocation, InvocationOutcome } from "../hosting/serving-instance";
import { refuseForeignMembers, servingEndpoint } from "./admission";
import { ContainerFailure } from "./container-call";
import { modelFailure } from "./container-failure";
import { chooseTarget, oversize, type RuntimeServices, type StartedAnswer, startInvocation, type Target } from "./invocation-start";
import { noteInvocation } from "./note-invocation";
import { ClientGone, readBody } from "./request-body";
import { readMembers, single } from "./request-members";
import { sendRuntimeError } from "./runtime-error";

/** InvokeEndpoint: passes a request to a container of one of the endpoint's variants, and its answer back when it is whole. */
export class InvokeEndpoint {
  constructor(private readonly services: RuntimeServices) {}

  async handle(region: Region, name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    let endpoint: LiveEndpoint | undefined;
    let target: Target | undefined;
    let body: Buffer | undefined;
    let failure: unknown;
    try {
      const members = readMembers("InvokeEndpoint", name, request.headers);
      endpoint = servingEndpoint(this.services.endpoints, region, name, "synchronous");
      refuseForeignMembers(endpoint, name, members);
      target = chooseTarget(this.services, endpoint, name, members);
      const requestId = randomUUID();
      const { limit, error } = oversize(target, this.services.limits, requestId);
      body = await readBody(request, limit, error);
      const { invocationMilliseconds } = this.services.limits;
      const started = await startInvocation(this.services, region, endpoint, target, members, body, invocationMilliseconds);
      await this.answer(region, name, started, limit, requestId, response);
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
      noteInvocation(this.services, region, name, { endpoint, target, startedAt, response, body, error: failure });
    }
  }

  private async answer(
    region: Region,
    name: string,
    { invocation, call, incoming, observer }: StartedAnswer,
    limit: number,
    requestId: string,
    response: ServerResponse,
  ): Promise<void> {
    let outcome: InvocationOutcome = "failed";
    try {
      const answer = await call.read(limit);
      outcome = "answered";
      const session = this.services.sessions.note(incoming.headers, region.arn("endpoint", name), invocation);
      observer?.chunk(answer);
      observer?.end(contentTypeOf(incoming));
      response.writeHead(200, {
        "content-type": contentTypeOf(incoming),
        "content-length": answer.length,
        "x-amzn-requestid": requestId,
        ...sharedHeaders(incoming, invocation),
        ...session,
      });
      response.end(answer);
    } catch (error) {
      throw error instanceof ContainerFailure
        ? modelFailure(error, { logStreamArn: invocation.logStreamArn, account: region.account })
        : error;
    } finally {
      invocation.end(outcome);
    }
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
