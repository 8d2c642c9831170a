import type { IncomingMessage, ServerResponse } from "node:http";
import type { Region } from "../control-plane/region";
import type { InvocationOutcome, Stage } from "../hosting/serving-instance";
import { ContainerFailure } from "./container-call";
import { failureText, modelFailure } from "./container-failure";
import { payloadPart, streamException } from "./event-stream";
import { contentTypeOf, invoke, type PassedAnswer, sharedHeaders } from "./invocation";
import { logPlace, type RuntimeServices } from "./invocation-start";
import { sendRuntimeError } from "./runtime-error";

/** InvokeEndpointWithResponseStream: passes a container's answer on in the chunks it comes in, each as an event. */
export class InvokeEndpointWithResponseStream {
  /** Ends a stream that is open when the platform stops. */
  private readonly interrupts = new Set<() => void>();

  constructor(private readonly services: RuntimeServices) {}

  handle(region: Region, name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { streamMilliseconds: milliseconds } = this.services.limits;
    return invoke(
      this.services,
      { operation: "InvokeEndpointWithResponseStream", milliseconds, region, name, request, response },
      (answer) => this.pass(region, answer, response),
    );
  }

  /** Ends the streams that are open, with the error AWS has for it. */
  close(): void {
    for (const interrupt of this.interrupts) {
      interrupt();
    }
  }

  private async pass(region: Region, started: PassedAnswer, response: ServerResponse): Promise<void> {
    const { invocation, stage, call, incoming, observer, requestId } = started;
    let outcome: InvocationOutcome = "failed";
    let interrupted = false;
    const interrupt = (): void => {
      interrupted = true;
      call.cancel();
    };
    const abandon = (): void => call.cancel();
    this.interrupts.add(interrupt);
    // A caller that goes away ends the model's work for it, and with it a generator that would wait for a reader forever.
    response.once("close", abandon);
    const chunks = call.chunks(incoming);
    try {
      let next = await chunks.next();
      response.writeHead(200, {
        "content-type": "application/vnd.amazon.eventstream",
        "x-amzn-sagemaker-content-type": contentTypeOf(incoming),
        "x-amzn-requestid": requestId,
        ...sharedHeaders(incoming, invocation),
      });
      for (; next.done !== true; next = await chunks.next()) {
        observer?.chunk(next.value);
        await write(response, payloadPart(next.value));
      }
      outcome = "answered";
      observer?.end(contentTypeOf(incoming));
      response.end();
    } catch (error) {
      if (error instanceof ContainerFailure && !response.headersSent && !response.destroyed && !interrupted) {
        throw modelFailure(error, logPlace(stage, region));
      }
      if (response.headersSent && !response.destroyed) {
        response.end(interrupted ? stopping() : broken(error, stage));
      } else {
        sendRuntimeError(response, error);
      }
    } finally {
      response.off("close", abandon);
      this.interrupts.delete(interrupt);
      invocation.end(outcome, stage);
    }
  }
}

/** Resolves when the connection takes more, or is closed: a slow reader holds back the container, not this process's memory. */
function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed || response.write(bytes)) {
      resolve();
      return;
    }
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}

function broken(error: unknown, { container }: Stage): Uint8Array {
  if (!(error instanceof ContainerFailure)) {
    return streamException("InternalStreamFailure", { Message: String(error) });
  }
  return streamException("ModelStreamError", {
    ErrorCode: error.kind === "timeout" ? "ModelInvocationTimeExceeded" : "StreamBroken",
    Message: failureText(error, container),
  });
}

function stopping(): Uint8Array {
  return streamException("InternalStreamFailure", { Message: "The local endpoint is stopping." });
}
