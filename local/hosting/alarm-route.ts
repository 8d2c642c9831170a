import type { IncomingMessage } from "node:http";
import type { StateValue } from "@aws-sdk/client-cloudwatch";
import type { Regions } from "../control-plane/regions";
import type { AlarmStates } from "./alarms";

const states: readonly StateValue[] = ["ALARM", "OK", "INSUFFICIENT_DATA"];

export interface AlarmRouteOptions {
  readonly regions: Regions;
  readonly alarms: AlarmStates;
}

interface Answer {
  readonly statusCode: number;
  readonly body: object;
}

/**
 * `POST /_slipway/alarms/<name>`: puts a CloudWatch alarm into a state, as its metric would. Query: `state` (ALARM when left out) and `region`
 * (the default one). `undefined` when the request is not for this route.
 */
export function answerAlarm({ regions, alarms }: AlarmRouteOptions, request: IncomingMessage): Promise<Answer> | undefined {
  const url = new URL(request.url ?? "", "http://localhost");
  const encoded = /^\/_slipway\/alarms\/([^/]+)$/.exec(url.pathname)?.[1];
  if (request.method !== "POST" || encoded === undefined) {
    return undefined;
  }
  // A browser page can send a bare POST to this port; the command and scripts send no Origin.
  if (request.headers.origin !== undefined) {
    return Promise.resolve({ statusCode: 403, body: { message: "a web page may not raise an alarm" } });
  }
  return setAlarm(alarms, regions, encoded, url.searchParams);
}

async function setAlarm(alarms: AlarmStates, regions: Regions, encoded: string, query: URLSearchParams): Promise<Answer> {
  const given = query.get("state") ?? "ALARM";
  const state = states.find((each) => each === given);
  if (state === undefined) {
    return { statusCode: 400, body: { message: `state: got ${given}; allowed are ${states.join(", ")}` } };
  }
  const region = query.get("region") ?? regions.all()[0]?.name ?? "us-east-1";
  try {
    const name = decodeURIComponent(encoded);
    const kept = await alarms.set(region, name, state);
    return { statusCode: 200, body: { alarmName: name, state, region, kept } };
  } catch (error) {
    return { statusCode: 502, body: { message: `CloudWatch did not take the state of the alarm: ${String(error)}` } };
  }
}
