import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SlipwayError } from "../../components/errors/slipway-error";
import { isRunning, ownIdentity, type ProcessIdentity } from "./process-identity";

/** Holds a state folder for this process until `release`. */
export interface StateLock {
  release(): void;
}

/** Takes the lock of a state folder; a lock whose process is gone is taken over. Throws when a running daemon holds it. */
export function lockState(stateDir: string): StateLock {
  mkdirSync(stateDir, { recursive: true });
  const path = join(stateDir, "daemon.lock");
  const own = ownIdentity();
  const candidate = `${path}.${own.pid}`;
  writeFileSync(candidate, JSON.stringify(own));
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      if (tryLink(candidate, path)) {
        return { release: () => rmSync(path, { force: true }) };
      }
      const holder = readHolder(path);
      if (holder !== undefined && isRunning(holder)) {
        throw new SlipwayError("SLIP-5020", `another local platform (process ${holder.pid}) is using the state folder ${stateDir}`);
      }
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(candidate, { force: true });
  }
  throw new SlipwayError("SLIP-5020", `the lock ${path} could not be taken: other processes keep taking it; try again`);
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") {
      return false;
    }
    throw error;
  }
}

function readHolder(path: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value === "object" && value !== null && "pid" in value && typeof value.pid === "number") {
      return { pid: value.pid, startTime: "startTime" in value ? String(value.startTime) : "" };
    }
  } catch {
    // Gone, or not ours to read: treated as nobody's.
  }
  return undefined;
}
