import { inflateRawSync } from "node:zlib";

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const stored = 0;
const deflated = 8;
/** What Lambda takes of a function's files, unpacked. */
const maxBytes = 262_144_000;

/** Files of a ZIP archive by path, folders left out. Knows what archives of Lambda functions have: no encryption, at most 4 GB. */
export function unzip(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || archive.readUInt32LE(end) !== endSignature) {
    throw new Error("this is no ZIP archive");
  }
  let at = archive.readUInt32LE(end + 16);
  let left = maxBytes;
  for (let index = 0; index < archive.readUInt16LE(end + 10); index++) {
    if (archive.readUInt32LE(at) !== entrySignature) {
      throw new Error("the ZIP archive is damaged");
    }
    const method = archive.readUInt16LE(at + 10);
    const packed = archive.readUInt32LE(at + 20);
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString("utf8", at + 46, at + 46 + nameLength);
    const local = archive.readUInt32LE(at + 42);
    const content = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    if (method !== stored && method !== deflated) {
      throw new Error(`${name} is packed in a way that is not known here (${method})`);
    }
    if (!name.endsWith("/")) {
      const bytes = archive.subarray(content, content + packed);
      const unpacked = method === stored ? Buffer.from(bytes) : inflated(bytes, left);
      left -= unpacked.length;
      files.set(name, unpacked);
    }
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return files;
}

/** Unpacks a member up to as many bytes as are left for it. */
function inflated(bytes: Buffer, left: number): Buffer {
  try {
    return inflateRawSync(bytes, { maxOutputLength: Math.max(1, left) });
  } catch (error) {
    const isTooLong = error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    throw isTooLong ? new Error(`the files of the ZIP archive are larger than ${maxBytes} bytes together`) : error;
  }
}
