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
  const archive = pack();
  const compressed = createGzip({ level: gzipLevel });
  pipeline(archive, compressed, () => undefined);
  addFiles(folder, archive).then(
    () => archive.finalize(),
    (error: unknown) => compressed.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return compressed;
}

async function addFiles(folder: string, archive: ReturnType<typeof pack>): Promise<void> {
  for (const path of await filesOf(folder)) {
    const file = join(folder, path);
    const stats = await lstat(file);
    if (!stats.isFile()) {
      continue;
    }
    const mode = (stats.mode & 0o100) === 0 ? 0o644 : 0o755;
    const entry = archive.entry({ name: path, size: stats.size, mode, mtime: new Date(0), uid: 0, gid: 0, type: "file" });
    await pipelineAsync(createReadStream(file), entry);
  }
}
