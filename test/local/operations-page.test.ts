import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { servedOperations } from "../../local/control-plane/control-plane";
import { inputShapeOf, isKnownOperation } from "../../local/service-model/service-model";

const runtime = ["InvokeEndpoint", "InvokeEndpointWithResponseStream", "InvokeEndpointAsync"];

/** The rows of the table of operations in docs/local.md: each operation with its answer. */
function table(): ReadonlyMap<string, string> {
  const page = readFileSync(join(__dirname, "..", "..", "docs", "local.md"), "utf8");
  const rows = page.split("\n").flatMap((line) => /^\| (`[A-Z].*?) \| (yes|partly|no) \|/.exec(line) ?? []);
  const found = new Map<string, string>();
  for (let index = 0; index < rows.length; index += 3) {
    for (const name of rows[index + 1]?.match(/[A-Za-z0-9]+/g) ?? []) {
      found.set(name, rows[index + 2] ?? "");
    }
  }
  return found;
}

test("docs/local.md tells of every operation that is served, and of none that is not", () => {
  const told = [...table()].filter(([, served]) => served !== "no").map(([name]) => name);
  expect(told.sort()).toEqual([...servedOperations(), ...runtime].sort());
});

test("what docs/local.md calls missing is an operation of AWS that is not served", () => {
  const missing = [...table()].filter(([, served]) => served === "no").map(([name]) => name);
  expect(missing.length).toBeGreaterThan(0);
  expect(missing.filter((name) => !isKnownOperation(name) || servedOperations().includes(name))).toEqual([]);
});

test("every operation that is served has its request in the service model", () => {
  expect(servedOperations().filter((name) => inputShapeOf(name) === undefined)).toEqual([]);
});
