import { execFile } from "node:child_process";
import { existsSync, statfsSync } from "node:fs";
import { release } from "node:os";
import { promisify } from "node:util";
import { cacheCure, cacheDir } from "../../tools/cache";
import { nearestExisting, whyUnwritable } from "../../tools/folder";
import { healthOf, statusOf } from "../daemon/admin";
import { holderOf, isPortFree } from "../daemon/port";
import { commandLine } from "../daemon/process-table";
import { readDaemonRecord } from "../daemon/record";
import { bundleVersion } from "../daemon/start";
import type { Project } from "../project/project";
import { declaredModels } from "../project/project";
import { defaultSettings, resolveSettings } from "../project/settings";
import type { StatePaths } from "../project/state-dir";

const execute = promisify(execFile);

/** One thing looked at. `note` means that local mode works, with less. */
export interface Check {
  readonly what: string;
  readonly state: "ok" | "note" | "missing";
  readonly found: string;
  readonly cure?: string;
}

export interface Machine {
  readonly env: NodeJS.ProcessEnv;
  readonly project: Project | undefined;
  readonly paths: StatePaths | undefined;
  /** `dist/daemon.js` of this Slipway. */
  readonly bundle: string;
}

/** Looks at everything local mode needs, without installing or changing anything. */
export async function checks(machine: Machine): Promise<Check[]> {
  const rest = await Promise.all([pulumi(machine), go(machine), python(machine), docker(machine), port(machine), daemon(machine)]);
  return [system(), node(), ...rest, ...folders(machine), disk(machine), project(machine)];
}

function system(): Check {
  return { what: "system", state: "ok", found: `${process.platform} ${process.arch}, ${release()}` };
}

function node(): Check {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const fits = major > 20 || (major === 20 && minor >= 12);
  return {
    what: "node",
    state: fits ? "ok" : "missing",
    found: process.versions.node,
    cure: "install Node 20.12 or newer (https://nodejs.org)",
  };
}

async function pulumi({ env }: Machine): Promise<Check> {
  const onPath = await firstLine("pulumi", ["version"], { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" });
  const cached = existsSync(`${cacheDir(env)}/pulumi`);
  if (onPath !== undefined) return { what: "pulumi", state: "ok", found: `${onPath} on PATH${cached ? ", another in the cache" : ""}` };
  if (cached) return { what: "pulumi", state: "ok", found: `in ${cacheDir(env)}/pulumi` };
  return { what: "pulumi", state: "note", found: "not installed", cure: "nothing: local up downloads it, or builds it with Go" };
}

async function go({ env }: Machine): Promise<Check> {
  const version = await firstLine("go", ["version"], env);
  return version === undefined
    ? {
        what: "go",
        state: "note",
        found: "not installed",
        cure: "only needed when Pulumi can be neither found nor downloaded (https://go.dev/dl)",
      }
    : { what: "go", state: "ok", found: version.replace(/^go version /, "") };
}

async function python({ env }: Machine): Promise<Check> {
  const cure = "install Python 3.10 or newer so that python3 is on PATH";
  const version = (await firstLine("python3", ["--version"], env)) ?? (await firstLine("python", ["--version"], env));
  const [, major = "0", minor = "0"] = /Python (\d+)\.(\d+)/.exec(version ?? "") ?? [];
  const fits = Number(major) === 3 && Number(minor) >= 10;
  return { what: "python", state: fits ? "ok" : "missing", found: version ?? "not installed", cure };
}

async function docker({ env }: Machine): Promise<Check> {
  const version = await firstLine("docker", ["version", "--format", "{{.Server.Version}}"], env);
  return version === undefined
    ? {
        what: "docker",
        state: "note",
        found: "no engine answers",
        cure: "nothing: containers run as processes; install Docker to run the real images",
      }
    : { what: "docker", state: "ok", found: `engine ${version}` };
}

async function port({ paths }: Machine): Promise<Check> {
  const wanted = paths === undefined ? defaultSettings.port : resolveSettings({}, paths).port;
  if (await isPortFree(wanted)) return { what: "port", state: "ok", found: `${wanted} is free` };
  if ((await healthOf(wanted)) !== undefined) return { what: "port", state: "ok", found: `${wanted}: Slipway listens there` };
  const pid = holderOf(wanted);
  const holder = pid === undefined ? "another program" : `pid ${pid} (${commandLine(pid).slice(0, 40)})`;
  return {
    what: "port",
    state: "note",
    found: `${wanted} is held by ${holder}`,
    cure: "stop that program, or slipway local up --port <another>",
  };
}

async function daemon({ paths, bundle }: Machine): Promise<Check> {
  const record = paths === undefined ? undefined : readDaemonRecord(paths);
  const status = record === undefined ? undefined : await statusOf(record.port);
  if (record === undefined || status === undefined)
    return { what: "local", state: "note", found: "not running", cure: "npx slipway local up" };
  const found = `${status.endpointUrl}, ${status.runner} runner, pid ${record.pid}, ${record.version}`;
  if (existsSync(bundle) && record.version !== bundleVersion(bundle))
    return { what: "local", state: "note", found: `${found} (an older build)`, cure: "npx slipway local up" };
  return { what: "local", state: "ok", found };
}

function folders({ env, paths }: Machine): Check[] {
  const cache = folder("cache", cacheDir(env), cacheCure);
  return paths === undefined
    ? [cache]
    : [cache, folder("state", paths.root, "make the folder writable for this user, or name another with --state")];
}

function folder(what: string, path: string, cure: string): Check {
  const reason = whyUnwritable(path);
  return reason === undefined
    ? { what, state: "ok", found: path, cure }
    : { what, state: "missing", found: `${path} cannot be written: ${reason}`, cure };
}

function disk({ env, paths }: Machine): Check {
  const folder = nearestExisting(paths?.root ?? cacheDir(env));
  const { bavail, bsize } = statfsSync(folder);
  const gigabytes = (bavail * bsize) / 1e9;
  const cure = "free some space: the engine, Python packages and models need about 2 GB";
  return { what: "disk", state: gigabytes < 2 ? "note" : "ok", found: `${gigabytes.toFixed(1)} GB free for ${folder}`, cure };
}

function project({ project: found }: Machine): Check {
  if (found === undefined)
    return { what: "project", state: "note", found: "not in a Slipway project", cure: "run inside a folder with a Pulumi.yaml" };
  const models = declaredModels(found);
  return { what: "project", state: "ok", found: `${found.root}, models: ${models.length === 0 ? "none" : models.join(", ")}` };
}

async function firstLine(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await execute(command, [...args], { env, timeout: 10_000 });
    return `${stdout}${stderr}`.trim().split("\n")[0];
  } catch {
    return undefined;
  }
}
