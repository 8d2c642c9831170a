import type { IncomingMessage, ServerResponse } from "node:http";
import { answerPrune } from "../containers/environment-prune";
import type { Regions } from "../control-plane/regions";
import type { DaemonRecord } from "../daemon-record";
import { answerAlarm } from "../hosting/alarm-route";
import type { AlarmStates } from "../hosting/alarms";
import type { EndpointHost } from "../hosting/endpoint-host";
import type { LastInvocation } from "../hosting/live-endpoint";
import type { Jobs } from "../jobs/jobs";
import type { MiniStack } from "../ministack/ministack";
import { answerInterrupt } from "../training/interrupt-route";
import type { TrainingHost } from "../training/training-host";
import { answerApiKey } from "./api-key-route";
import { isFromThisMachine } from "./gate";
import { reset } from "./reset";

const prefix = "/_slipway/";

export interface AdminOptions {
  /** What the daemon says of itself; `undefined` until it is ready. */
  record(): DaemonRecord | undefined;
  readonly version: string;
  readonly stateDir: string;
  readonly regions: Regions;
  readonly endpoints: EndpointHost;
  readonly training: TrainingHost;
  readonly alarms: AlarmStates;
  readonly jobs: Jobs;
  readonly ministack: MiniStack;
  readonly log: (line: string) => void;
  /** Called once the answer to a shutdown request is out. */
  shutdown(): void;
}

/** Whether a request is for the daemon itself. */
export function isAdminRequest(request: IncomingMessage): boolean {
  return request.url?.startsWith(prefix) === true;
}

/** `GET health`, `GET status`, `POST shutdown`, `POST reset` and what hosting and training have below `/_slipway/`. */
export function handleAdminRequest(options: AdminOptions, request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const path = (request.url ?? "").slice(prefix.length).split("?")[0] ?? "";
  // Routes decode the names in it: what cannot be is refused here, by the front, and reaches none of them.
  decodeURIComponent(path);
  switch (`${request.method} ${path}`) {
    case "GET health":
      json(response, 200, { status: options.record() === undefined ? "starting" : "ok", version: options.version, pid: process.pid });
      return;
    case "GET status":
      json(response, 200, status(options));
      return;
    case "POST shutdown":
      // A browser page can send a bare POST to this port; the command and scripts send no Origin.
      if (!isFromThisMachine(request)) {
        json(response, 403, { message: "the local platform is stopped from its own machine only, and not by a web page" });
        return;
      }
      response.on("finish", () => options.shutdown());
      json(response, 202, { status: "stopping" });
      return;
    case "POST reset":
      if (!isFromThisMachine(request)) {
        json(response, 403, { message: "the local platform is emptied from its own machine only, and not by a web page" });
        return;
      }
      reset(options).then(
        () => json(response, 200, { status: "empty" }),
        (error: unknown) => {
          options.log(`reset failed: ${String(error)}`);
          json(response, 500, { message: `the local platform was not emptied: ${error instanceof Error ? error.message : String(error)}` });
        },
      );
      return;
    case "POST prune-environments":
      answerPrune(request).then(
        ({ statusCode, body }) => json(response, statusCode, body),
        (error: unknown) => json(response, 500, { message: `environments were not removed: ${String(error)}` }),
      );
      return;
    default: {
      const interrupt = answerInterrupt(options, request);
      if (interrupt !== undefined) {
        json(response, interrupt.statusCode, interrupt.body);
        return;
      }
      const alarm = answerAlarm(options, request);
      if (alarm !== undefined) {
        void alarm.then(({ statusCode, body }) => json(response, statusCode, body));
        return;
      }
      const apiKey = answerApiKey(options, request);
      if (apiKey !== undefined) {
        apiKey.then(
          ({ statusCode, text }) => response.writeHead(statusCode, { "content-type": "text/plain", "cache-control": "no-store" }).end(text),
          (error: unknown) => json(response, 503, { message: `the key was not read: ${String(error)}` }),
        );
        return;
      }
      json(response, 404, {
        message: `${request.method} ${request.url} is not known; there are GET health, GET status, POST shutdown, POST reset and POST prune-environments`,
      });
    }
  }
}

function status(options: AdminOptions): object {
  const regions = options.regions.all();
  const { token: _, ...record } = options.record() ?? {};
  return {
    ...record,
    consoleUrl: `${options.record()?.endpointUrl ?? ""}${prefix}`,
    stateDir: options.stateDir,
    endpoints: regions.flatMap((region) =>
      region.endpoints.list().map((endpoint) => {
        const config = region.endpointConfigs.get(endpoint.configName)?.request;
        const variant = config?.ProductionVariants?.[0];
        const model = region.models.get(variant?.ModelName ?? "")?.request;
        const views = options.endpoints.liveVariants(region, endpoint.name);
        return {
          name: endpoint.name,
          arn: endpoint.arn,
          status: endpoint.status,
          kind: kindOf(config?.AsyncInferenceConfig !== undefined, variant?.ServerlessConfig !== undefined),
          failureReason: endpoint.failureReason,
          config: endpoint.configName,
          image: (model?.PrimaryContainer ?? model?.Containers?.[0])?.Image ?? "",
          instances: views.reduce((sum, view) => sum + view.instances, 0),
          lastInvocation: shown(options.endpoints.find(region, endpoint.name)?.lastInvocation),
        };
      }),
    ),
    trainingJobs: regions.flatMap((region) =>
      region.trainingJobs.list().map((job) => ({
        name: job.name,
        status: job.status,
        secondaryStatus: job.secondaryStatus,
        failureReason: job.failureReason,
        createdAt: new Date(job.createdAt).toISOString(),
        endedAt: job.trainingEndedAt === undefined ? undefined : new Date(job.trainingEndedAt).toISOString(),
      })),
    ),
  };
}

function kindOf(isAsync: boolean, isServerless: boolean): "async" | "serverless" | "realtime" {
  if (isAsync) {
    return "async";
  }
  return isServerless ? "serverless" : "realtime";
}

function json(response: ServerResponse, statusCode: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(statusCode, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
  });
  response.end(text);
}

function shown(last: LastInvocation | undefined): (Omit<LastInvocation, "at"> & { readonly at: string }) | undefined {
  return last && { ...last, at: new Date(last.at).toISOString() };
}
