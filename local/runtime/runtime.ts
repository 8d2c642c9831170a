import type { IncomingMessage, ServerResponse } from "node:http";
import type { InvocationMeter } from "../autoscaling/invocation-meter";
import type { Journal } from "../console/journal";
import type { Region } from "../control-plane/region";
import type { Regions } from "../control-plane/regions";
import type { EndpointHost } from "../hosting/endpoint-host";
import { steadyNow } from "../steady-clock";
import type { ObjectStorage } from "../storage/object-storage";
import type { AsyncBacklog } from "./async/async-queue";
import { AsyncQueues } from "./async/async-queues";
import { Notifier } from "./async/notification";
import { ContainerClient } from "./container-call";
import type { RuntimeServices } from "./invocation-start";
import { InvokeEndpoint } from "./invoke-endpoint";
import { InvokeEndpointAsync } from "./invoke-endpoint-async";
import { InvokeEndpointWithResponseStream } from "./invoke-endpoint-with-response-stream";
import { awsLimits, type RuntimeLimits } from "./limits";
import { Sessions } from "./sessions";

const route = /^\/endpoints\/([^/?]+)\/(invocations|async-invocations|invocations-response-stream)(?:\?|$)/;

export interface RuntimeOptions {
  readonly regions: Regions;
  readonly endpoints: EndpointHost;
  readonly storage: ObjectStorage;
  /** Where SNS is. */
  readonly endpointUrl: string;
  /** Folder for the asynchronous requests that are not finished. */
  readonly asyncDir: string;
  readonly log: (line: string) => void;
  readonly limits?: RuntimeLimits;
  /** What the console shows. @default nobody looks */
  readonly journal?: Journal;
  /** What counts the requests of each variant. @default nobody counts */
  readonly meter?: InvocationMeter;
}

/** The SageMaker runtime API: three operations in AWS's REST-JSON protocol. */
export class SageMakerRuntime {
  private readonly services: RuntimeServices;
  private readonly invoke: InvokeEndpoint;
  private readonly stream: InvokeEndpointWithResponseStream;
  private readonly notifier: Notifier;
  private readonly queues: AsyncQueues;
  private readonly async: InvokeEndpointAsync;

  constructor(private readonly options: RuntimeOptions) {
    this.services = {
      endpoints: options.endpoints,
      client: new ContainerClient(),
      sessions: new Sessions(),
      limits: options.limits ?? awsLimits,
      log: options.log,
      ...(options.journal === undefined ? {} : { journal: options.journal }),
      ...(options.meter === undefined ? {} : { meter: options.meter }),
    };
    this.invoke = new InvokeEndpoint(this.services);
    this.stream = new InvokeEndpointWithResponseStream(this.services);
    const { regions, endpoints, storage, log } = options;
    const { client, limits, meter } = this.services;
    const now = steadyNow;
    this.notifier = new Notifier(options.endpointUrl, log);
    const more = meter === undefined ? {} : { meter };
    this.queues = new AsyncQueues(options.asyncDir, regions, endpoints, {
      client,
      storage,
      notifier: this.notifier,
      limits,
      log,
      now,
      ...more,
    });
    this.async = new InvokeEndpointAsync({ endpoints, queues: this.queues, limits, now });
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
        void this.async.handle(region, name, request, response);
    }
  }

  /** How many asynchronous requests an endpoint has, and whether there is an instance for them. */
  asyncBacklog(region: Region, endpoint: string): AsyncBacklog {
    return this.queues.backlog(region, endpoint);
  }

  /** Ends what is under way; asynchronous requests go on with the next start. */
  async close(): Promise<void> {
    this.stream.close();
    await this.queues.close();
    this.notifier.close();
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
