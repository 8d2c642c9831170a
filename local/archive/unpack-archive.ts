import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize, sep } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { ArchiveGuard, type ArchiveLimits, archiveLimits } from "./archive-guard";

/** Unpacks a `.tar.gz` stream into a folder. Rejects on entries that would lie outside the folder, on links and devices, and on what is a bomb. */
export async function unpackArchive(archive: Readable, folder: string, limits: ArchiveLimits = archiveLimits): Promise<void> {
  await mkdir(folder, { recursive: true });
  const guard = new ArchiveGuard(limits);
  const entries = extract();
  const feeding = pipeline(archive, guard.packed(), createGunzip(), guard.unpacked(), entries);
  const broken = new AbortController();
  // An archive that ends within an entry does not end the entry: whoever writes it would wait for ever.
  feeding.catch((error: unknown) => broken.abort(error));
  for await (const entry of entries) {
    guard.member(entry.header.size ?? 0);
    const target = join(folder, safePath(entry.header));
    if (entry.header.type === "directory") {
      await mkdir(target, { recursive: true });
      entry.resume();
    } else {
      await mkdir(dirname(target), { recursive: true });
      const file = createWriteStream(target, { mode: ((entry.header.mode ?? 0) & 0o100) === 0 ? 0o644 : 0o755 });
      await pipeline(entry, file, { signal: broken.signal }).catch((error: unknown) => {
        throw broken.signal.aborted ? broken.signal.reason : error;
      });
    }
  }
  await feeding;
}

/** The entry's path when it stays inside; `pax` extensions are handled before entries come here. */
export function safePath(header: Pick<Header, "name" | "type">): string {
  const { name, type } = header;
  if (type !== "file" && type !== "contiguous-file" && type !== "directory") {
    throw new Error(`the archive holds ${name}, which is a ${type ?? "thing of unknown type"}; only files and folders are allowed`);
  }
  const path = normalize(name);
  if (isAbsolute(name) || path === ".." || path.startsWith(`..${sep}`)) {
    throw new Error(`the archive holds ${name}, which lies outside of the folder it is unpacked to`);
  }
  return path;
}
