import type { IncomingMessage, ServerResponse } from "node:http";
import type { Regions } from "../control-plane/regions";
import type { EndpointHost } from "../hosting/endpoint-host";
import { ContainerClient } from "./container-call";
import type { RuntimeServices } from "./invocation-start";
import { InvokeEndpoint } from "./invoke-endpoint";
import { InvokeEndpointWithResponseStream } from "./invoke-endpoint-with-response-stream";
import { awsLimits, type RuntimeLimits } from "./limits";
import { sendRuntimeError, validationError } from "./runtime-error";
import { Sessions } from "./sessions";

const route = /^\/endpoints\/([^/?]+)\/(invocations|async-invocations|invocations-response-stream)(?:\?|$)/;

export interface RuntimeOptions {
  readonly regions: Regions;
  readonly endpoints: EndpointHost;
  readonly log: (line: string) => void;
  readonly limits?: RuntimeLimits;
}

/** The SageMaker runtime API: three operations in AWS's REST-JSON protocol. */
export class SageMakerRuntime {
  private readonly services: RuntimeServices;
  private readonly invoke: InvokeEndpoint;
  private readonly stream: InvokeEndpointWithResponseStream;

  constructor(private readonly options: RuntimeOptions) {
    this.services = {
      endpoints: options.endpoints,
      client: new ContainerClient(),
      sessions: new Sessions(),
      limits: options.limits ?? awsLimits,
      log: options.log,
    };
    this.invoke = new InvokeEndpoint(this.services);
    this.stream = new InvokeEndpointWithResponseStream(this.services);
  }

  /** Whether a request is for this API, by its path. */
  static accepts(request: IncomingMessage): boolean {
    return request.method === "POST" && route.test(request.url ?? "");
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const [, encoded = "", action] = route.exec(request.url ?? "") ?? [];
    const region = this.options.regions.of(request);
    const name = decode(encoded);
    switch (action) {
      case "invocations":
        void this.invoke.handle(region, name, request, response);
        return;
      case "invocations-response-stream":
        void this.stream.handle(region, name, request, response);
        return;
      default:
        request.resume();
        sendRuntimeError(response, validationError(`The local endpoint does not serve ${action}; use InvokeEndpoint.`));
    }
  }

  close(): void {
    this.stream.close();
    this.services.client.close();
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
