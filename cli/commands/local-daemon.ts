import { join } from "node:path";
import { makeFolder } from "../../tools/folder";
import { packageRoot } from "../../tools/package-root";
import type { PythonTools } from "../../tools/python/ensure";
import type { DaemonRecord } from "../daemon/record";
import { type Exposure, ensureDaemon } from "../daemon/start";
import type { Project } from "../project/project";
import { givenSettings, keepSettings, resolveSettings } from "../project/settings";
import type { StatePaths } from "../project/state-dir";
import type { VerbCall } from "../verbs/verb";
import { ensureTools, type LocalTools } from "./local-tools";

/** A running local platform and the tools to work with it. */
export interface LocalPlatform {
  readonly daemon: DaemonRecord;
  readonly tools: LocalTools;
}

/** Brings the daemon of a state directory up with the settings of this call; tells a phase only when it had to be started. */
export async function ensureLocalPlatform(call: VerbCall, project: Project, paths: StatePaths): Promise<LocalPlatform> {
  const { emit, env, signal } = call;
  const ensured = once(() => ensureTools(env, emit, signal));
  const daemon = await ensureLocalEndpoint(call, project.root, paths, async () => (await ensured()).python);
  return { daemon, tools: await ensured() };
}

/** The daemon alone, which needs the Python tools and no project; `cwd` is the folder it works in. */
export async function ensureLocalEndpoint(
  call: VerbCall,
  cwd: string,
  paths: StatePaths,
  ensurePython: () => Promise<PythonTools>,
): Promise<DaemonRecord> {
  const { emit, env, signal } = call;
  const settings = resolveSettings(givenSettings(call.arguments), paths);
  makeFolder(paths.root, "Make the folder writable for this user, or name another with --state, then run again.");
  const python = await ensurePython();
  signal.throwIfAborted();
  const phase = "endpoint";
  const began = Date.now();
  const seconds = () => (Date.now() - began) / 1000;
  emit({ kind: "phase-started", phase, detail: "looking for the local platform" });
  try {
    const { record, started } = await ensureDaemon({
      settings,
      paths,
      bundle: join(packageRoot(), "dist", "daemon.js"),
      cwd,
      exposure: exposureOf(call),
      env,
      signal,
      tools: async () => python,
      onProgress: (detail) => emit({ kind: "phase-progress", phase, detail }),
    });
    keepSettings(settings, paths);
    const detail = `http://localhost:${record.port}, containers run as ${record.runner === "docker" ? "Docker containers" : "processes"}`;
    emit(started ? { kind: "phase-finished", phase, outcome: "done", detail, seconds: seconds() } : { kind: "phase-dropped", phase });
    if (started && record.note !== undefined) emit({ kind: "note", level: "warning", text: record.note });
    return record;
  } catch (error) {
    emit({ kind: "phase-finished", phase, outcome: signal.aborted ? "stopped" : "failed", detail: "", seconds: seconds() });
    throw error;
  }
}

function exposureOf(call: VerbCall): Exposure {
  const [host, token] = [call.arguments.text("host"), call.arguments.text("token")];
  return { ...(host === undefined ? {} : { host }), ...(token === undefined ? {} : { token }) };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
