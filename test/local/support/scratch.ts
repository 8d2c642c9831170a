import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A new empty folder that is removed when the file's tests have run. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-unit-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
