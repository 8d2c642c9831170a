import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Writes a file so that a reader, or a start after a power cut, sees the old content or the new one and never a part. */
export async function writeFileAtomic(path: string, content: string): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw withFolder(error, path);
  }
}

/** The same, at once: for what must be on disk before the next statement runs, such as the id of a process just started. */
export function writeFileAtomicSync(path: string, content: string): void {
  const temporary = temporaryName(path);
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(temporary, "w", 0o600);
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw withFolder(error, path);
  }
}

/** Removes what a process that was killed while it wrote has left in a folder. For who has the folder to itself. */
export function removeUnfinished(folder: string): void {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  for (const file of files.filter((name) => unfinishedName.test(name))) {
    rmSync(join(folder, file), { force: true });
  }
}

const unfinishedName = /\.\d+\.[0-9a-f]{8}\.tmp$/;

function temporaryName(path: string): string {
  return `${path}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
}

/** A full disk says "no space left on device, write", and not which. */
function withFolder(error: unknown, path: string): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOSPC" || code === "EDQUOT"
    ? Object.assign(
        new Error(`nothing can be written in ${dirname(path)}: its disk is full (${code}); free some space`, { cause: error }),
        { code },
      )
    : error;
}
