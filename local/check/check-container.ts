import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { SlipwayError } from "../../components/errors/slipway-error";
import { unpackArchive } from "../archive/unpack-archive";
import type { ContainerRunner } from "../containers/container-runner";
import { Bench } from "./bench";
import { checkBrokenModel } from "./broken-model";
import { contractLimits, type Limits, type Line, lines, type Outcome } from "./lines";
import { checkServing, skipServing } from "./serving-checks";
import { watchStart } from "./started";
import type { Target } from "./target";
import { checkTraining } from "./training-checks";

export interface CheckOptions {
  readonly target: Target;
  readonly runner: ContainerRunner;
  /** The same containers with further flags of `docker create`; left out when they run as processes. */
  readonly hardened?: (flags: readonly string[]) => ContainerRunner;
  /** An empty folder for what the containers see as /opt/ml. */
  readonly workDir: string;
  readonly parts?: "serve" | "train";
  readonly limits?: Partial<Limits>;
  readonly signal: AbortSignal;
  /** Told each line as soon as it is known. */
  onOutcome(outcome: Outcome): void;
  onProgress(what: string): void;
}

/** Runs one container through the contract, line by line. No container is left when it resolves or rejects. */
export async function checkContainer(o: CheckOptions): Promise<readonly Outcome[]> {
  const bench = new Bench(o.target, o.runner, { ...contractLimits, ...o.limits }, o.signal, o.workDir, o.onOutcome, o.onProgress);
  try {
    const trained = o.parts === "serve" ? undefined : await checkTraining(bench);
    const untrained = o.target.model === undefined && bench.outcomes.some(({ line, state }) => line.id === "train" && state === "fail");
    if (o.parts === "train") return bench.outcomes;
    if (untrained) {
      skipServing(bench, "there is no model to serve: training failed (give --model DIR)");
      await checkHardened(bench, undefined, o.hardened, false);
    } else {
      const model = (await givenModel(o)) ?? trained;
      const startup = await checkServing(bench, model);
      await checkBrokenModel(bench, model, startup);
      await checkHardened(bench, model, o.hardened, startup !== undefined);
    }
    return bench.outcomes;
  } finally {
    await bench.clear();
  }
}

/** The folder of the model that was given; a model.tar.gz is unpacked first. */
async function givenModel({ target, workDir }: CheckOptions): Promise<string | undefined> {
  const { model } = target;
  if (model === undefined || (await stat(model)).isDirectory()) return model;
  const folder = join(workDir, "given-model");
  await unpackArchive(createReadStream(model), folder).catch((error: unknown) => {
    throw new SlipwayError("SLIP-5010", `${model} cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`, {
      received: model,
      cure: "Give a model.tar.gz, or the folder with what is in it.",
    });
  });
  return folder;
}

/** Only an engine can take root and the file system away; processes run as whoever called the command. */
async function checkHardened(
  bench: Bench,
  modelDir: string | undefined,
  hardened: CheckOptions["hardened"],
  serves: boolean,
): Promise<void> {
  const cases: readonly (readonly [Line, readonly string[]])[] = [
    [lines.nonRoot, ["--user", "10001:10001", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]],
    [lines.readOnly, ["--read-only", "--tmpfs", "/tmp"]],
  ];
  for (const [line, flags] of cases) {
    if (hardened === undefined) bench.skip(line, "not checked: needs Docker");
    else if (!serves) bench.skip(line, "it does not serve");
    else {
      bench.say(line.title);
      const server = await bench.start("serve", { runner: hardened(flags), ...(modelDir === undefined ? {} : { modelDir }) });
      const startup = await watchStart(server.container, bench.limits, bench.signal);
      const found = startup.healthy
        ? `/ping was 200 with ${flags.join(" ")}`
        : `/ping was never 200 with ${flags.join(" ")}; last line: ${server.lastLine()}`;
      bench.tell(line, startup.healthy, found);
      await server.container.stop(bench.limits.drainSeconds);
    }
  }
}
