import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pruneEnvironments } from "../../local/containers/environment-prune";
import { PythonEnvironments } from "../../local/containers/python-environments";
import type { LocalImage } from "../../local/images/image-store";
import { ensureLocalTools } from "../../tools/python/ensure";

const scratch = mkdtempSync(join(tmpdir(), "slipway-environments-"));
const cache = join(scratch, "cache");
let tools = "";

beforeAll(async () => {
  tools = (await ensureLocalTools()).venv;
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** An image whose requirements are these lines. */
function image(
  name: string,
  requirements: string,
  more: { readonly resolution?: "lowest-direct"; readonly constraints?: string[] } = {},
): LocalImage {
  const context = join(scratch, name);
  mkdirSync(context, { recursive: true });
  writeFileSync(join(context, "requirements.txt"), requirements);
  const manifest = { requirements: ["requirements.txt"], pythonPath: [], serve: ["python"], train: ["python"], environment: {}, ...more };
  return { uri: name, repository: name, digest: "", context, manifest };
}

const environment = (python: string): string => basename(dirname(dirname(python)));

describe("virtual environments", () => {
  test("are made once when two platforms want the same at once, and nothing else is left", async () => {
    const [one, two] = [new PythonEnvironments(tools, cache), new PythonEnvironments(tools, cache)];
    const wanted = image("raced", "iniconfig==2.0.0\n");
    const pythons = await Promise.all([one, two, one, two].map((environments) => environments.pythonFor(wanted)));
    expect(new Set(pythons).size).toBe(1);
    expect(await one.installedVersion(pythons[0] ?? "", "iniconfig")).toBe("2.0.0");
    expect(readdirSync(join(cache, "python"))).toEqual([environment(pythons[0] ?? "")]);
  });

  test("have the lowest version that is allowed and need not be compiled, when the image asks for it", async () => {
    const environments = new PythonEnvironments(tools, cache);
    const python = await environments.pythonFor(image("nearest", "iniconfig>=1.1\n", { resolution: "lowest-direct" }));
    // 1.1.0 exists as sources only.
    expect(await environments.installedVersion(python, "iniconfig")).toBe("1.1.1");
  });

  test("have what the code wants over what the image has, but for what the image holds on to", async () => {
    const environments = new PythonEnvironments(tools, cache);
    const requirements = join(scratch, "moving.txt");
    writeFileSync(requirements, "iniconfig==1.1.1\n");
    const moved = await environments.pythonFor(image("moved", "iniconfig==2.0.0\n"), [requirements]);
    expect(await environments.installedVersion(moved, "iniconfig")).toBe("1.1.1");
    const held = image("moved", "iniconfig==2.0.0\n", { constraints: ["requirements.txt"] });
    const other = new PythonEnvironments(tools, join(scratch, "other"));
    await expect(other.pythonFor(held, [requirements])).rejects.toThrow("SLIP-5007 moving.txt of the submitted code cannot be installed");
  });

  test("go on request when they were not used for that long, and the tools' own stay", async () => {
    const environments = new PythonEnvironments(tools, cache);
    const [old, young] = [image("raced", "iniconfig==2.0.0\n"), image("nearest", "iniconfig>=1.1\n", { resolution: "lowest-direct" })];
    mkdirSync(join(cache, "python", "local-0123456789abcdef"), { recursive: true });
    const long = new Date(Date.now() - 10 * 24 * 3_600 * 1_000);
    for (const name of readdirSync(join(cache, "python"))) utimesSync(join(cache, "python", name), long, long);
    const used = environment(await environments.pythonFor(young));
    const forgotten = readdirSync(join(cache, "python")).length - 2;
    expect(await pruneEnvironments(Date.now() - 9 * 24 * 3_600 * 1_000, cache)).toBe(forgotten);
    expect(readdirSync(join(cache, "python")).sort()).toEqual([used, "local-0123456789abcdef"].sort());
    expect(await environments.installedVersion(await environments.pythonFor(old), "iniconfig")).toBe("2.0.0");
  });
});
