import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readFailure } from "../training/job-folder";
import type { Bench } from "./bench";
import { ended } from "./job-end";
import { lines } from "./lines";
import type { GoodJob } from "./training-checks";

/** Something a job cannot train on, told as `with …`. */
interface Obstacle {
  readonly what: string;
  fill(baseDir: string): Promise<void>;
}

const configurationFiles = ["hyperparameters", "inputdataconfig", "resourceconfig"];

/** Names that training programs commonly read as numbers; one that reads none of them rightly succeeds. */
const numericHyperparameters = [
  "epochs",
  "batch_size",
  "batch-size",
  "learning_rate",
  "learning-rate",
  "max_iter",
  "num_round",
  "max_depth",
  "C",
];

const obstacles: readonly Obstacle[] = [
  {
    what: "broken configuration files",
    fill: async (baseDir) => {
      for (const name of configurationFiles) await writeFile(configuration(baseDir, name), "{broken by slipway check");
    },
  },
  {
    what: "channels that are missing",
    fill: (baseDir) => rm(join(baseDir, "input", "data"), { recursive: true, force: true }),
  },
  {
    what: "text for numeric hyperparameters",
    fill: (baseDir) =>
      writeFile(
        configuration(baseDir, "hyperparameters"),
        JSON.stringify(Object.fromEntries(numericHyperparameters.map((name) => [name, "broken by slipway check"]))),
      ),
  },
];

/** Puts one obstacle after another before a job until one makes it fail, and holds that failure against the contract. */
export async function checkFailingJob(bench: Bench, good: GoodJob | undefined): Promise<void> {
  const line = lines.trainFailure;
  bench.say("a training job that has to fail");
  for (const { what, fill } of obstacles) {
    const job = await bench.start("train", { fill });
    const exit = await ended(bench, job, bench.limits.trainSeconds);
    if (exit === undefined) {
      bench.tell(line, false, `with ${what} it still ran after ${bench.limits.trainSeconds} s, and was killed`);
      return;
    }
    if (exit.code !== 0) {
      const reason = (await readFailure(job.baseDir)).split("\n")[0] ?? "";
      const shown = reason === "" ? `but nothing in /opt/ml/output/failure; last line: ${job.lastLine()}` : `"${reason.slice(0, 80)}"`;
      bench.tell(line, reason !== "", `with ${what}: exit code ${exit.code}, ${shown}`);
      return;
    }
    // Only a job that saves when it succeeds shows by an empty folder that it did not.
    const savedNothing = (await readdir(join(job.baseDir, "model"))).length === 0;
    if (savedNothing && good !== undefined && good.saved.length > 0) {
      bench.tell(line, false, `with ${what}: exit code 0 for a job that saved nothing (a good one saves ${good.saved.join(", ")})`);
      return;
    }
  }
  bench.skip(line, `no failure could be provoked: exit code 0 with ${listed(obstacles.map(({ what }) => what))}`);
}

function configuration(baseDir: string, name: string): string {
  return join(baseDir, "input", "config", `${name}.json`);
}

function listed(parts: readonly string[]): string {
  return `${parts.slice(0, -1).join(", with ")} and with ${parts.at(-1)}`;
}
