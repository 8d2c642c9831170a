import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** One file of a folder: its path from there with forward slashes, and where it is. */
export interface FolderFile {
  readonly path: string;
  readonly absolute: string;
}

/** Files and folders that never belong to what is shipped. */
const neverShipped = new Set(["__pycache__", ".venv", "venv", "node_modules"]);

/** Every file below `folder` in a fixed order, without hidden ones and caches. Symbolic links are followed to files only; those to nothing are left out. */
export function filesOf(folder: string, skip: (path: string) => boolean = () => false): FolderFile[] {
  const found: FolderFile[] = [];
  const visit = (current: string): void => {
    for (const name of readdirSync(current).sort()) {
      const absolute = join(current, name);
      const path = relative(folder, absolute).split(sep).join("/");
      if (name.startsWith(".") || neverShipped.has(name) || name.endsWith(".pyc") || skip(path)) {
        continue;
      }
      if (lstatSync(absolute).isDirectory()) {
        visit(absolute);
      } else if (statSync(absolute, { throwIfNoEntry: false })?.isFile() === true) {
        found.push({ path, absolute });
      }
    }
  };
  visit(folder);
  return found;
}

/** SHA-256 over paths and bytes of the files, in order: the same folder content always has the same hash. */
export function hashFiles(files: readonly FolderFile[]): string {
  const hash = createHash("sha256");
  for (const file of files) {
    const bytes = readFileSync(file.absolute);
    hash.update(`${file.path}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

/** SHA-256 of a value written as JSON with sorted keys; members that are undefined do not count. */
export function hashValue(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(canonical).join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
      .join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}
