import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SlipwayError } from "../../components/errors/slipway-error";
import { isRunning, ownIdentity, processStartTime } from "../../local/state/process-identity";
import { ProcessRegister } from "../../local/state/process-register";
import { ResourceStore } from "../../local/state/resource-store";
import { lockState } from "../../local/state/state-lock";
import { scratchFolder } from "./support/scratch";

const scratch = scratchFolder();

interface Thing {
  readonly name: string;
  readonly createdAt: number;
}

describe("a resource store", () => {
  test("has after a restart what it had before", async () => {
    const folder = join(scratch, "things");
    const store = new ResourceStore<Thing>(folder);
    await store.put("a/b", { name: "a/b", createdAt: 1 });
    await store.put("gone", { name: "gone", createdAt: 2 });
    await store.delete("gone");
    expect(new ResourceStore<Thing>(folder).list()).toEqual([{ name: "a/b", createdAt: 1 }]);
  });

  test("keeps the last of many changes made at once, and no other file", async () => {
    const folder = join(scratch, "busy");
    const store = new ResourceStore<Thing>(folder);
    for (let createdAt = 1; createdAt <= 20; createdAt++) {
      void store.put("one", { name: "one", createdAt });
    }
    await store.flush();
    expect(readdirSync(folder)).toEqual(["one.json"]);
    expect(JSON.parse(readFileSync(join(folder, "one.json"), "utf8"))).toEqual({ name: "one", createdAt: 20 });
  });
});

describe("a state lock", () => {
  test("is refused while a running process holds it, and free again after release", () => {
    const folder = join(scratch, "locked");
    const lock = lockState(folder);
    expect(() => lockState(folder)).toThrow(SlipwayError);
    expect(() => lockState(folder)).toThrow(`another local platform (process ${process.pid}) is using the state folder ${folder}`);
    lock.release();
    lockState(folder).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("of a process that is gone, or of another one with its id, is taken over", () => {
    const folder = join(scratch, "stale");
    mkdirSync(folder);
    writeFileSync(join(folder, "daemon.lock"), JSON.stringify({ pid: process.pid, startTime: "another time" }));
    lockState(folder).release();
    writeFileSync(join(folder, "daemon.lock"), "not JSON");
    lockState(folder).release();
  });
});

describe("a process register", () => {
  test("ends what an earlier register left running, with its descendants, and nothing else", async () => {
    const earlier = new ProcessRegister(scratch);
    const environment = { ...process.env, ...earlier.environment };
    const left = spawn("sh", ["-c", "setsid sleep 600 & exec sleep 600"], { detached: true, stdio: "ignore", env: environment });
    const other = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
    const exited = once(left, "exit");
    earlier.add(left.pid ?? 0);
    const ended = await new ProcessRegister(scratch).endOrphans();
    await exited;
    expect(ended).toBeGreaterThanOrEqual(1);
    expect(processStartTime(left.pid ?? 0)).toBeUndefined();
    expect(processStartTime(other.pid ?? 0)).toBeDefined();
    other.kill("SIGKILL");
  });

  test("does not touch a process that has got the id of one that ended", async () => {
    const folder = join(scratch, "reused");
    mkdirSync(folder);
    const innocent = spawn("sleep", ["600"], { stdio: "ignore" });
    writeFileSync(join(folder, "processes.json"), JSON.stringify([{ pid: innocent.pid, startTime: "1" }]));
    expect(await new ProcessRegister(folder).endOrphans()).toBe(0);
    expect(processStartTime(innocent.pid ?? 0)).toBeDefined();
    innocent.kill("SIGKILL");
  });
});

test("a process is recognised by its id and start time together", () => {
  expect(isRunning(ownIdentity())).toBe(true);
  expect(isRunning({ pid: process.pid, startTime: "1" })).toBe(false);
});
