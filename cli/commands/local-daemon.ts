import { join } from "node:path";
import { makeFolder } from "../../tools/folder";
import { packageRoot } from "../../tools/package-root";
import type { DaemonRecord } from "../daemon/record";
import { ensureDaemon } from "../daemon/start";
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
  const settings = resolveSettings(givenSettings(call.arguments), paths);
  makeFolder(paths.root, "Make the folder writable for this user, or name another with --state, then run again.");
  const tools = await ensureTools(env, emit, signal);
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
      cwd: project.root,
      env,
      signal,
      tools: async () => tools.python,
      onProgress: (detail) => emit({ kind: "phase-progress", phase, detail }),
    });
    keepSettings(settings, paths);
    const detail = `http://localhost:${record.port}, containers run as ${record.runner === "docker" ? "Docker containers" : "processes"}`;
    emit(started ? { kind: "phase-finished", phase, outcome: "done", detail, seconds: seconds() } : { kind: "phase-dropped", phase });
    if (started && record.note !== undefined) emit({ kind: "note", level: "warning", text: record.note });
    return { daemon: record, tools };
  } catch (error) {
    emit({ kind: "phase-finished", phase, outcome: signal.aborted ? "stopped" : "failed", detail: "", seconds: seconds() });
    throw error;
  }
}
