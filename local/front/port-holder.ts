import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { processCommand } from "../state/process-identity";

/** Who listens on a TCP port of this machine: `process 123 (node server.js)`, or `undefined` when the system does not tell. */
export function portHolder(port: number): string | undefined {
  const inodes = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => listeningInodes(table, port));
  if (inodes.length === 0) {
    return undefined;
  }
  const wanted = new Set(inodes.map((inode) => `socket:[${inode}]`));
  const pid = list("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .find((entry) => list(`/proc/${entry}/fd`).some((fd) => wanted.has(link(`/proc/${entry}/fd/${fd}`))));
  return pid === undefined ? undefined : `process ${pid} (${processCommand(Number(pid)) ?? "unknown command"})`;
}

/** Rows of /proc/net/tcp: `sl local_address rem_address st …`, the inode tenth; state 0A is LISTEN, the port hexadecimal. */
function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  let text: string;
  try {
    text = readFileSync(table, "utf8");
  } catch {
    return [];
  }
  return text
    .split("\n")
    .slice(1)
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === "0A")
    .flatMap((fields) => (fields[9] === undefined ? [] : [fields[9]]));
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
