import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildTarget } from "../../local/check/build-target";
import { type CheckOptions, checkContainer } from "../../local/check/check-container";
import { contractLimits, type Outcome } from "../../local/check/lines";
import { findTarget, type Target } from "../../local/check/target";
import { DockerRunner } from "../../local/containers/docker-runner";
import { ProcessRunner } from "../../local/containers/process-runner";
import { PythonEnvironments } from "../../local/containers/python-environments";
import type { RunnerChoice } from "../../local/daemon-options";
import { ProcessRegister } from "../../local/state/process-register";
import { ensureLocalTools } from "../../tools/python/ensure";
import type { Block, Cell, Emit, JsonValue, Tone } from "../output/events";
import { usageError } from "../verbs/parse";
import type { VerbCall } from "../verbs/verb";

const phase = "check";

/** Exits with 1 when a line of the contract does not hold; advice counts with `--strict`. */
export async function run(call: VerbCall): Promise<number | undefined> {
  const parts = partsOf(call.arguments.text("only"));
  const target = await findTarget(call.arguments.positionals[0] ?? "", call.cwd, {
    runner: runnerOf(call.arguments.text("runner")),
    ...optional("baseImage", baseImageOf(call)),
    ...optional("sample", call.arguments.text("sample")),
    ...optional("data", call.arguments.text("data")),
    ...optional("model", call.arguments.text("model")),
  });
  if (target.note !== undefined) call.emit({ kind: "note", level: "warning", text: target.note });
  const outcomes = await checked(call, target, parts);
  const failed = outcomes.filter(({ state }) => state === "fail").length;
  const notes = outcomes.filter(({ state }) => state === "note").length;
  const skipped = outcomes.filter(({ state }) => state === "skip").length;
  const ok = failed === 0 && (notes === 0 || !call.arguments.flag("strict"));
  call.emit({
    kind: "result",
    data: { target: target.name, runner: target.runner, ok, failed, notes, skipped, checks: outcomes.map(toData) },
    blocks: report(target, outcomes),
  });
  return ok ? undefined : 1;
}

/** The page for people: a line for each check, then what was seen and why it matters for those that do not hold. */
export function report(target: Pick<Target, "name" | "runner">, outcomes: readonly Outcome[]): Block[] {
  const rows = outcomes.map(({ line, state, found }): Cell[] => [{ text: state, tone: tones[state] }, line.id, found]);
  const wrong = outcomes.filter(({ state }) => state === "fail" || state === "note");
  const count = (wanted: Outcome["state"]): number => outcomes.filter(({ state }) => state === wanted).length;
  const sum = `${count("pass")} pass, ${count("fail")} fail, ${count("note")} notes (advice), ${count("skip")} skipped`;
  return [
    { kind: "table", head: ["", "CHECK", `${target.name} (${target.runner})`], rows },
    ...wrong.map(
      ({ line, found }): Block => ({
        kind: "pairs",
        rows: [
          ["", ""],
          [line.id, line.title],
          ["found", found],
          ["why", line.why],
        ],
      }),
    ),
    { kind: "text", lines: ["", sum] },
  ];
}

const tones: Readonly<Record<Outcome["state"], Tone>> = { pass: "good", fail: "bad", note: "warning", skip: "quiet" };

async function checked(call: VerbCall, target: Target, parts: "serve" | "train" | undefined): Promise<readonly Outcome[]> {
  const workDir = mkdtempSync(join(tmpdir(), "slipway-check-"));
  const started = Date.now();
  call.emit({ kind: "phase-started", phase, detail: target.name });
  const finish = (outcome: "done" | "failed" | "stopped"): void =>
    call.emit({ kind: "phase-finished", phase, outcome, detail: target.name, seconds: (Date.now() - started) / 1_000 });
  try {
    const outcomes = await checkContainer({
      ...(await containersFor(target, workDir, call)),
      workDir,
      ...(parts === undefined ? {} : { parts }),
      limits: contractLimits,
      signal: call.signal,
      onOutcome: () => undefined,
      onProgress: (detail) => call.emit({ kind: "phase-progress", phase, detail }),
    });
    finish(outcomes.some(({ state }) => state === "fail") ? "failed" : "done");
    return outcomes;
  } catch (error) {
    finish(call.signal.aborted ? "stopped" : "failed");
    throw error;
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

/** The target, built when Docker has to, and what runs it. */
async function containersFor(
  target: Target,
  workDir: string,
  call: VerbCall,
): Promise<Pick<CheckOptions, "target" | "runner" | "hardened">> {
  const register = new ProcessRegister(workDir);
  if (target.runner === "docker") {
    const runner = (runFlags: readonly string[]): DockerRunner => new DockerRunner({ stateDir: workDir, register, runFlags });
    if (target.image.dockerImageId === undefined) call.emit({ kind: "phase-progress", phase, detail: "building the image" });
    const built = await buildTarget(target, { workDir, register, ...optional("baseImage", baseImageOf(call)) });
    return { target: built, runner: runner([]), hardened: runner };
  }
  const { venv } = await ensureLocalTools({ env: call.env, onProgress: progressOf(call.emit) });
  return { target, runner: new ProcessRunner(new PythonEnvironments(venv), register) };
}

function progressOf(emit: Emit): (message: string) => void {
  return (message) => emit({ kind: "phase-progress", phase, detail: message.trim() });
}

function partsOf(only: string | undefined): "serve" | "train" | undefined {
  if (only === undefined || only === "serve" || only === "train") return only;
  throw usageError(`--only does not know "${only}"`, only, undefined, "--only serve, or --only train");
}

function baseImageOf({ env }: VerbCall): string | undefined {
  return env.SLIPWAY_BASE_IMAGE === "" ? undefined : env.SLIPWAY_BASE_IMAGE;
}

function runnerOf(runner: string | undefined): RunnerChoice {
  if (runner === undefined) return "auto";
  if (runner === "auto" || runner === "process" || runner === "docker") return runner;
  throw usageError(`--runner does not know "${runner}"`, runner, undefined, "--runner auto, --runner process, or --runner docker");
}

function optional<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return (value === undefined ? {} : { [key]: value }) as Partial<Record<K, string>>;
}

function toData({ line, state, found }: Outcome): JsonValue {
  return { id: line.id, title: line.title, state, found, why: line.why, advised: "advised" in line };
}
