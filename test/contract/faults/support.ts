import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";

/** Rounds of a fault test: as many as fit into a run of all tests, or what SLIPWAY_FAULT_ROUNDS says for a long run by hand. */
export function rounds(usual: number): number {
  const given = process.env.SLIPWAY_FAULT_ROUNDS ?? "";
  return given === "" ? usual : Number(given);
}

/** Numbers from 0 to 1 that a seed repeats; the seed is printed, and SLIPWAY_FAULT_SEED sets it. */
export function seeded(): () => number {
  const given = process.env.SLIPWAY_FAULT_SEED ?? "";
  const seed = given === "" ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  process.stdout.write(`SLIPWAY_FAULT_SEED=${seed}\n`);
  let state = seed;
  return () => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Resolves when the process is gone. */
export async function killHard(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }
}

/** Every file below a folder, by its path in it; what goes away meanwhile is left out. */
export function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  } catch {
    return [];
  }
}

export function pipesBelow(folder: string): string[] {
  return filesBelow(folder).filter((file) => statSync(join(folder, file), { throwIfNoEntry: false })?.isFIFO() === true);
}

export function entries(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** A process's command line, empty when it is gone. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
  } catch {
    return "";
  }
}

/** Open files of a process, by what they are: `socket`, `pipe`, or the path. */
export function openFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/:\[\d+\]$/, "")];
    } catch {
      return [];
    }
  });
}

/** Processes whose parent this is. */
export function childrenOf(pid: number): number[] {
  return entries("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((each) => parentOf(each) === pid);
}

/** The second field after the command, which is in parentheses and may hold anything. */
function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
