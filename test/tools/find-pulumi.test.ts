import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findCliOnPath, fits } from "../../tools/pulumi/find-on-path";
import { scratchFolder, script } from "./scratch";

function machine(o: { version: string; host: boolean }) {
  const bin = scratchFolder();
  const cli = script(join(bin, "pulumi"), o.version);
  if (o.host) script(join(bin, "pulumi-language-nodejs"), "exit 0");
  return { bin, cli, env: { PATH: bin } };
}

describe("a Pulumi CLI on PATH", () => {
  it("is used when it is newer than the SDK and has a Node.js host", async () => {
    const { bin, env } = machine({ version: "echo v3.244.1", host: true });
    expect(await findCliOnPath("3.230.0", env)).toEqual({ bin, version: "3.244.1" });
  });

  it("is not used when it is older, and the reason names both versions", async () => {
    const { cli, env } = machine({ version: "echo v3.99.0", host: true });
    expect(await findCliOnPath("3.230.0", env)).toEqual({
      reason: `${cli} is version 3.99.0; 3.230.0 or newer of the same major version is needed`,
    });
  });

  it("is not used when its Node.js host is missing", async () => {
    const { cli, env } = machine({ version: "echo v3.230.0", host: false });
    expect(await findCliOnPath("3.230.0", env)).toEqual({ reason: `${cli} has no pulumi-language-nodejs beside it or on PATH` });
  });

  it("is not used when it does not run", async () => {
    const { cli, env } = machine({ version: "echo broken >&2; exit 3", host: true });
    expect(await findCliOnPath("3.230.0", env)).toEqual({ reason: `${cli} does not run (${cli} version ended with code 3:)` });
  });

  it("may be absent", async () => {
    expect(await findCliOnPath("3.230.0", { PATH: scratchFolder() })).toEqual({ reason: "no pulumi on PATH" });
  });
});

describe("a version fits", () => {
  it.each([
    ["3.230.0", true],
    ["3.230.1", true],
    ["3.231.0-alpha.1", true],
    ["3.230.0-beta.2", false],
    ["3.229.9", false],
    ["4.0.0", false],
    ["nonsense", false],
  ])("%s against 3.230.0: %s", (version, expected) => {
    expect(fits(version, "3.230.0")).toBe(expected);
  });
});
