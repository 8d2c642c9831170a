import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Bench } from "./bench";
import { endWithin } from "./job-end";
import { lines } from "./lines";
import type { GoodJob } from "./training-checks";

/**
 * Stops a job in the middle of the time a whole one takes. One that ends with exit code 0 about when it would have ended anyway may have
 * noticed nothing, so nothing is said of it.
 */
export async function checkStoppedJob(bench: Bench, whole: GoodJob): Promise<void> {
  const line = lines.trainStop;
  const { stopAfterSeconds, stopSeconds, stopNoticedSeconds } = bench.limits;
  const total = `a whole job takes ${whole.seconds.toFixed(1)} s`;
  bench.say("a training job that is stopped");
  const started = performance.now();
  const since = (from: number): number => (performance.now() - from) / 1_000;
  const job = await bench.start("train");
  const early = await endWithin(bench, job, Math.max(0, Math.min(stopAfterSeconds, whole.seconds / 2) - since(started)));
  if (early !== undefined) {
    bench.skip(line, `it ended before it could be stopped, after ${since(started).toFixed(1)} s: try with more data (--data DIR)`);
    return;
  }
  const remaining = whole.seconds - since(started);
  const stopped = performance.now();
  const exit = await job.container.stop(stopSeconds);
  const took = since(stopped);
  bench.signal.throwIfAborted();
  if (exit.code === 137 || took >= stopSeconds) {
    bench.tell(line, false, `it was still there ${stopSeconds} s after SIGTERM, and was killed (SageMaker would wait 120 s)`);
    return;
  }
  const gained = remaining - took;
  if (exit.code === 0 && (gained < stopNoticedSeconds || gained < remaining / 2)) {
    bench.skip(line, `it ended before the stop could show, ${took.toFixed(1)} s after SIGTERM (${total}): try with more data (--data DIR)`);
    return;
  }
  const saved = (await readdir(join(job.baseDir, "model"))).sort();
  const kept = saved.length > 0 ? `saved ${saved.join(", ")}` : "saved nothing";
  bench.tell(line, true, `exit code ${exit.code}, ${took.toFixed(1)} s after SIGTERM, ${kept}`);
}
