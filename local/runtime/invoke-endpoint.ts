import type { IncomingMessage, ServerResponse } from "node:http";
import type { Region } from "../control-plane/region";
import type { InvocationOutcome } from "../hosting/serving-instance";
import { ContainerFailure } from "./container-call";
import { modelFailure } from "./container-failure";
import { contentTypeOf, invoke, type PassedAnswer, sharedHeaders } from "./invocation";
import { logPlace, type RuntimeServices } from "./invocation-start";
import { endWith } from "./small-body";

/** InvokeEndpoint: passes a request to a container of one of the endpoint's variants, and its answer back when it is whole. */
export class InvokeEndpoint {
  constructor(private readonly services: RuntimeServices) {}

  handle(region: Region, name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { invocationMilliseconds: milliseconds } = this.services.limits;
    return invoke(this.services, { operation: "InvokeEndpoint", milliseconds, region, name, request, response }, (answer) =>
      this.pass(region, name, answer, response),
    );
  }

  private async pass(
    region: Region,
    name: string,
    { invocation, stage, call, incoming, observer, limit, requestId }: PassedAnswer,
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
      endWith(response, answer);
    } catch (error) {
      throw error instanceof ContainerFailure ? modelFailure(error, logPlace(stage, region)) : error;
    } finally {
      invocation.end(outcome, stage);
    }
  }
}
