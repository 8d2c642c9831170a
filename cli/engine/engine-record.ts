import { randomUUID } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import type { StatePaths } from "../project/state-dir";

/** An engine that was started and has not been seen to end, in `<state>/engine.json`. */
export interface EngineRecord {
  readonly pid: number;
  /** Process that started it and waits for it. */
  readonly waiter: number;
  /** Value of the variable below in every process the engine starts: they lead process groups of their own. */
  readonly mark: string;
}

/** Name of the environment variable that marks an engine and all it starts. */
export const markVariable = "SLIPWAY_ENGINE";

export function newMark(): string {
  return randomUUID();
}

export function recordEngine(paths: StatePaths, record: EngineRecord): void {
  writeFileSync(paths.engineRecord, JSON.stringify(record));
}

/** Undefined when there is none, or it was cut off while it was written. */
export function readEngineRecord(paths: StatePaths): EngineRecord | undefined {
  try {
    const { pid, waiter, mark } = JSON.parse(readFileSync(paths.engineRecord, "utf8")) as Partial<EngineRecord>;
    return pid === undefined || waiter === undefined || mark === undefined ? undefined : { pid, waiter, mark };
  } catch {
    return undefined;
  }
}

export function forgetEngine(paths: StatePaths): void {
  rmSync(paths.engineRecord, { force: true });
}
