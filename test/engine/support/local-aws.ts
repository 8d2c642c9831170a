import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../local/containers/free-port";
import { ensureLocalTools } from "../../../tools/python/ensure";
import { fetchWhole } from "../../support/fetch-whole";

/** The repository's root folder. */
export const root = join(__dirname, "..", "..", "..");

/** A local AWS endpoint in a process and state folder of its own, as `slipway local up` starts it. */
export interface LocalAws {
  readonly endpointUrl: string;
  readonly providerPort: number;
  readonly state: string;
  stop(): Promise<void>;
}

interface Status {
  readonly providerPort: number;
}

/** Starts the built daemon on a free port; `stop` ends it and removes its state. */
export async function startLocalAws(runner: "process" | "docker" = "process", environment: NodeJS.ProcessEnv = {}): Promise<LocalAws> {
  const { venv } = await ensureLocalTools({});
  const state = mkdtempSync(join(tmpdir(), "slipway-engine-"));
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [join(root, "dist", "daemon.js"), "--state", state, "--port", String(port), "--account", "000000000000"].concat([
      "--region",
      "us-east-1",
      "--runner",
      runner,
      "--version",
      "test",
    ]),
    { cwd: root, env: { ...process.env, ...environment, SLIPWAY_PYTHON_TOOLS: venv }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const endpointUrl = `http://localhost:${port}`;
  const status = await ready(endpointUrl, child, () => output);
  return { endpointUrl, providerPort: status.providerPort, state, stop: () => stop(child, state) };
}

async function ready(endpointUrl: string, child: ChildProcess, output: () => string): Promise<Status> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    if (child.exitCode !== null) throw new Error(`the daemon ended with code ${child.exitCode}:\n${output()}`);
    const status = await fetchWhole(`${endpointUrl}/_slipway/status`).then(
      (response) => (response.ok ? (response.json() as Promise<Status>) : undefined),
      () => undefined,
    );
    if (status?.providerPort) return status;
    await sleep(100);
  }
  throw new Error(`the daemon was not ready in time:\n${output()}`);
}

async function stop(child: ChildProcess, state: string): Promise<void> {
  if (child.exitCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  }
  rmSync(state, { recursive: true, force: true });
}
