import { setTimeout as sleep } from "node:timers/promises";
import { SlipwayError } from "../../components/errors/slipway-error";
import type { StatePaths } from "../project/state-dir";
import { requestShutdown, runningDaemon } from "./admin";
import { isPortFree } from "./port";
import { commandLine, isAlive, sendSignal } from "./process-table";
import { type DaemonRecord, readDaemonRecord, removeDaemonRecord } from "./record";

/** How long each way of asking may take, in milliseconds. */
const patience = { shutdown: 20_000, terminate: 8_000, kill: 3_000 };

/** Stops the daemon of a state directory and waits until its process is gone and its port is free. False when none was running. */
export async function stopDaemon(paths: StatePaths): Promise<boolean> {
  const record = readDaemonRecord(paths);
  if (record === undefined) return false;
  const answers = (await runningDaemon(record)) !== undefined;
  if (!answers && !isOurs(record, paths)) {
    removeDaemonRecord(paths);
    return false;
  }
  if (answers && (await requestShutdown(record.port)) && (await gone(record, patience.shutdown))) return finish(paths);
  if (isOurs(record, paths)) {
    sendSignal(record.pid, "SIGTERM");
    if (await gone(record, patience.terminate)) return finish(paths);
    sendSignal(-record.pid, "SIGKILL");
    if (await gone(record, patience.kill)) return finish(paths);
  }
  throw new SlipwayError("SLIP-5013", `Process ${record.pid} still runs, or still holds port ${record.port}`, {
    received: commandLine(record.pid),
    cure: `kill ${record.pid}, then: slipway local down`,
  });
}

function finish(paths: StatePaths): boolean {
  removeDaemonRecord(paths);
  return true;
}

/** A process id may have been given to another program since: only a daemon started for this very directory is ours to end. */
function isOurs(record: DaemonRecord, paths: StatePaths): boolean {
  const words = commandLine(record.pid);
  return isAlive(record.pid) && words.includes("daemon") && words.includes(paths.root);
}

async function gone(record: DaemonRecord, milliseconds: number): Promise<boolean> {
  for (const deadline = Date.now() + milliseconds; Date.now() < deadline; await sleep(50)) {
    if (!isAlive(record.pid) && (await isPortFree(record.port))) return true;
  }
  return false;
}
