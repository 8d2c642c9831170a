import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { buildPath } from "../component";
import type { FolderFile } from "../storage/content-hash";

/** Writes `model.tar.gz` with the files, the same bytes for the same files, and returns where it is. An archive that is there already is used again. */
export function writeModelArchive(name: string, files: readonly FolderFile[], hash: string): Promise<string> {
  return writeArchive(`${name}-${hash}/model.tar.gz`, files, {});
}

/** Writes an archive of files, and of texts by their paths, to `.slipway/build/<path>`. The path has to have a hash of them: what is there is used again. */
export async function writeArchive(path: string, files: readonly FolderFile[], texts: Readonly<Record<string, string>>): Promise<string> {
  const target = buildPath(path);
  if (existsSync(target)) {
    return target;
  }
  const archive = pack();
  const chunks: Buffer[] = [];
  const collected = new Promise<void>((resolve, reject) => {
    archive.on("data", (chunk) => chunks.push(Buffer.from(chunk as Uint8Array)));
    archive.on("end", resolve);
    archive.on("error", reject);
  });
  const add = (entry: string, content: string | Buffer) =>
    // Times, owners and modes differ from machine to machine, so they are fixed.
    archive.entry({ name: entry, mtime: new Date(0), mode: 0o644, uid: 0, gid: 0 }, content);
  for (const file of files) {
    add(file.path, readFileSync(file.absolute));
  }
  for (const [entry, text] of Object.entries(texts)) {
    add(entry, text);
  }
  archive.finalize();
  await collected;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(`${target}.${process.pid}`, gzipSync(Buffer.concat(chunks)));
  renameSync(`${target}.${process.pid}`, target);
  return target;
}
