import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";

/** How often a folder that others place too is tried to be placed; each try fails only when another process has just succeeded. */
const tries = 100;

/**
 * Makes a folder hold what `write` writes into a new one, as a whole, and leaves it alone when it holds that already by the hash. Several processes may do so at
 * once: each finishes with a whole folder, and the one that is last with its own.
 */
export function placeFolder(folder: string, hash: string, write: (fresh: string) => void): void {
  if (holds(folder, hash)) {
    return;
  }
  const fresh = `${folder}.${randomUUID()}`;
  try {
    write(fresh);
    // What another process has placed in the meantime is as good.
    if (!holds(folder, hash)) {
      const identity = identityOf(fresh);
      rmSync(recordOf(folder), { force: true });
      replace(folder, fresh);
      writeFileSync(`${fresh}.hash`, `${hash} ${identity}`);
      renameSync(`${fresh}.hash`, recordOf(folder));
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Whether the folder that is there now was placed with this content. The record names the folder itself, since another process may have put its own there since. */
function holds(folder: string, hash: string): boolean {
  const placed = identityOf(folder);
  return placed !== undefined && textOf(recordOf(folder)) === `${hash} ${placed}`;
}

function replace(folder: string, fresh: string): void {
  for (let attempt = 1; ; attempt++) {
    const away = `${fresh}.old`;
    try {
      renameSync(folder, away);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
    rmSync(away, { recursive: true, force: true });
    try {
      renameSync(fresh, folder);
      return;
    } catch (error) {
      // A folder that is not empty is one that another process has placed since.
      if (attempt === tries || !["ENOTEMPTY", "EEXIST"].includes(codeOf(error) ?? "")) throw error;
    }
  }
}

function recordOf(folder: string): string {
  return `${folder}.hash`;
}

/** Number of the folder in its file system, which it keeps when it is renamed. */
function identityOf(folder: string): string | undefined {
  return statSync(folder, { throwIfNoEntry: false, bigint: true })?.ino.toString();
}

/** Undefined when the file has gone since it was seen. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
