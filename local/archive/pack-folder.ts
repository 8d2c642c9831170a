import { createReadStream } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline, type Readable } from "node:stream";
import { pipeline as pipelineAsync } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { pack } from "tar-stream";
import { filesOf } from "../images/context-digest";

/** Model files are mostly numbers that hardly compress: the fastest level costs little size and saves most of the time. */
const gzipLevel = 1;

/**
 * A folder as a `.tar.gz` stream. The same content always gives the same bytes: entries are sorted, times and owners are zero,
 * modes are 0644 or 0755. Links are left out: what they name lies outside or is there already.
 */
export function packFolder(folder: string): Readable {
  return packFolders([folder]);
}

/** Several folders as one, packed as `packFolder` packs one; of two files with the same path that of the earlier folder is taken. */
export function packFolders(folders: readonly string[]): Readable {
  const archive = pack();
  const compressed = createGzip({ level: gzipLevel });
  pipeline(archive, compressed, () => undefined);
  addFiles(folders, archive).then(
    () => archive.finalize(),
    (error: unknown) => compressed.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return compressed;
}

async function addFiles(folders: readonly string[], archive: ReturnType<typeof pack>): Promise<void> {
  for (const { path, file } of await merged(folders)) {
    const stats = await lstat(file);
    if (!stats.isFile()) {
      continue;
    }
    const mode = (stats.mode & 0o100) === 0 ? 0o644 : 0o755;
    const entry = archive.entry({ name: path, size: stats.size, mode, mtime: new Date(0), uid: 0, gid: 0, type: "file" });
    await pipelineAsync(createReadStream(file), entry);
  }
}

/** All files by the path they get, sorted. A file where an earlier folder has a folder, or the reverse, is left out: it could not be unpacked. */
async function merged(folders: readonly string[]): Promise<{ readonly path: string; readonly file: string }[]> {
  const files = new Map<string, string>();
  const parents = new Set<string>();
  for (const folder of folders) {
    for (const path of await filesOf(folder)) {
      const above = parentsOf(path);
      if (files.has(path) || parents.has(path) || above.some((parent) => files.has(parent))) {
        continue;
      }
      files.set(path, join(folder, path));
      for (const parent of above) {
        parents.add(parent);
      }
    }
  }
  return [...files].map(([path, file]) => ({ path, file })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function parentsOf(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}
