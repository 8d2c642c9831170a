import { readFileSync, rmSync } from "node:fs";
import type { DaemonRecord } from "../../local/daemon-record";
import type { StatePaths } from "../project/state-dir";

export type { DaemonRecord };

/** The record of the state directory, if there is a readable one; the process it names may be gone. */
export function readDaemonRecord(paths: StatePaths): DaemonRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(paths.daemonRecord, "utf8")) as Partial<DaemonRecord>;
    return typeof record.pid === "number" && typeof record.port === "number" ? (record as DaemonRecord) : undefined;
  } catch {
    return undefined;
  }
}

export function removeDaemonRecord(paths: StatePaths): void {
  rmSync(paths.daemonRecord, { force: true });
}
