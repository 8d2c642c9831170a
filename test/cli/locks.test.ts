import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isAlive } from "../../cli/daemon/process-table";
import { markVariable, newMark, recordEngine } from "../../cli/engine/engine-record";
import { clearDeadEngine, dropPendingOperations } from "../../cli/engine/locks";
import { type StatePaths, statePaths } from "../../cli/project/state-dir";
import type { SlipwayError } from "../../components/errors/slipway-error";

let paths: StatePaths;
let child: ChildProcess | undefined;

beforeEach(() => {
  paths = statePaths(mkdtempSync(join(tmpdir(), "slipway-locks-")));
  mkdirSync(paths.stackLocks, { recursive: true });
});

afterEach(() => {
  child?.kill("SIGKILL");
  child = undefined;
});

describe("the lock of a killed engine", () => {
  it("is removed with what belongs to it", async () => {
    const lock = writeLock({ pid: await deadPid(), hostname: hostname() });
    await clearDeadEngine(paths);
    expect([existsSync(lock), existsSync(`${lock}.attrs`)]).toEqual([false, false]);
  });

  it("that was cut off while it was written is removed", async () => {
    const lock = join(paths.stackLocks, "a.json");
    writeFileSync(lock, `{"pid": 12`);
    await clearDeadEngine(paths);
    expect(existsSync(lock)).toBe(false);
  });

  it("is removed when its process id now belongs to another program", async () => {
    const lock = writeLock({ pid: process.pid, hostname: hostname() });
    await clearDeadEngine(paths);
    expect(existsSync(lock)).toBe(false);
  });
});

describe("the lock of an engine at work", () => {
  it("is kept, and its holder named", async () => {
    child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "pulumi"], { stdio: "ignore" });
    const lock = writeLock({ pid: child.pid ?? 0, hostname: hostname() });
    expect(await refusal()).toMatchObject({
      code: "SLIP-5005",
      message: `Another update of the local stack is running (pid ${child.pid})`,
    });
    expect(existsSync(lock)).toBe(true);
  });

  it("on another machine is kept, and the file to remove is named", async () => {
    const lock = writeLock({ pid: 1, hostname: "elsewhere" });
    expect(await refusal()).toMatchObject({ code: "SLIP-5005", cure: `if that machine is gone: rm ${lock}` });
  });
});

describe("an engine whose command was killed", () => {
  it("is asked to end, and what it had started is ended", async () => {
    const mark = newMark();
    const env = { ...process.env, [markVariable]: mark };
    const idle = ["-e", "setInterval(() => {}, 1000)", "pulumi"];
    const engine = spawn(process.execPath, idle, { stdio: "ignore", env });
    const host = spawn(process.execPath, idle, { stdio: "ignore", env, detached: true });
    recordEngine(paths, { pid: engine.pid ?? 0, waiter: await deadPid(), mark });
    const lock = writeLock({ pid: engine.pid ?? 0, hostname: hostname() });
    const ends = [engine, host].map((started) => new Promise((settle) => started.once("exit", (_, signal) => settle(signal))));
    await clearDeadEngine(paths);
    expect(await Promise.all(ends)).toEqual(["SIGINT", "SIGKILL"]);
    expect([existsSync(lock), existsSync(paths.engineRecord)]).toEqual([false, false]);
  });

  it("is left alone while its command still waits for it", async () => {
    child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "pulumi"], { stdio: "ignore" });
    recordEngine(paths, { pid: child.pid ?? 0, waiter: process.ppid, mark: newMark() });
    writeLock({ pid: child.pid ?? 0, hostname: hostname() });
    expect(await refusal()).toMatchObject({ code: "SLIP-5005" });
    expect([isAlive(child.pid ?? 0), existsSync(paths.engineRecord)]).toEqual([true, true]);
  });
});

describe("operations that were cut off", () => {
  it("are forgotten and named, and the rest of the state stays", async () => {
    const urn = "urn:pulumi:local::slipway::aws:s3/bucket:Bucket::artifacts";
    writeState({ resources: [{ urn: "a" }], pending_operations: [{ resource: { urn }, type: "creating" }] });
    expect(dropPendingOperations(paths)).toEqual(["artifacts"]);
    expect(JSON.parse(readFileSync(paths.stackState, "utf8"))).toEqual({
      version: 3,
      checkpoint: { latest: { resources: [{ urn: "a" }] } },
    });
    expect(dropPendingOperations(paths)).toEqual([]);
  });

  it("are none when there is no state", async () => {
    expect(dropPendingOperations(paths)).toEqual([]);
  });
});

async function refusal(): Promise<SlipwayError> {
  try {
    await clearDeadEngine(paths);
  } catch (error) {
    return error as SlipwayError;
  }
  throw new Error("the lock was not respected");
}

function writeLock(content: { pid: number; hostname: string }): string {
  const lock = join(paths.stackLocks, "lock.json");
  writeFileSync(lock, JSON.stringify({ ...content, username: "someone", timestamp: "2026-11-21T03:23:12Z" }));
  writeFileSync(`${lock}.attrs`, "{}");
  return lock;
}

function writeState(latest: object): void {
  mkdirSync(dirname(paths.stackState), { recursive: true });
  writeFileSync(paths.stackState, JSON.stringify({ version: 3, checkpoint: { latest } }));
}

async function deadPid(): Promise<number> {
  const short = spawn(process.execPath, ["-e", ""], { stdio: "ignore" });
  await new Promise((settle) => short.once("exit", settle));
  return short.pid ?? 0;
}
