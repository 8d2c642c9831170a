import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Bench } from "./bench";
import { ended, endWithin } from "./job-end";
import { lines } from "./lines";
import type { GoodJob } from "./training-checks";

const moreData = "try with more data (--data DIR)";

/**
 * Stops a job in the middle of the time a whole one takes. One that ends with exit code 0 about when it would have ended anyway may have
 * noticed nothing, so nothing is said of it.
 */
export async function checkStoppedJob(bench: Bench, whole: GoodJob): Promise<void> {
  const line = lines.trainStop;
  const { stopAfterSeconds, stopSeconds } = bench.limits;
  bench.say("a training job that is stopped");
  const started = performance.now();
  const since = (from: number): number => (performance.now() - from) / 1_000;
  const job = await bench.start("train");
  const early = await endWithin(bench, job, Math.max(0, Math.min(stopAfterSeconds, whole.seconds / 2) - since(started)));
  if (early !== undefined) {
    bench.skip(line, `it ended before it could be stopped, after ${since(started).toFixed(1)} s: ${moreData}`);
    return;
  }
  const before = since(started);
  const stopped = performance.now();
  const exit = await job.container.stop(stopSeconds);
  const took = since(stopped);
  bench.signal.throwIfAborted();
  if (exit.code === 137 || took >= stopSeconds) {
    bench.tell(line, false, `it was still there ${stopSeconds} s after SIGTERM, and was killed (SageMaker would wait 120 s)`);
    return;
  }
  if (exit.code === 0 && !(await isSooner(bench, whole, before, took))) {
    bench.skip(line, `it ended before the stop could show, ${took.toFixed(1)} s after SIGTERM: ${moreData}`);
    return;
  }
  const saved = (await readdir(join(job.baseDir, "model"))).sort();
  const kept = saved.length > 0 ? `saved ${saved.join(", ")}` : "saved nothing";
  bench.tell(line, true, `exit code ${exit.code}, ${took.toFixed(1)} s after SIGTERM, ${kept}`);
}

/** Whether a job that was stopped after `before` seconds and `took` some more ended clearly sooner than it would have anyway. */
async function isSooner(bench: Bench, whole: GoodJob, before: number, took: number): Promise<boolean> {
  const { stopAfterSeconds, stopNoticedSeconds, trainSeconds } = bench.limits;
  const clearly = (wholeSeconds: number): boolean => {
    const remaining = wholeSeconds - before;
    return remaining - took >= Math.max(stopNoticedSeconds, remaining / 2);
  };
  if (!clearly(whole.seconds) || whole.seconds > 2 * stopAfterSeconds) return clearly(whole.seconds);
  // The first job of all may have been the slow one, on a machine that had nothing of it in memory yet.
  bench.say("a whole training job again, to compare");
  const started = performance.now();
  const again = await ended(bench, await bench.start("train"), trainSeconds);
  return again?.code === 0 && clearly((performance.now() - started) / 1_000);
}
