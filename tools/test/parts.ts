import { readdirSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { findOnPath } from "../command";
import type { TestContext } from "./context";
import { notRun, type Outcome } from "./outcome";
import { readJunitReport, readVitestReport } from "./reports";
import { withSecondRun } from "./second-run";

/** One named part of `npm test`. */
export interface Part {
  readonly name: string;
  /** True for the parts that `npm run check` runs. */
  readonly lint: boolean;
  run(context: TestContext): Promise<Outcome>;
}

/** Every part, in the order of a full run: the quick ones first. */
export const parts: readonly Part[] = [
  {
    name: "biome",
    lint: true,
    run: (c) => c.check(process.execPath, [bin(c, "@biomejs/biome/bin/biome"), "check", "--error-on-warnings"]),
  },
  { name: "types", lint: true, run: (c) => c.check(process.execPath, [bin(c, "typescript/bin/tsc"), "--noEmit", "-p", "."]) },
  { name: "bundles", lint: false, run: bundles },
  { name: "workflows", lint: true, run: workflows },
  { name: "ruff", lint: true, run: (c) => python(c, ["ruff", "check"]) },
  { name: "ruff-format", lint: true, run: (c) => python(c, ["ruff", "format", "--check"]) },
  { name: "mypy", lint: true, run: (c) => python(c, ["mypy", "--strict", "src", "tests", "../client/python"], join(c.root, "container")) },
  {
    name: "mypy-ministack",
    lint: true,
    run: (c) => python(c, ["mypy", "--config-file", "mypy.ini", "."], join(c.root, "local", "ministack")),
  },
  { name: "unit", lint: false, run: (c) => vitest(c, "unit", 20) },
  { name: "python", lint: false, run: pytest },
  { name: "contract", lint: false, run: (c) => vitest(c, "contract", 25) },
  { name: "browser", lint: false, run: browser },
  { name: "engine", lint: false, run: (c) => vitest(c, "engine", 30) },
  { name: "docker", lint: false, run: docker },
];

const bin = (c: TestContext, path: string) => join(c.root, "node_modules", path);

async function bundles(c: TestContext): Promise<Outcome> {
  const script = `import("${join(c.root, "tools", "build.mjs")}").then((m) => m.buildBundles(process.argv[1], ["cli", "daemon"], () => {}))`;
  return c.check(process.execPath, ["-e", script, c.root]);
}

/** actionlint, when there is Go to run it; the rules of this project itself are unit tests. */
async function workflows(c: TestContext): Promise<Outcome> {
  const [go] = findOnPath("go");
  if (go === undefined) return notRun("actionlint needs Go, and there is no go on PATH");
  const folder = join(c.root, ".github", "workflows");
  const files = readdirSync(folder).map((name) => join(folder, name));
  const env = { ...process.env, GOFLAGS: "-mod=readonly", GOWORK: "off" };
  return c.check(go, ["tool", "actionlint", "-shellcheck=", "-pyflakes=", ...files], { cwd: join(c.root, "tools", "workflows"), env });
}

async function python(c: TestContext, args: readonly string[], cwd?: string): Promise<Outcome> {
  const { python: interpreter } = await c.devTools();
  return c.check(interpreter, ["-m", ...args], { cwd, env: { ...process.env, MYPYPATH: join(c.root, "container", "src") } });
}

async function pytest(c: TestContext): Promise<Outcome> {
  const { python: interpreter } = await c.devTools();
  const env = { ...process.env, PYTHONPATH: join(c.root, "container", "src") };
  const run = async (name: string, options: readonly string[]) => {
    const report = await freshReport(c, name);
    const args = ["-m", "pytest", "-q", `--junitxml=${report}`, ...options];
    const ending = await c.follow(interpreter, args, { cwd: join(c.root, "container"), env, minutes: 20 });
    return readJunitReport(await readIfThere(report), ending);
  };
  return withSecondRun(
    await run("python.xml", ["--numprocesses=2", "--dist=loadfile"]),
    () => run("python-again.xml", ["--last-failed"]),
    (line) => c.say(line),
  );
}

async function vitest(c: TestContext, project: string, minutes: number, extra: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const env = { ...process.env, ...(project === "unit" ? {} : await platformEnvironment(c)), ...extra };
  const run = async (name: string, files: readonly string[]) => {
    const report = await freshReport(c, name);
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const args = [bin(c, "vitest/vitest.mjs"), "run", "--project", project, ...reporters, ...files];
    const ending = await c.follow(process.execPath, args, { env, minutes });
    return readVitestReport(await readIfThere(report), ending);
  };
  return withSecondRun(
    await run(`${project}.json`, []),
    (files) => run(`${project}-again.json`, files),
    (line) => c.say(line),
  );
}

/** Tests that start the platform find the tools made ready here. */
async function platformEnvironment(c: TestContext): Promise<NodeJS.ProcessEnv> {
  const pulumi = await c.pulumi();
  const [local, dev] = [await c.localTools(), await c.devTools()];
  return {
    PATH: `${pulumi.bin}${delimiter}${process.env.PATH ?? ""}`,
    SLIPWAY_PYTHON_TOOLS: local.venv,
    SLIPWAY_DEV_PYTHON: dev.python,
  };
}

async function browser(c: TestContext): Promise<Outcome> {
  const found = await c.browser();
  return "reason" in found ? notRun(`no browser: ${found.reason}`) : vitest(c, "browser", 10, { SLIPWAY_CHROMIUM: found.path });
}

async function docker(c: TestContext): Promise<Outcome> {
  const { engine } = await c.docker();
  if ("reason" in engine) return notRun(`no Docker engine: ${engine.reason}`);
  const image = await c.baseImage();
  return vitest(c, "docker", 20, image === undefined ? {} : { SLIPWAY_BASE_IMAGE: image });
}

async function freshReport(c: TestContext, name: string): Promise<string> {
  await mkdir(c.reports, { recursive: true });
  const path = join(c.reports, name);
  await rm(path, { force: true });
  return path;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
