import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { localModels } from "../../cli/project/project";
import { slipway } from "./command";

const root = mkdtempSync(join(tmpdir(), "slipway-models-"));
writeFileSync(join(root, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
for (const name of ["iris", "reviews", "translation"]) {
  mkdirSync(join(root, "models", name), { recursive: true });
  writeFileSync(join(root, "models", name, "service.ts"), "export default () => undefined;\n");
}
afterAll(() => rmSync(root, { recursive: true, force: true }));

function localStack(settings: string): void {
  writeFileSync(join(root, "Pulumi.local.yaml"), settings);
}

describe("the models of the local stack", () => {
  test.each([
    ["no list", "config:\n  aws:region: us-east-1\n", ["iris", "reviews", "translation"]],
    ["a list", "config:\n  slipway:models:\n    - translation\n    - iris\n  slipway:forceDestroy: true\n", ["iris", "translation"]],
    ["a list that ends the file", "config:\n  slipway:models:\n    - iris", ["iris"]],
    [
      "comments and quotes",
      'config:\n  slipway:models:\n    # two of three\n    - "iris" # here\n\n    - translation\n',
      ["iris", "translation"],
    ],
    ["a list of another setting after it", "config:\n  slipway:models:\n    - iris\n  slipway:users:\n    - ada\n", ["iris"]],
  ])("with %s", (_, settings, models) => {
    localStack(settings);
    expect(localModels({ root })).toEqual(models);
  });

  test("of this project are Iris alone", () => {
    expect(localModels({ root: join(__dirname, "..", "..") })).toEqual(["iris"]);
    expect(readFileSync(join(__dirname, "..", "..", "Pulumi.local.yaml"), "utf8")).toContain("Others of this project:");
  });

  test("are those that the command shows, so that the others are not taken for failed", async () => {
    localStack("config:\n  slipway:models:\n    - iris\n");
    const { stdout } = await slipway(root, []);
    expect(stdout).toBe("MODEL  STATE         KIND  LAST ANSWER\niris   not deployed  -     none yet\nNext: npx slipway local up\n");
  });
});
