import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../tools/package-root";

const read = (path: string) => readFileSync(join(packageRoot(), path), "utf8");
const pins = (text: string) => [...text.matchAll(/^([a-z0-9-]+==[^\s;]+)/gm)].map((match) => match[1]);

describe.each(["local", "dev", "checkov", "uv"])("tools/python/requirements-%s.txt", (name) => {
  const text = read(`tools/python/requirements-${name}.txt`);

  it("holds what its .in file asks for", () => {
    expect(pins(text)).toEqual(expect.arrayContaining(pins(read(`tools/python/requirements-${name}.in`))));
  });

  it("names each package's bytes, and no index to get them from", () => {
    const entries = text.split(/\n(?=[a-z])/).slice(1);
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.filter((entry) => !entry.includes("--hash=sha256:"))).toEqual([]);
    expect(text).not.toMatch(/https?:|index-url/);
  });
});

describe("the Python linters and test runner", () => {
  it("have the versions that the container kit declares", () => {
    const declared = /^dev = \[(.*)\]$/m.exec(read("container/pyproject.toml"))?.[1] ?? "";
    const wanted = [...declared.matchAll(/"([^"]+)"/g)].map((match) => match[1]);
    expect(wanted).toHaveLength(7);
    expect(pins(read("tools/python/requirements-dev.in"))).toEqual(expect.arrayContaining(wanted));
  });
});
