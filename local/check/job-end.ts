import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerExit } from "../containers/container-runner";
import type { Bench, Started } from "./bench";

/** The end of a container within a time; `undefined` when it still runs. */
export async function endWithin(bench: Bench, { container }: Started, seconds: number): Promise<ContainerExit | undefined> {
  const timer = new AbortController();
  const late = sleep(seconds * 1_000, undefined, { signal: AbortSignal.any([timer.signal, bench.signal]) }).catch(() => undefined);
  const exit = await Promise.race([container.exited, late]);
  timer.abort();
  bench.signal.throwIfAborted();
  return exit;
}

/** The end of a job; `undefined`, and the job is killed, when it takes longer. */
export async function ended(bench: Bench, job: Started, seconds: number): Promise<ContainerExit | undefined> {
  const exit = await endWithin(bench, job, seconds);
  if (exit === undefined) await job.container.stop(0);
  return exit;
}
