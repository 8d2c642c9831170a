import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { packageRoot } from "../../tools/package-root";
import { ensureAuditTools } from "../../tools/python/ensure";

interface Component {
  readonly "bom-ref": string;
  readonly purl?: string;
  readonly licenses?: readonly { readonly expression?: string; readonly license?: { readonly id?: string } }[];
}

interface Bill {
  readonly components: readonly Component[];
}

/** CycloneDX's own library, strictly: what is wrong with each of the bills in a list, or null. */
const validator = `
import json, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

judge = JsonStrictValidator(SchemaVersion.V1_6)
faults = [judge.validate_str(json.dumps(bill)) for bill in json.load(sys.stdin)]
print(json.dumps([None if fault is None else fault.data.message for fault in faults]))
`;

async function run(python: string, args: readonly string[], input = ""): Promise<string> {
  const env = { ...process.env, PYTHONPATH: join(packageRoot(), "container", "src") };
  const running = promisify(execFile)(python, [...args], { env, maxBuffer: 64 * 1024 * 1024 });
  running.child.stdin?.end(input);
  return (await running).stdout;
}

describe("the bill of materials, beside CycloneDX's own tools", { timeout: 240_000 }, () => {
  const dev = process.env.SLIPWAY_DEV_PYTHON ?? "";
  let judge: string;
  let text: string;
  const bill = (): Bill => JSON.parse(text) as Bill;

  beforeAll(async () => {
    judge = (await ensureAuditTools()).python;
    text = await run(dev, ["-m", "slipway_kit.sbom", "--base", "debian:12"]);
  });

  test("is valid by the schema of CycloneDX 1.6, which refuses one with a fault", async () => {
    const [first] = bill().components;
    const unknown = { ...bill(), components: [{ ...first, type: "wheel" }] };
    const twice = { ...bill(), components: [first, first] };
    expect(JSON.parse(await run(judge, ["-c", validator], JSON.stringify([bill(), unknown, twice])))).toEqual([
      null,
      expect.stringContaining("'wheel' is not one of"),
      expect.stringContaining("has non-unique elements"),
    ]);
  });

  test("names every Python package that cyclonedx-py finds in the same environment, under the same identifier and licence", async () => {
    const theirs = JSON.parse(await run(judge, ["-m", "cyclonedx_py", "environment", "--sv", "1.6", dev])) as Bill;
    const ours = new Map(bill().components.map((component) => [component["bom-ref"], component]));
    expect(theirs.components.length).toBeGreaterThan(20);
    expect(theirs.components.filter(({ purl }) => !ours.has(purl ?? "")).map(({ purl }) => purl)).toEqual([]);
    const expressed = theirs.components.flatMap(({ purl, licenses }) => {
      const own = ours.get(purl ?? "")?.licenses?.[0]?.expression;
      return own === undefined ? [] : [[purl, own, licenses?.[0]?.expression ?? licenses?.[0]?.license?.id]];
    });
    expect(expressed.length).toBeGreaterThan(5);
    expect(expressed.filter(([, own, their]) => own !== their)).toEqual([]);
  });
});
