import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makePrivateFolder } from "../../local/state/private-folder";

describe("a state folder", () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "slipway-private-"));
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  const modeOf = (path: string) => statSync(path).mode & 0o777;

  test("is made for its owner alone", () => {
    makePrivateFolder(join(parent, "deep", "state"));
    expect(modeOf(join(parent, "deep", "state"))).toBe(0o700);
  });

  test("that others could look into is closed", () => {
    mkdirSync(join(parent, "state"), { mode: 0o755 });
    makePrivateFolder(join(parent, "state"));
    expect(modeOf(join(parent, "state"))).toBe(0o700);
  });
});
