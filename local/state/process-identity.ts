import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A process that can be recognised later: process ids are reused, a pair of id and start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** The start time of a running process as the system tells it, or `undefined` when there is no such process (or only its zombie). */
export function processStartTime(pid: number): string | undefined {
  if (process.platform === "linux") {
    const stat = readProc(`${pid}/stat`);
    // The command name is in parentheses and may hold spaces; the fields after it are fixed: state first, start time as the twentieth.
    const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields === undefined || fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  }
  try {
    const started = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return started.trim() === "" ? undefined : started.trim();
  } catch {
    return undefined;
  }
}

export function isRunning(identity: ProcessIdentity): boolean {
  return processStartTime(identity.pid) === identity.startTime;
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startTime: processStartTime(process.pid) ?? "unknown" };
}

/** What a process was started as, for messages; `undefined` when the system does not tell. */
export function processCommand(pid: number): string | undefined {
  if (process.platform === "linux") {
    const command = readProc(`${pid}/cmdline`)?.split("\0").join(" ").trim();
    return command === "" ? undefined : command;
  }
  try {
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}

/** Processes of this user whose environment was started with `NAME=value`; empty where the system does not show environments. */
export function processesWithEnvironment(name: string, value: string): ProcessIdentity[] {
  if (process.platform !== "linux") {
    return [];
  }
  const wanted = `${name}=${value}`;
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((entry) => readProc(`${entry}/environ`)?.split("\0").includes(wanted))
    .flatMap((entry) => {
      const startTime = processStartTime(Number(entry));
      return startTime === undefined ? [] : [{ pid: Number(entry), startTime }];
    });
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return undefined;
  }
}
