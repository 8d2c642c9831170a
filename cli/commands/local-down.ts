import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { SlipwayError } from "../../components/errors/slipway-error";
import { stopDaemon } from "../daemon/stop";
import { clearDeadEngine } from "../engine/locks";
import { Interrupted } from "../errors/interrupted";
import { localPaths } from "../project/local-place";
import type { StatePaths } from "../project/state-dir";
import { stateWords } from "../project/state-words";
import type { VerbCall } from "../verbs/verb";

export async function run(call: VerbCall): Promise<undefined> {
  const { emit, arguments: args } = call;
  const paths = localPaths(call);
  const data = args.flag("data");
  if (data && existsSync(paths.root)) await agree(call, paths);
  const phase = "stop";
  const began = Date.now();
  emit({ kind: "phase-started", phase, detail: "stopping the local platform" });
  await clearDeadEngine(paths);
  const wasRunning = await stopDaemon(paths).catch((error: unknown) => {
    emit({ kind: "phase-finished", phase, outcome: "failed", detail: "", seconds: (Date.now() - began) / 1000 });
    throw error;
  });
  if (data) await removeData(paths);
  const detail = `${wasRunning ? "stopped" : "was not running"}${data ? ", data deleted" : ""}`;
  emit({ kind: "phase-finished", phase, outcome: "done", detail, seconds: (Date.now() - began) / 1000 });
  const lines = data ? [] : [`What was trained and deployed is kept; slipway local up${stateWords(args.text("state"))} serves it again.`];
  emit({ kind: "result", data: { wasRunning, dataDeleted: data }, blocks: [], aside: wasRunning ? lines : [] });
}

/** Deleting needs a yes, on a terminal or as an option; the default is no. */
async function agree(call: VerbCall, paths: StatePaths): Promise<void> {
  assertStateDir(paths);
  if (call.arguments.flag("yes")) return;
  if (!call.interactive)
    throw new SlipwayError("SLIP-5014", `--data deletes ${paths.root}`, { received: "no --yes, and no terminal to ask on" });
  if (!(await call.confirm(`Delete ${paths.root} with all models, data and logs in it?`))) throw new Interrupted("Nothing was deleted.");
}

/** Logs of the command that deletes go with the rest: nothing of the state is left. */
async function removeData(paths: StatePaths): Promise<void> {
  if (existsSync(paths.root)) await rm(paths.root, { recursive: true, force: true, maxRetries: 3 });
}

/** Refuses to delete a folder that the local platform has not made, such as a home directory given by mistake. */
function assertStateDir(paths: StatePaths): void {
  const known = [paths.settings, paths.daemonRecord, paths.stackFolder, paths.backend, paths.logs].some((path) => existsSync(path));
  if (known && dirname(resolve(paths.root)) !== resolve(paths.root) && !existsSync(resolve(paths.root, "package.json"))) return;
  if (basename(paths.root) === ".slipway") return;
  throw new SlipwayError("SLIP-5014", `${paths.root} does not look like a state directory; it is not deleted`, {
    received: `--state ${paths.root}`,
    cure: "name a directory that slipway local up has made",
  });
}
