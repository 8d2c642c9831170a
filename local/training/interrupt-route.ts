import type { IncomingMessage } from "node:http";
import type { Regions } from "../control-plane/regions";
import type { TrainingHost } from "./training-host";

/** Seconds that spot capacity may stay away on request: as long as a job may wait at most. */
const maxCapacitySeconds = 28 * 86_400;

export interface InterruptOptions {
  readonly regions: Regions;
  readonly training: TrainingHost;
}

/**
 * `POST /_slipway/training-jobs/<job>/interrupt`: a spot interruption of a training job. Query: `region` (the default one when left out)
 * and `capacitySeconds`, how long no instances are to be had (0). `undefined` when the request is not for this route.
 */
export function answerInterrupt(
  { regions, training }: InterruptOptions,
  request: IncomingMessage,
): { readonly statusCode: number; readonly body: object } | undefined {
  const url = new URL(request.url ?? "", "http://localhost");
  const name = /^\/_slipway\/training-jobs\/([^/]+)\/interrupt$/.exec(url.pathname)?.[1];
  if (request.method !== "POST" || name === undefined) {
    return undefined;
  }
  // A browser page can send a bare POST to this port; the command and scripts send no Origin.
  if (request.headers.origin !== undefined) {
    return { statusCode: 403, body: { message: "a web page may not interrupt a training job" } };
  }
  const capacity = url.searchParams.get("capacitySeconds") ?? "0";
  if (!/^\d+$/.test(capacity) || Number(capacity) > maxCapacitySeconds) {
    return {
      statusCode: 400,
      body: { message: `capacitySeconds: got ${capacity}; allowed is a whole number from 0 to ${maxCapacitySeconds}` },
    };
  }
  const wanted = url.searchParams.get("region");
  const region = regions.all().find((each) => wanted === null || each.name === wanted);
  const refused =
    region === undefined
      ? `there is no region ${wanted} with resources`
      : training.interrupt(region, decodeURIComponent(name), Number(capacity));
  return refused === undefined
    ? { statusCode: 202, body: { status: "interrupting", trainingJobName: decodeURIComponent(name) } }
    : { statusCode: 409, body: { message: refused } };
}
