import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readFailure } from "../training/job-folder";
import type { Bench } from "./bench";
import { checkFailingJob } from "./failing-job";
import { ended } from "./job-end";
import { lines } from "./lines";
import { checkStoppedJob } from "./stopped-job";

/** How a job went that should have trained; `saved` are the names in its /opt/ml/model. */
export interface GoodJob {
  readonly seconds: number;
  readonly saved: readonly string[];
  readonly modelDir: string;
}

/** Checks `train`; resolves to the folder of the trained model when there is one. */
export async function checkTraining(bench: Bench): Promise<string | undefined> {
  const { cannotTrain, channels } = bench.target;
  if (cannotTrain !== undefined) {
    for (const line of [lines.train, lines.trainFailure, lines.trainStop]) bench.skip(line, cannotTrain);
    return undefined;
  }
  const untried = Object.keys(channels).length === 0;
  if (untried) bench.skip(lines.train, "no training data: give --data DIR");
  const job = untried ? undefined : await checkJob(bench);
  await checkFailingJob(bench, job);
  if (job === undefined) bench.skip(lines.trainStop, untried ? "no training data: give --data DIR" : "no job trains that could be stopped");
  else await checkStoppedJob(bench, job);
  return job === undefined || job.saved.length === 0 ? undefined : job.modelDir;
}

/** `undefined` when the job does not end, or fails. */
async function checkJob(bench: Bench): Promise<GoodJob | undefined> {
  bench.say("training");
  const started = performance.now();
  const job = await bench.start("train");
  const exit = await ended(bench, job, bench.limits.trainSeconds);
  if (exit === undefined) {
    bench.tell(lines.train, false, `it still ran after ${bench.limits.trainSeconds} s, and was killed`);
    return undefined;
  }
  if (exit.code !== 0) {
    const reason = (await readFailure(job.baseDir)).split("\n")[0] ?? "";
    bench.tell(lines.train, false, `exit code ${exit.code}: ${reason === "" ? job.lastLine() : reason}`);
    return undefined;
  }
  const modelDir = join(job.baseDir, "model");
  const saved = (await readdir(modelDir)).sort();
  const seconds = (performance.now() - started) / 1_000;
  const found = `exit code 0 after ${seconds.toFixed(1)} s, ${saved.length > 0 ? `saved ${saved.join(", ")}` : "but /opt/ml/model is empty"}`;
  bench.tell(lines.train, saved.length > 0, found);
  return { seconds, saved, modelDir };
}
