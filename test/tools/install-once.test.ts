import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cacheDir, installOnce } from "../../tools/cache";
import { scratchFolder } from "./scratch";

/** A process id that no process has. */
const deadPid = 2 ** 22 + 1;
const fill = async (folder: string) => writeFileSync(join(folder, "tool"), "content");

describe("the user's cache", () => {
  it("follows XDG_CACHE_HOME, and is in the home folder without it", () => {
    expect(cacheDir({ XDG_CACHE_HOME: "/some/cache", HOME: "/home/ada" })).toBe("/some/cache/slipway");
    expect(cacheDir({ HOME: "/home/ada" })).toBe("/home/ada/.cache/slipway");
    expect(cacheDir({ XDG_CACHE_HOME: "relative", HOME: "/home/ada" })).toBe("/home/ada/.cache/slipway");
  });
});

describe("an installation", () => {
  it("appears complete, once, and leaves nothing else", async () => {
    const folder = scratchFolder();
    const target = join(folder, "deep", "tools");
    expect(await installOnce({ target, install: fill })).toBe(true);
    expect(await installOnce({ target, install: () => Promise.reject(new Error("done twice")) })).toBe(false);
    expect(readFileSync(join(target, "tool"), "utf8")).toBe("content");
    expect(readdirSync(join(folder, "deep"))).toEqual(["tools"]);
  });

  it("that fails leaves nothing, and can be tried again", async () => {
    const folder = scratchFolder();
    const target = join(folder, "tools");
    const failing = async (temporary: string) => {
      await fill(temporary);
      throw new Error("no network");
    };
    await expect(installOnce({ target, install: failing })).rejects.toThrow("no network");
    expect(readdirSync(folder)).toEqual([]);
    expect(await installOnce({ target, install: fill })).toBe(true);
  });

  it("wanted twice at once is done once, and the second waits and says so", async () => {
    const target = join(scratchFolder(), "tools");
    let release: () => void = () => undefined;
    const gate = new Promise<void>((open) => {
      release = open;
    });
    const first = installOnce({ target, install: (temporary) => gate.then(() => fill(temporary)) });
    let waits = 0;
    const second = installOnce({
      target,
      install: () => Promise.reject(new Error("done twice")),
      onWait: () => {
        waits += 1;
        release();
      },
    });
    expect(await Promise.all([first, second])).toEqual([true, false]);
    expect(waits).toBe(1);
  });

  it("takes over from a process that died, and clears what it left", async () => {
    const folder = scratchFolder();
    const target = join(folder, "tools");
    writeFileSync(`${target}.lock`, `${hostname()} ${deadPid} x`);
    mkdirSync(join(folder, `.tools.new-${deadPid}`));
    expect(await installOnce({ target, install: fill })).toBe(true);
    expect(readdirSync(folder)).toEqual(["tools"]);
  });

  it("takes over from another machine's process that has not shown life for a minute", async () => {
    const target = join(scratchFolder(), "tools");
    writeFileSync(`${target}.lock`, "another-machine 1 x");
    const before = new Date(Date.now() - 61_000);
    utimesSync(`${target}.lock`, before, before);
    expect(await installOnce({ target, install: fill })).toBe(true);
    expect(existsSync(`${target}.lock`)).toBe(false);
  });
});
