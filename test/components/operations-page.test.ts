import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(__dirname, "..", "..");

test("every trap of docs/operations.md names tests that there are", () => {
  const page = readFileSync(join(root, "docs", "operations.md"), "utf8");
  const rows = page.split("\n").filter((line) => /^\| \d+ \|/.test(line));
  expect(rows.map((row) => Number(row.split("|")[1]))).toEqual(Array.from({ length: 19 }, (_, index) => index + 1));
  const named = rows.flatMap((row) => [...row.matchAll(/`(test\/[\w./-]+\.test\.ts)`: "([^"]+)"/g)]);
  expect(named.length).toBe(17);
  const missing = named.filter(([, file = "", name = ""]) => !readFileSync(join(root, file), "utf8").includes(`"${name}"`));
  expect(missing.map(([row]) => row)).toEqual([]);
});

test("what docs/operations.md says was tried on the engine names tests that there are", () => {
  const page = readFileSync(join(root, "docs", "operations.md"), "utf8");
  const [, section = ""] = page.split("## What was tried on the engine");
  const named = [...section.matchAll(/^\| [^|]+ \| [^|]+ \| `([\w-]+\.test\.ts)`: "([^"]+)" \|$/gm)];
  expect(named.length).toBe(12);
  const missing = named.filter(
    ([, file = "", name = ""]) => !readFileSync(join(root, "test", "engine", file), "utf8").includes(`"${name}"`),
  );
  expect(missing.map(([row]) => row)).toEqual([]);
});
