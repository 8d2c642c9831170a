import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { basename, dirname, isAbsolute, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeFolder } from "./folder";

/** The holder of a lock touches it this often; one untouched for `staleAfter` has lost its holder. */
const heartbeat = 2_000;
const staleAfter = 60_000;

/** The user's cache of tools, shared by all clones: `$XDG_CACHE_HOME/slipway` or `~/.cache/slipway`. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_CACHE_HOME;
  return join(base !== undefined && isAbsolute(base) ? base : join(env.HOME ?? homedir(), ".cache"), "slipway");
}

/** What helps when the cache cannot be written. */
export const cacheCure = "Make the folder writable for this user, or name another place with HOME or XDG_CACHE_HOME, then run again.";

/** What to install and where. */
export interface Installation {
  /** The folder that must exist when this is done; its existence means that it is complete. */
  readonly target: string;
  /** Fills an empty folder beside the target, which then gets the target's name in one step. */
  install(folder: string): Promise<void>;
  /** Called once when another process is seen installing the same thing. */
  onWait?(): void;
}

/**
 * Makes sure that a folder of tools exists. Two processes that want it at once do the work once; one that is killed in the middle
 * leaves nothing that looks finished. Resolves to true when this call did the work.
 */
export async function installOnce(o: Installation): Promise<boolean> {
  if (existsSync(o.target)) return false;
  makeFolder(dirname(o.target), cacheCure);
  const release = await lock(o);
  if (release === undefined) return false;
  try {
    if (existsSync(o.target)) return false;
    const prefix = `.${basename(o.target)}.new-`;
    for (const left of await readdir(dirname(o.target))) {
      if (left.startsWith(prefix) && !isAlive(Number(left.slice(prefix.length))))
        await rm(join(dirname(o.target), left), { recursive: true, force: true });
    }
    const folder = join(dirname(o.target), `${prefix}${process.pid}`);
    await mkdir(folder);
    try {
      await o.install(folder);
      await rename(folder, o.target).catch((error: unknown) => {
        if (!existsSync(o.target)) throw error;
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return true;
  } finally {
    await release();
  }
}

/** Takes the lock beside the target, waiting while a live process has it; undefined when the target has appeared meanwhile. */
async function lock(o: Installation): Promise<(() => Promise<void>) | undefined> {
  const path = `${o.target}.lock`;
  const owner = `${hostname()} ${process.pid} ${randomUUID()}`;
  for (let waited = false; ; ) {
    try {
      const file = await open(path, "wx");
      await file.writeFile(owner);
      await file.close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (existsSync(o.target)) return undefined;
    // Should two waiters remove a dead lock at once, both install, each in its own folder, and the first to finish is kept.
    if (await isAbandoned(path)) await rm(path, { force: true });
    else {
      if (!waited) o.onWait?.();
      waited = true;
      await sleep(200);
    }
  }
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), heartbeat);
  beat.unref();
  return async () => {
    clearInterval(beat);
    if ((await readFile(path, "utf8").catch(() => "")) === owner) await rm(path, { force: true });
  };
}

async function isAbandoned(path: string): Promise<boolean> {
  try {
    const [host, pid] = (await readFile(path, "utf8")).split(" ");
    if (Date.now() - (await stat(path)).mtimeMs > staleAfter) return true;
    return host === hostname() && !isAlive(Number(pid));
  } catch {
    return false; // released just now: try to take it
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
