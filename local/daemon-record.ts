import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "./state/atomic-file";

/** What a running daemon says of itself, in `<state>/daemon.json`: there while it is ready, and at no other time. */
export interface DaemonRecord {
  readonly pid: number;
  readonly port: number;
  readonly endpointUrl: string;
  /** Loopback port of the Pulumi provider; 0 when the daemon was started without one. */
  readonly providerPort: number;
  readonly region: string;
  readonly account: string;
  readonly runner: "process" | "docker";
  /** Address it listens on beside loopback; left out when loopback is all. */
  readonly host?: string;
  /** What requests from other machines must carry; the record is readable by its owner alone. */
  readonly token?: string;
  /** Why containers do not run as one might expect, for the user to read. */
  readonly note?: string;
  readonly version: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

const file = "daemon.json";

export function writeDaemonRecord(stateDir: string, record: DaemonRecord): Promise<void> {
  return writeFileAtomic(join(stateDir, file), `${JSON.stringify(record)}\n`);
}

/** Removes the record when it is this daemon's own; one that a later daemon wrote stays. */
export function removeDaemonRecord(stateDir: string, pid: number): void {
  try {
    const record: unknown = JSON.parse(readFileSync(join(stateDir, file), "utf8"));
    if (typeof record === "object" && record !== null && "pid" in record && record.pid !== pid) {
      return;
    }
  } catch {
    // No record, or an unreadable one: nothing worth keeping.
  }
  rmSync(join(stateDir, file), { force: true });
}
