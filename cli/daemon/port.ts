import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { SlipwayError } from "../../components/errors/slipway-error";
import { healthOf, statusOf } from "./admin";
import { commandLine } from "./process-table";

/** Whether this process could listen on a loopback port. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const server = createServer();
    server.once("error", () => settle(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => settle(true)));
  });
}

/** The first free port after one that is taken. */
export async function nextFreePort(port: number): Promise<number> {
  for (let candidate = port + 1; candidate < Math.min(port + 100, 65_536); candidate++) {
    if (await isPortFree(candidate)) return candidate;
  }
  return port + 1;
}

/** SLIP-5001: names who holds the port, and a port that is free. */
export async function portInUse(port: number): Promise<SlipwayError> {
  const [holder, free] = [await describeHolder(port), await nextFreePort(port)];
  return new SlipwayError("SLIP-5001", `Port ${port} is in use by ${holder}`, {
    received: `port ${port}`,
    cure: `stop that program, or: slipway local up --port ${free}`,
    more: ["slipway explain SLIP-5001", "slipway doctor"],
  });
}

async function describeHolder(port: number): Promise<string> {
  const health = await healthOf(port);
  if (health !== undefined) {
    const status = await statusOf(port);
    return `Slipway (pid ${health.pid}${status === undefined ? "" : `, state directory ${status.stateDir}`})`;
  }
  const pid = holderOf(port);
  if (pid === undefined) return "a program that cannot be named (it may belong to another user)";
  const words = commandLine(pid);
  return `pid ${pid}${words === "" ? "" : ` (${words.length > 60 ? `${words.slice(0, 57)}...` : words})`}`;
}

/** Process that listens on a TCP port of this machine, when it can be found. */
export function holderOf(port: number): number | undefined {
  return process.platform === "linux" ? holderByProc(port) : holderByLsof(port);
}

function holderByProc(port: number): number | undefined {
  const inodes = new Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return undefined;
  for (const entry of readdirSync("/proc")) {
    if (/^\d+$/.test(entry) && ownsSocket(entry, inodes)) return Number(entry);
  }
  return undefined;
}

function listeningInodes(table: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  try {
    return readFileSync(table, "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[1]?.endsWith(`:${hex}`) === true && fields[3] === "0A")
      .map((fields) => `socket:[${fields[9]}]`);
  } catch {
    return [];
  }
}

function ownsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
      } catch {
        return false;
      }
    });
  } catch {
    return false;
  }
}

function holderByLsof(port: number): number | undefined {
  try {
    const output = execFileSync("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-t"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const pid = Number(output.trim().split("\n")[0]);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
