import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerExit } from "../containers/container-runner";
import { readFailure } from "../training/job-folder";
import type { Bench, Started } from "./bench";
import { lines } from "./lines";

/** Checks `train`; resolves to the folder of the trained model when there is one. */
export async function checkTraining(bench: Bench): Promise<string | undefined> {
  if (!bench.target.trains) {
    bench.skip(lines.train, "it has nothing to train with");
    bench.skip(lines.trainFailure, "it has nothing to train with");
    return undefined;
  }
  const model = await checkJob(bench);
  await checkFailingJob(bench);
  return model;
}

async function checkJob(bench: Bench): Promise<string | undefined> {
  if (Object.keys(bench.target.channels).length === 0) {
    bench.skip(lines.train, "no training data: give --data DIR");
    return undefined;
  }
  bench.say("training");
  const job = await bench.start("train");
  const started = performance.now();
  const exit = await ended(bench, job);
  if (exit === undefined) {
    bench.tell(lines.train, false, `it still ran after ${bench.limits.trainSeconds} s`);
    return undefined;
  }
  if (exit.code !== 0) {
    const reason = (await readFailure(job.baseDir)).split("\n")[0] ?? "";
    bench.tell(lines.train, false, `exit code ${exit.code}: ${reason === "" ? job.lastLine() : reason}`);
    return undefined;
  }
  const model = join(job.baseDir, "model");
  const saved = await readdir(model);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  bench.tell(
    lines.train,
    saved.length > 0,
    saved.length > 0 ? `exit code 0 after ${seconds} s, saved ${saved.sort().join(", ")}` : "exit code 0, but /opt/ml/model is empty",
  );
  return saved.length > 0 ? model : undefined;
}

/** A job nothing can train on: its configuration is no JSON, and there are no data. */
async function checkFailingJob(bench: Bench): Promise<void> {
  bench.say("a training job that has to fail");
  const job = await bench.start("train", { fill: breakConfiguration });
  const exit = await ended(bench, job);
  if (exit === undefined) {
    bench.tell(lines.trainFailure, false, `with a broken configuration it still ran after ${bench.limits.trainSeconds} s`);
    return;
  }
  if (exit.code === 0) {
    const saved = await readdir(join(job.baseDir, "model"));
    if (saved.length > 0) bench.skip(lines.trainFailure, "it trains whatever its configuration says, so no failure could be provoked");
    else bench.tell(lines.trainFailure, false, "exit code 0 for a job that trained nothing (its configuration was broken)");
    return;
  }
  const reason = await readFailure(job.baseDir);
  if (reason !== "") bench.tell(lines.trainFailure, true, `exit code ${exit.code}, "${(reason.split("\n")[0] ?? "").slice(0, 80)}"`);
  else bench.tell(lines.trainFailure, false, `exit code ${exit.code}, but nothing in /opt/ml/output/failure; last line: ${job.lastLine()}`);
}

async function breakConfiguration(baseDir: string): Promise<void> {
  for (const name of ["hyperparameters", "inputdataconfig", "resourceconfig"]) {
    await writeFile(join(baseDir, "input", "config", `${name}.json`), "{broken by slipway check");
  }
}

/** The end of a job; `undefined`, and the job is killed, when it takes too long. */
async function ended(bench: Bench, { container }: Started): Promise<ContainerExit | undefined> {
  const timer = new AbortController();
  const late = sleep(bench.limits.trainSeconds * 1_000, undefined, { signal: AbortSignal.any([timer.signal, bench.signal]) }).catch(
    () => undefined,
  );
  const exit = await Promise.race([container.exited, late]);
  timer.abort();
  if (exit === undefined) await container.stop(0);
  bench.signal.throwIfAborted();
  return exit;
}
