import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../tools/package-root";

interface Locked {
  readonly version?: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
}

const lock = JSON.parse(readFileSync(join(packageRoot(), "package-lock.json"), "utf8")) as { packages: Record<string, Locked> };
const packages = Object.entries(lock.packages).filter(([path]) => path !== "");
const names = new Set(packages.map(([path]) => path.split("node_modules/").at(-1)));

describe("package-lock.json", () => {
  it("holds the packages of every platform, without which npm ci refuses it", () => {
    const wanted = packages.flatMap(([, locked]) => Object.keys({ ...locked.dependencies, ...locked.optionalDependencies }));
    expect(wanted.filter((name) => !names.has(name))).toEqual([]);
  });
});
