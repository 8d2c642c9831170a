import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { buildPath } from "../component";
import type { FolderFile } from "../storage/content-hash";

/** Writes `model.tar.gz` with the files, the same bytes for the same files, and returns where it is. An archive that is there already is used again. */
export async function writeModelArchive(name: string, files: readonly FolderFile[], hash: string): Promise<string> {
  const target = buildPath(`${name}-${hash}/model.tar.gz`);
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
  for (const file of files) {
    // Times, owners and modes differ from machine to machine, so they are fixed.
    archive.entry({ name: file.path, mtime: new Date(0), mode: 0o644, uid: 0, gid: 0 }, readFileSync(file.absolute));
  }
  archive.finalize();
  await collected;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(`${target}.${process.pid}`, gzipSync(Buffer.concat(chunks)));
  renameSync(`${target}.${process.pid}`, target);
  return target;
}
