import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkContainer } from "../../../local/check/check-container";
import type { Limits, Outcome } from "../../../local/check/lines";
import { findTarget, type TargetOptions } from "../../../local/check/target";
import { ProcessRunner } from "../../../local/containers/process-runner";
import { PythonEnvironments } from "../../../local/containers/python-environments";
import { ProcessRegister } from "../../../local/state/process-register";
import { scratchFolder } from "../support/scratch";

export const scratch = scratchFolder();
const tools = join(scratch, "tools");
mkdirSync(join(tools, "bin"), { recursive: true });
symlinkSync(
  execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim(),
  join(tools, "bin", "python"),
);

/** Long enough for a slow machine wherever a good container is judged; short where a bad one is waited for. */
const limits: Limits = {
  startupSeconds: 20,
  acceptMilliseconds: 60_000,
  pingMilliseconds: 15_000,
  answerSeconds: 20,
  drainSeconds: 15,
  trainSeconds: 20,
  stopAfterSeconds: 20,
  stopSeconds: 15,
  stopNoticedSeconds: 2,
  settleSeconds: 10,
};

export function check(fault: string, shorter: Partial<Limits> = {}, o: Given & { bare?: boolean } = {}): Promise<readonly Outcome[]> {
  const folder = container(fault, o.bare);
  return run(folder, newWorkDir(), shorter, o.parts === "serve" ? { ...o, model: join(folder, "model") } : o);
}

interface Given extends TargetOptions {
  readonly parts?: "serve" | "train";
  readonly signal?: AbortSignal;
  readonly onProgress?: (what: string) => void;
}

export async function run(folder: string, workDir: string, shorter: Partial<Limits>, o: Given): Promise<readonly Outcome[]> {
  return checkContainer({
    target: await findTarget(folder, scratch, { runner: "process", ...o }),
    runner: new ProcessRunner(new PythonEnvironments(tools, join(scratch, "cache")), new ProcessRegister(workDir)),
    workDir,
    limits: { ...limits, ...shorter },
    signal: o.signal ?? new AbortController().signal,
    ...(o.parts === undefined ? {} : { parts: o.parts }),
    onOutcome: () => undefined,
    onProgress: o.onProgress ?? (() => undefined),
  });
}

export function newWorkDir(): string {
  return mkdtempSync(join(scratch, "work-"));
}

/** A folder that describes the container of the fixtures, with a fault. */
export function container(fault: string, bare = false): string {
  const folder = mkdtempSync(join(scratch, "container-"));
  cpSync(join(__dirname, "fixtures", "container.py"), join(folder, "container.py"));
  const command = (verb: string): string[] => ["python", "-m", "container", verb];
  writeFileSync(
    join(folder, "slipway-image.json"),
    JSON.stringify({ pythonPath: ["."], serve: command("serve"), train: command("train"), environment: { FAULT: fault } }),
  );
  if (bare) return folder;
  writeFileSync(join(folder, "sample.json"), '{"x": 2}');
  mkdirSync(join(folder, "model"));
  writeFileSync(join(folder, "model", "scale.json"), "3");
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data", "rows.txt"), "1\n2\n");
  return folder;
}

export function wrongOf(outcomes: readonly Outcome[]): readonly Outcome[] {
  return outcomes.filter(({ state }) => state === "fail" || state === "note");
}

export function foundOf(outcomes: readonly Outcome[], id: string): string | undefined {
  return outcomes.find(({ line }) => line.id === id)?.found;
}
