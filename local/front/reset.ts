import { setTimeout as sleep } from "node:timers/promises";
import type { Regions } from "../control-plane/regions";
import type { EndpointHost } from "../hosting/endpoint-host";
import type { MiniStack } from "../ministack/ministack";
import type { TrainingHost } from "../training/training-host";

export interface ResetParts {
  readonly regions: Regions;
  readonly endpoints: EndpointHost;
  readonly training: TrainingHost;
  readonly ministack: MiniStack;
}

/** Containers get at most this long to end (milliseconds): more than the grace that a training container has after SIGTERM. */
const patience = 180_000;

/**
 * Empties the endpoint: containers ended, every record of every region gone, and what MiniStack keeps (buckets, queues, logs, functions, …). Images
 * and log files stay. Rejects when containers do not end.
 */
export async function reset({ regions, endpoints, training, ministack }: ResetParts): Promise<void> {
  for (const region of regions.all()) {
    for (const endpoint of region.endpoints.list()) {
      await region.endpoints.put(endpoint.name, { ...endpoint, status: "Deleting", modifiedAt: Date.now() });
      endpoints.delete(region, endpoint.name);
    }
    for (const job of region.trainingJobs.list().filter(({ status }) => status === "InProgress")) {
      await training.stop(region, job.name);
    }
  }
  await until(() => regions.all().every((region) => region.endpoints.list().length === 0), "endpoints");
  const runs = (status: string): boolean => status === "InProgress" || status === "Stopping";
  await until(() => !regions.all().some((region) => region.trainingJobs.list().some(({ status }) => runs(status))), "training jobs");
  await Promise.all(regions.all().map((region) => region.clear()));
  const response = await fetch(`${await ministack.url()}/_ministack/reset`, { method: "POST" });
  if (!response.ok) {
    throw new Error(`MiniStack did not take the reset: status ${response.status}`);
  }
  ministack.changed();
}

async function until(done: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + patience; !done(); await sleep(25)) {
    if (Date.now() > deadline) {
      throw new Error(`${what} did not end within ${patience / 1_000} s`);
    }
  }
}
