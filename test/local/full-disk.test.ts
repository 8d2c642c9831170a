import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeFileAtomic, writeFileAtomicSync } from "../../local/state/atomic-file";
import { ProcessRegister } from "../../local/state/process-register";
import { ResourceStore } from "../../local/state/resource-store";
import { scratchFolder } from "./support/scratch";

const scratch = scratchFolder();

interface Thing {
  readonly name: string;
  readonly createdAt: number;
}

/** A store whose folder takes no files any more: there is a file in its place. A full disk is tested with a real one, by the contract suite. */
async function stuck() {
  const folder = join(mkdtempSync(join(scratch, "stuck-")), "things");
  const store = new ResourceStore<Thing>(folder);
  await store.put("old", { name: "old", createdAt: 1 });
  const before = readFileSync(join(folder, "old.json"), "utf8");
  rmSync(folder, { recursive: true });
  writeFileSync(folder, "");
  const mend = () => {
    rmSync(folder);
    mkdirSync(folder);
    writeFileSync(join(folder, "old.json"), before);
  };
  return { folder, store, mend };
}

test("what is asked for and cannot be written has not happened", async () => {
  const { folder, store, mend } = await stuck();
  await expect(store.put("new", { name: "new", createdAt: 2 })).rejects.toThrow();
  await expect(store.put("old", { name: "changed", createdAt: 1 })).rejects.toThrow();
  expect(store.list()).toEqual([{ name: "old", createdAt: 1 }]);
  mend();
  await store.put("new", { name: "new", createdAt: 3 });
  expect(new ResourceStore<Thing>(folder).list().map(({ name }) => name)).toEqual(["new", "old"]);
});

test("what has happened is so at once, and on disk as soon as it can be written", async () => {
  const { folder, store, mend } = await stuck();
  await store.record("old", { name: "changed", createdAt: 1 });
  expect(store.get("old")?.name).toBe("changed");
  mend();
  const onDisk = () => JSON.parse(readFileSync(join(folder, "old.json"), "utf8")).name;
  await expect.poll(onDisk, { timeout: 30_000 }).toBe("changed");
});

test("what could not be written is written by a flush", async () => {
  const { folder, store, mend } = await stuck();
  await store.record("old", { name: "changed", createdAt: 1 });
  await expect(store.flush()).rejects.toThrow();
  mend();
  await store.flush();
  expect(JSON.parse(readFileSync(join(folder, "old.json"), "utf8")).name).toBe("changed");
});

test("a file that a killed daemon had not finished is removed, and no other", async () => {
  const folder = join(scratch, "unfinished");
  await new ResourceStore<Thing>(folder).put("kept", { name: "kept", createdAt: 1 });
  writeFileSync(join(folder, "kept.json.123.0123abcd.tmp"), '{"name": "ke');
  writeFileSync(join(folder, "notes.tmp"), "");
  expect(new ResourceStore<Thing>(folder).list()).toEqual([{ name: "kept", createdAt: 1 }]);
  expect(readdirSync(folder).sort()).toEqual(["kept.json", "notes.tmp"]);
});

test("a file that cannot be written leaves no part of it behind", async () => {
  const folder = join(scratch, "taken");
  // A folder cannot be replaced by a file.
  mkdirSync(join(folder, "place"), { recursive: true });
  await expect(writeFileAtomic(join(folder, "place"), "x")).rejects.toThrow();
  expect(() => writeFileAtomicSync(join(folder, "place"), "x")).toThrow();
  expect(readdirSync(folder)).toEqual(["place"]);
});

test("a process register that cannot be written lets processes start and end", () => {
  const folder = join(scratch, "no-folder");
  writeFileSync(folder, "");
  const register = new ProcessRegister(folder);
  expect(() => register.add(process.pid)).not.toThrow();
  expect(() => register.remove(process.pid)).not.toThrow();
});
