import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageFolder } from "../../components/component";
import { codeFiles } from "../../components/registry/image-context";

const models = join(packageFolder(), "models");
const names = readdirSync(models, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(models, entry.name, "service.ts")))
  .map(({ name }) => name)
  .sort();

test("the project has its five models", () => {
  expect(names).toEqual(["iris", "reviews", "summarise", "translation", "whisper"]);
});

describe.each(names)("the folder of %s", (name) => {
  const readme = readFileSync(join(models, name, "README.md"), "utf8");

  test("has a README of one screen that asks its sample, and every file of the folder's top in its table", () => {
    expect(readme.split("\n").length).toBeLessThanOrEqual(50);
    const [, sample = ""] = new RegExp(`npx slipway invoke ${name} @models/${name}/(sample\\.\\w+)`).exec(readme) ?? [];
    expect(existsSync(join(models, name, sample))).toBe(true);
    const others = readdirSync(join(models, name)).filter((file) => file.endsWith(".py") || file.startsWith("sample."));
    expect(others.filter((file) => !readme.includes(`\`${file}\``))).toEqual([]);
  });

  test("gives its image neither its declaration, nor its prose, nor its sample", () => {
    const shipped = codeFiles(join(models, name), ["data"]).map(({ path }) => path);
    expect(shipped.filter((path) => /^(service\.ts|readme|sample\.)/i.test(path))).toEqual([]);
    expect(shipped.filter((path) => path.endsWith(".py"))).not.toEqual([]);
  });

  test("is in the guide", () => {
    expect(readFileSync(join(packageFolder(), "docs", "models.md"), "utf8")).toContain(`[${name}](../models/${name}/README.md)`);
  });
});
