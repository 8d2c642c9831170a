import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** A health check must be answered within this; the pause between two while a container starts. */
const pingTimeoutMilliseconds = 2_000;
const pauseMilliseconds = 25;

/** 200 in time; another status or no connection; no answer in time. */
export type PingResult = "healthy" | "failing" | "late";

/** Asks `/ping` until it answers 200 (true), or the time is over or `stopped` says so (false). A container without a URL has ended. */
export async function waitUntilHealthy(url: string | undefined, timeoutMilliseconds: number, stopped: () => boolean): Promise<boolean> {
  const deadline = performance.now() + timeoutMilliseconds;
  while (url !== undefined && !stopped() && performance.now() < deadline) {
    if ((await ping(url)) === "healthy") {
      return true;
    }
    await sleep(pauseMilliseconds);
  }
  return false;
}

export function ping(url: string, timeout: number = pingTimeoutMilliseconds): Promise<PingResult> {
  return new Promise((resolve) => {
    const request = get(`${url}/ping`, { timeout, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? "healthy" : "failing");
    });
    request.on("timeout", () => {
      resolve("late");
      request.destroy();
    });
    request.on("error", () => resolve("failing"));
  });
}
