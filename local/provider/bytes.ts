import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Archive, Asset } from "./values";
import { type ZipMember, zip } from "./zip";

type Absolute = (path: string) => Promise<string>;

/** The bytes of an asset or an archive. An archive of files or a folder becomes a zip, as the engine would make it. */
export async function bytesOf(value: Asset | Archive, absolute: Absolute): Promise<Buffer> {
  return value instanceof Asset ? assetBytes(value, absolute) : archiveBytes(value, absolute);
}

async function assetBytes({ source }: Asset, absolute: Absolute): Promise<Buffer> {
  if (source.path !== undefined) return readFile(await existing(source.path, absolute));
  if (source.uri !== undefined) return uriBytes(source.uri);
  return Buffer.from(source.text ?? "");
}

async function archiveBytes(archive: Archive, absolute: Absolute): Promise<Buffer> {
  const { path, uri } = archive.source;
  if (uri !== undefined) return uriBytes(uri);
  if (path !== undefined) {
    const found = await existing(path, absolute);
    if (!(await stat(found)).isDirectory()) return readFile(found);
  }
  return zip(await members(archive, "", absolute));
}

async function members(archive: Archive, prefix: string, absolute: Absolute): Promise<ZipMember[]> {
  const { assets, path, uri } = archive.source;
  if (path !== undefined) return folder(await existing(path, absolute), prefix);
  if (uri !== undefined) throw new Error(`an archive inside an archive must be a folder or a map of assets, not the URI ${uri}`);
  const nested = await Promise.all(
    Object.entries(assets ?? {}).map(async ([name, member]) =>
      member instanceof Archive
        ? members(member, `${prefix}${name}/`, absolute)
        : [{ name: prefix + name, bytes: await assetBytes(member, absolute), mode: 0o644 }],
    ),
  );
  return nested.flat();
}

async function folder(root: string, prefix: string): Promise<ZipMember[]> {
  if (!(await stat(root)).isDirectory()) throw new Error(`an archive inside an archive must be a folder, not the file ${root}`);
  const entries = await readdir(root, { withFileTypes: true });
  const nested = await Promise.all(
    entries.map(async (entry) => {
      const path = join(root, entry.name);
      const details = await stat(path);
      if (details.isDirectory()) return folder(path, `${prefix}${entry.name}/`);
      return [{ name: prefix + entry.name, bytes: await readFile(path), mode: details.mode & 0o111 ? 0o755 : 0o644 }];
    }),
  );
  return nested.flat();
}

async function uriBytes(uri: string): Promise<Buffer> {
  if (uri.startsWith("file:")) return readFile(fileURLToPath(uri));
  const response = await fetch(uri);
  if (!response.ok) throw new Error(`${uri} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

async function existing(path: string, absolute: Absolute): Promise<string> {
  const found = await absolute(path);
  try {
    await stat(found);
    return found;
  } catch {
    throw new Error(`the file ${path} is not there: looked for ${found}`);
  }
}
