import { setTimeout as sleep } from "node:timers/promises";
import { statusOf } from "./admin";

/** States in which an endpoint takes no further change. */
const inProgress = new Set(["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"]);

/**
 * Waits until no endpoint is in the middle of a change. An engine that was cut off leaves its change running in the daemon, which would refuse the next
 * one. Each wait there ends by itself, so this does too.
 */
export async function endpointsSettled(port: number, signal: AbortSignal, onWait: (names: readonly string[]) => void): Promise<void> {
  for (;;) {
    const status = await statusOf(port);
    const busy = status?.endpoints.filter((endpoint) => inProgress.has(endpoint.status)).map(({ name }) => name) ?? [];
    if (busy.length === 0) return;
    onWait(busy);
    await sleep(250, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
