import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, readlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * The folder of the program that an engine runs. The protocol does not tell it to a provider that was attached (the engine starts
 * real providers there instead), so it is asked of the operating system: the working directory of the process that listens on
 * the engine's address, or the folder above it that holds Pulumi.yaml. `undefined` when it cannot be told.
 */
export async function engineFolder(engineAddress: string): Promise<string | undefined> {
  const port = Number(engineAddress.split(":").pop());
  if (!Number.isInteger(port) || port <= 0) return undefined;
  const folder = process.platform === "linux" ? await linuxFolder(port) : await folderByLsof(port);
  return folder === undefined ? undefined : projectFolder(folder);
}

function projectFolder(folder: string): string {
  for (let candidate = folder; ; candidate = dirname(candidate)) {
    if (existsSync(join(candidate, "Pulumi.yaml")) || existsSync(join(candidate, "Pulumi.yml"))) return candidate;
    if (dirname(candidate) === candidate) return folder;
  }
}

const LISTENING = "0A";

async function linuxFolder(port: number): Promise<string | undefined> {
  const inode = (await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map((table) => listeningInode(table, port)))).find(Boolean);
  if (inode === undefined) return undefined;
  for (const pid of await readdir("/proc")) {
    if (/^\d+$/.test(pid) && (await holdsSocket(pid, inode))) return readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  }
  return undefined;
}

async function listeningInode(table: string, port: number): Promise<string | undefined> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = (await readFile(table, "utf8").catch(() => "")).split("\n").map((line) => line.trim().split(/\s+/));
  return lines.find(([, local = "", , state]) => local.endsWith(suffix) && state === LISTENING)?.[9];
}

async function holdsSocket(pid: string, inode: string): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(descriptors.map((descriptor) => readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "")));
  return targets.includes(`socket:[${inode}]`);
}

async function folderByLsof(port: number): Promise<string | undefined> {
  const pid = field(await lsof("-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fp"), "p");
  return pid === undefined ? undefined : field(await lsof("-a", "-p", pid, "-d", "cwd", "-Fn"), "n");
}

async function lsof(...args: string[]): Promise<string> {
  const done = await run("lsof", args).catch(() => undefined);
  return done?.stdout ?? "";
}

/** `lsof -F` prints one field a line, its kind as the first letter. */
function field(output: string, kind: string): string | undefined {
  return output
    .split("\n")
    .find((line) => line.startsWith(kind))
    ?.slice(1);
}
