import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isErrorCode, SlipwayError } from "../../components/errors/slipway-error";
import { fileSize, tailLines } from "../../local/logs/file-tail";
import { makePrivateFolder } from "../../local/state/private-folder";
import { localEnvironment } from "../project/local-environment";
import type { LocalSettings } from "../project/settings";
import type { StatePaths } from "../project/state-dir";
import { version } from "../version";
import { healthOf, runningDaemon } from "./admin";
import { isPortFree, portInUse } from "./port";
import { type DaemonRecord, readDaemonRecord, removeDaemonRecord } from "./record";
import { stopDaemon } from "./stop";

/** A daemon that has not answered after this long has failed (milliseconds). */
const startTimeout = 120_000;
const rotateAt = 8 * 1024 * 1024;

/** Address to listen on beside loopback, and what requests from other machines must carry. */
export interface Exposure {
  readonly host?: string;
  readonly token?: string;
}

export interface DaemonPlan {
  readonly settings: LocalSettings;
  readonly paths: StatePaths;
  /** For the endpoint to answer other machines; left out, one that runs stays as it is. */
  readonly exposure?: Exposure;
  /** The bundle to run, `dist/daemon.js`. */
  readonly bundle: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Folder of the Python tools; asked for only when a daemon has to be started. */
  tools(): Promise<{ readonly venv: string }>;
  onProgress(detail: string): void;
}

/** The daemon of a state directory, running with the wanted settings and the present bundle. `started` is false when it already did. */
export async function ensureDaemon(plan: DaemonPlan): Promise<{ record: DaemonRecord; started: boolean }> {
  const wanted = bundleVersion(plan.bundle);
  const record = readDaemonRecord(plan.paths);
  const health = await runningDaemon(record);
  if (record !== undefined && health !== undefined) {
    if (record.version === wanted && fits(record, plan)) return { record, started: false };
    // What runs is only given up for something that can run.
    if (record.port !== plan.settings.port && !(await isPortFree(plan.settings.port))) throw await portInUse(plan.settings.port);
    plan.onProgress("restarting with other settings or a newer build");
    await stopDaemon(plan.paths);
  } else if (record !== undefined) await stopDaemon(plan.paths);
  if (!(await isPortFree(plan.settings.port))) throw await portInUse(plan.settings.port);
  return { record: await startDaemon(plan, wanted), started: true };
}

/** Version given to a daemon: changes with every build, so that a daemon of an older build is noticed. */
export function bundleVersion(bundle: string): string {
  return `${version}+${createHash("sha256").update(readFileSync(bundle)).digest("hex").slice(0, 12)}`;
}

function fits(record: DaemonRecord, { settings, exposure = {} }: DaemonPlan): boolean {
  const { host = record.host, token = record.token } = exposure;
  if (host !== record.host || token !== record.token) return false;
  const sameRunner = settings.runner === "auto" || settings.runner === record.runner;
  return record.port === settings.port && record.account === settings.account && record.region === settings.region && sameRunner;
}

async function startDaemon(plan: DaemonPlan, wanted: string): Promise<DaemonRecord> {
  const { settings, paths } = plan;
  const tools = await plan.tools();
  plan.signal.throwIfAborted();
  plan.onProgress("starting the local AWS endpoint");
  removeDaemonRecord(paths);
  makePrivateFolder(paths.root);
  mkdirSync(paths.logs, { recursive: true });
  const log = join(paths.logs, "daemon.log");
  if (fileSize(log) > rotateAt) renameSync(log, `${log}.1`);
  const offset = fileSize(log);
  const output = openSync(log, "a");
  const options = {
    state: paths.root,
    port: settings.port,
    account: settings.account,
    region: settings.region,
    runner: settings.runner,
    version: wanted,
    ...plan.exposure,
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, [plan.bundle, ...args], {
    cwd: plan.cwd,
    detached: true,
    stdio: ["ignore", output, output],
    env: { ...localEnvironment(plan.env), SLIPWAY_PYTHON_TOOLS: tools.venv },
  });
  closeSync(output);
  let ended: string | undefined;
  child.once("error", (error) => (ended = error.message));
  child.once("exit", (code, signal) => (ended = signal === null ? `ended with code ${code}` : `was ended by ${signal}`));
  child.unref();
  try {
    return await untilReady(plan, child.pid, log, offset, () => ended);
  } catch (error) {
    if (child.pid !== undefined && ended === undefined) child.kill("SIGTERM");
    throw error;
  }
}

async function untilReady(
  plan: DaemonPlan,
  pid: number | undefined,
  log: string,
  offset: number,
  ended: () => string | undefined,
): Promise<DaemonRecord> {
  const deadline = Date.now() + startTimeout;
  for (;;) {
    const record = readDaemonRecord(plan.paths);
    if (record !== undefined && record.pid === pid && (await healthOf(record.port))?.pid === pid) return record;
    const reason = ended() ?? (Date.now() > deadline ? `did not answer within ${startTimeout / 1000} s` : undefined);
    if (reason !== undefined) throw daemonFailed(reason, log, offset);
    await sleep(50, undefined, { signal: plan.signal }).catch(() => plan.signal.throwIfAborted());
  }
}

/** The daemon's own catalogued reason when its log ends with one, else SLIP-5004; its last lines either way. */
function daemonFailed(reason: string, log: string, offset: number): SlipwayError {
  const lines = tailLines(log, 20, offset);
  const index = lines.findLastIndex((line) => /\bSLIP-\d{4}\b/.test(line));
  const [, code = "", message = ""] = /\b(SLIP-\d{4})[:\s]+(.*)$/.exec(lines[index] ?? "") ?? [];
  const more = ["slipway doctor", "slipway local logs daemon"];
  if (isErrorCode(code)) return new SlipwayError(code, message, { details: lines.slice(index + 1), more });
  return new SlipwayError("SLIP-5004", `The local platform ${reason}`, { details: lines.map((line) => `log  ${line}`), more });
}
