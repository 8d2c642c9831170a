import { setTimeout as sleep } from "node:timers/promises";
import { ping } from "./ping";

/** So many health checks in a row that fail outright end a container. */
const failingLimit = 3;

/**
 * So many in a row without an answer in time end it, and only when no request was answered meanwhile: a model that computes for as long as
 * an invocation may take, on its only thread, is not dead.
 */
const lateLimit = 12;

export interface MonitorOptions {
  readonly url: string;
  readonly intervalMilliseconds: number;
  /** @default 2000, as on AWS */
  readonly timeoutMilliseconds?: number;
  readonly signal: AbortSignal;
  /** Whether a request was answered since this was asked last. */
  answered(): boolean;
}

/** Asks a container in service for its health. Resolves with the reason when it has to be replaced, with `undefined` on the signal. */
export async function monitorHealth({
  url,
  intervalMilliseconds,
  timeoutMilliseconds,
  signal,
  answered,
}: MonitorOptions): Promise<string | undefined> {
  let failing = 0;
  let late = 0;
  while (await pause(intervalMilliseconds, signal)) {
    const result = await ping(url, timeoutMilliseconds);
    failing = result === "failing" ? failing + 1 : 0;
    late = result === "late" && !answered() ? late + 1 : 0;
    if (signal.aborted) {
      return undefined;
    }
    if (failing >= failingLimit) {
      return `${failing} health checks in a row failed`;
    }
    if (late >= lateLimit) {
      return `${late} health checks in a row were not answered in time`;
    }
  }
  return undefined;
}

/** False when the signal came first. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return sleep(milliseconds, true, { signal }).catch(() => false);
}
