import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { removeUnfinished, writeFileAtomicSync } from "./atomic-file";
import { isRunning, type ProcessIdentity, processesWithEnvironment, processStartTime } from "./process-identity";

const ownerVariable = "SLIPWAY_OWNER";

/** How long a process left over gets to end by itself (and MiniStack to write its state) before it is killed. */
const orphanGraceMilliseconds = 5_000;

/**
 * The processes this daemon started, written down the moment they start, so that the next daemon can end what a killed one left.
 * On Linux each child also carries an environment variable with the owner, which finds its descendants too.
 */
export class ProcessRegister {
  private readonly path: string;
  private readonly owner: string;
  private readonly processes = new Map<number, ProcessIdentity>();

  constructor(stateDir: string) {
    this.path = join(stateDir, "processes.json");
    this.owner = createHash("sha256").update(resolve(stateDir)).digest("hex").slice(0, 16);
  }

  /** To be part of every child's environment. */
  get environment(): Record<string, string> {
    return { [ownerVariable]: this.owner };
  }

  add(pid: number): void {
    const startTime = processStartTime(pid);
    if (startTime !== undefined) {
      this.processes.set(pid, { pid, startTime });
      this.save();
    }
  }

  remove(pid: number): void {
    if (this.processes.delete(pid)) {
      this.save();
    }
  }

  /** Ends what an earlier daemon of the same state folder left running; returns how many processes that were. */
  async endOrphans(): Promise<number> {
    removeUnfinished(dirname(this.path));
    const orphans = [...this.recorded().filter(isRunning), ...processesWithEnvironment(ownerVariable, this.owner)].filter(
      (identity) => !this.processes.has(identity.pid),
    );
    const unique = [...new Map(orphans.map((identity) => [identity.pid, identity])).values()];
    for (const { pid } of unique) {
      signalGroup(pid, "SIGTERM");
    }
    const deadline = performance.now() + orphanGraceMilliseconds;
    while (unique.some(isRunning) && performance.now() < deadline) {
      await sleep(25);
    }
    for (const identity of unique.filter(isRunning)) {
      signalGroup(identity.pid, "SIGKILL");
    }
    this.save();
    return unique.length;
  }

  private recorded(): ProcessIdentity[] {
    try {
      const content: unknown = JSON.parse(readFileSync(this.path, "utf8"));
      return Array.isArray(content) ? content.filter(isIdentity) : [];
    } catch {
      return [];
    }
  }

  /** A full disk must not keep containers from ending, nor end the daemon: on Linux the next one finds its processes without the file too. */
  private save(): void {
    try {
      writeFileAtomicSync(this.path, JSON.stringify([...this.processes.values()]));
    } catch {
      // The next change writes all of them.
    }
  }
}

/** Signals a process and everything in the group it leads; a process that is no leader is signalled alone. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended in the meantime.
    }
  }
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return typeof value === "object" && value !== null && "pid" in value && typeof value.pid === "number" && "startTime" in value;
}
