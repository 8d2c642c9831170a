import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SlipwayError } from "../../components/errors/slipway-error";
import { commandLine, isAlive, processesWith, sendSignal } from "../daemon/process-table";
import type { StatePaths } from "../project/state-dir";
import { nameOfUrn } from "./engine-event";
import { forgetEngine, markVariable, readEngineRecord } from "./engine-record";

/** How long an engine that nobody waits for any more may take to end in an orderly way (milliseconds). */
const patience = 20_000;

/**
 * Removes what an engine that was killed has left: its lock, and the language host and program it had started. An engine whose own command was killed
 * is ended first, in an orderly way. Throws SLIP-5005 when an engine is at work for somebody else.
 */
export async function clearDeadEngine(paths: StatePaths): Promise<void> {
  await endAbandoned(paths);
  for (const lock of readLocks(paths)) {
    if (lock.pid !== undefined && lock.host !== undefined && lock.host !== hostname())
      throw busy(`pid ${lock.pid} on ${lock.host}`, `if that machine is gone: rm ${lock.path}`);
    if (lock.pid !== undefined && isEngine(lock.pid)) throw busy(`pid ${lock.pid}`, `wait for it to finish, or: kill -INT ${lock.pid}`);
    rmSync(lock.path, { force: true });
    rmSync(`${lock.path}.attrs`, { force: true });
  }
}

/** Ends every process an engine had started. To be called once the engine itself is gone. */
export function endChildren(mark: string): void {
  for (const pid of processesWith(markVariable, mark)) sendSignal(pid, "SIGKILL");
}

/**
 * Forgets operations that were cut off in the middle, so that the next update does them again. The providers of the local platform take over what
 * they find already made. Returns the names of the resources concerned.
 */
export function dropPendingOperations(paths: StatePaths): string[] {
  if (!existsSync(paths.stackState)) return [];
  const text = readFileSync(paths.stackState, "utf8");
  if (!text.includes(`"pending_operations"`)) return [];
  const state = JSON.parse(text) as { checkpoint?: { latest?: { pending_operations?: { resource: { urn: string } }[] } } };
  const latest = state.checkpoint?.latest;
  const pending = latest?.pending_operations ?? [];
  if (latest === undefined || pending.length === 0) return [];
  delete latest.pending_operations;
  writeFileSync(`${paths.stackState}.new`, JSON.stringify(state, null, 4));
  renameSync(`${paths.stackState}.new`, paths.stackState);
  return pending.map(({ resource }) => nameOfUrn(resource.urn));
}

interface Lock {
  readonly path: string;
  /** Absent when the lock was cut off while it was written. */
  readonly pid: number | undefined;
  readonly host: string | undefined;
}

function readLocks(paths: StatePaths): Lock[] {
  if (!existsSync(paths.stackLocks)) return [];
  return readdirSync(paths.stackLocks)
    .filter((name) => name.endsWith(".json"))
    .map((name) => {
      const path = join(paths.stackLocks, name);
      try {
        const { pid, hostname: host } = JSON.parse(readFileSync(path, "utf8")) as { pid?: number; hostname?: string };
        return { path, pid, host };
      } catch {
        return { path, pid: undefined, host: undefined };
      }
    });
}

async function endAbandoned(paths: StatePaths): Promise<void> {
  const record = readEngineRecord(paths);
  if (record === undefined) return forgetEngine(paths);
  if (isEngine(record.pid) && record.waiter !== process.pid) {
    if (isAlive(record.waiter)) return;
    sendSignal(record.pid, "SIGINT");
    for (const deadline = Date.now() + patience; isAlive(record.pid) && Date.now() < deadline; ) await sleep(100);
    sendSignal(record.pid, "SIGKILL");
    while (isAlive(record.pid)) await sleep(20);
  }
  endChildren(record.mark);
  forgetEngine(paths);
}

function isEngine(pid: number): boolean {
  return isAlive(pid) && commandLine(pid).includes("pulumi");
}

function busy(holder: string, cure: string): SlipwayError {
  return new SlipwayError("SLIP-5005", `Another update of the local stack is running (${holder})`, { cure });
}
