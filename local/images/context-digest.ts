import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";

/** SHA-256 over a folder's relative paths, executable bits and bytes, in the order of the paths; hexadecimal. */
export async function contextDigest(context: string): Promise<string> {
  const hash = createHash("sha256");
  for (const path of await filesOf(context)) {
    const full = join(context, path);
    const stats = await lstat(full);
    if (stats.isSymbolicLink()) {
      hash.update(`link\0${path}\0${await readlink(full)}\0`);
    } else {
      hash.update(`${(stats.mode & 0o100) === 0 ? "file" : "executable"}\0${path}\0${stats.size}\0`);
      for await (const chunk of createReadStream(full)) {
        hash.update(chunk as Buffer);
      }
    }
  }
  return hash.digest("hex");
}

/** Relative paths of all files and links below a folder, sorted by code unit, with `/` between folders. */
export async function filesOf(folder: string, below = ""): Promise<string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  const nested = await Promise.all(
    entries.map((entry) => {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      return entry.isDirectory() ? filesOf(folder, path) : Promise.resolve(entry.isFile() || entry.isSymbolicLink() ? [path] : []);
    }),
  );
  const paths = nested.flat();
  return below === "" ? paths.sort((a, b) => (a < b ? -1 : 1)) : paths;
}
