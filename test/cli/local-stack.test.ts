import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { stackConfig } from "../../cli/engine/local-stack";

describe("the configuration of the local stack", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "slipway-config-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const given = (text: string, salt?: string) => {
    writeFileSync(join(root, "Pulumi.local.yaml"), text);
    return stackConfig({ root }, salt);
  };

  test("has the salt of the stack's state, whatever stands in the project's file", () => {
    const text = "config:\n  aws:region: us-east-1\n";
    expect(given(text, "v1:ours")).toBe(`${text}encryptionsalt: v1:ours\n`);
    expect(given(`encryptionsalt: v1:theirs\n${text}`, "v1:ours")).toBe(`${text}encryptionsalt: v1:ours\n`);
    expect(given(`encryptionsalt: v1:theirs\n${text}`)).toBe(text);
  });

  test("with secrets in the project's file has the salt that stands beside them, with which alone they can be read", () => {
    const text = "config:\n  shop:partner:\n    secure: v1:abc\nencryptionsalt: v1:theirs\n";
    expect(given(text, "v1:ours")).toBe(text);
    expect(given(text)).toBe(text);
  });
});
