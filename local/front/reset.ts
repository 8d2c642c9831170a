import { setTimeout as sleep } from "node:timers/promises";
import type { Regions } from "../control-plane/regions";
import type { AlarmStates } from "../hosting/alarms";
import type { EndpointHost } from "../hosting/endpoint-host";
import type { Jobs } from "../jobs/jobs";
import type { MiniStack } from "../ministack/ministack";
import type { TrainingHost } from "../training/training-host";

export interface ResetParts {
  readonly regions: Regions;
  readonly endpoints: EndpointHost;
  readonly training: TrainingHost;
  readonly jobs: Jobs;
  readonly alarms: Pick<AlarmStates, "clear">;
  readonly ministack: MiniStack;
}

/** Containers of endpoints get at most this long to end (milliseconds): more than their grace after SIGTERM. */
const patience = 120_000;

/**
 * Empties the endpoint: containers ended, every record of every region gone, and what MiniStack keeps (buckets, queues, logs, functions, …). Images
 * and log files stay. Rejects when containers do not end.
 */
export async function reset({ regions, endpoints, training, jobs, alarms, ministack }: ResetParts): Promise<void> {
  for (const region of regions.all()) {
    for (const endpoint of region.endpoints.list()) {
      await region.endpoints.put(endpoint.name, { ...endpoint, status: "Deleting", modifiedAt: Date.now() });
      endpoints.delete(region, endpoint.name);
    }
  }
  await Promise.all([training.shutdown(), jobs.shutdown()]);
  await endpointsGone(regions);
  alarms.clear();
  await Promise.all(regions.all().map((region) => region.clear()));
  const response = await fetch(`${await ministack.url()}/_ministack/reset`, { method: "POST" });
  if (!response.ok) {
    throw new Error(`MiniStack did not take the reset: status ${response.status}`);
  }
  ministack.changed();
}

async function endpointsGone(regions: Regions): Promise<void> {
  const left = (): string[] => regions.all().flatMap((region) => region.endpoints.list().map(({ name }) => name));
  for (const deadline = performance.now() + patience; left().length > 0; await sleep(25)) {
    if (performance.now() > deadline) {
      throw new Error(`endpoints did not end within ${patience / 1_000} s: ${left().join(", ")}`);
    }
  }
}
