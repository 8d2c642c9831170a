import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { chooseRunner } from "../../local/containers/choose-runner";
import { parseDaemonOptions } from "../../local/daemon-options";
import { ProcessRegister } from "../../local/state/process-register";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-runner-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** Puts a `docker` first on PATH that succeeds for the commands listed and fails for every other. */
function dockerThatKnows(...commands: string[]): void {
  const cases = commands.map((command) => `  "${command}"*) echo 1 ;;`).join("\n");
  const path = join(folder, "docker");
  writeFileSync(path, `#!/bin/sh\ncase "$*" in\n${cases}\n  *) echo "no such host" >&2; exit 1 ;;\nesac\n`);
  chmodSync(path, 0o755);
  vi.stubEnv("PATH", `${folder}${delimiter}${process.env.PATH ?? ""}`);
}

function choose(runner: string) {
  const options = parseDaemonOptions(["--state", folder, "--runner", runner], { SLIPWAY_PYTHON_TOOLS: folder });
  return chooseRunner(options, new ProcessRegister(folder));
}

test("Docker runs the containers when its engine answers and has the base image", async () => {
  dockerThatKnows("version", "image inspect");
  const { runner, note } = await choose("auto");
  expect([runner.kind, note]).toEqual(["docker", undefined]);
});

test("Docker runs the containers when its engine answers and a registry has the base image", async () => {
  dockerThatKnows("version", "manifest inspect");
  expect((await choose("auto")).runner.kind).toBe("docker");
});

test("containers run as processes, with the reason, when the engine answers but cannot get the base image", async () => {
  dockerThatKnows("version");
  const { runner, note } = await choose("auto");
  expect(runner.kind).toBe("process");
  expect(note).toMatch(/^Docker answers, but its engine cannot get the base image python:\S+: containers run as processes/);
});

test("containers run as processes when no engine answers", async () => {
  dockerThatKnows();
  const { runner, note } = await choose("auto");
  expect([runner.kind, note]).toEqual(["process", undefined]);
});

test("Docker asked for by name is used without asking for the base image, and missed when no engine answers", async () => {
  dockerThatKnows("version");
  expect((await choose("docker")).runner.kind).toBe("docker");
  dockerThatKnows();
  await expect(choose("docker")).rejects.toThrow("no Docker engine answered");
});
