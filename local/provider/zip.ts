import { deflateRawSync } from "node:zlib";

/** One file of a zip; `mode` is its POSIX permission bits. */
export interface ZipMember {
  readonly name: string;
  readonly bytes: Buffer;
  readonly mode: number;
}

const DEFLATE = 8;
const REGULAR_FILE = 0o100000;
/** 1980-01-01, the earliest date a zip can carry: the same files give the same bytes. */
const EPOCH_DATE = 0x0021;
const UTF8_NAMES = 0x0800;
const UNIX = 3;

const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

/** A zip of the members in the order of their names; equal members always give equal bytes. */
export function zip(members: readonly ZipMember[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of [...members].sort((left, right) => (left.name < right.name ? -1 : 1))) {
    const name = Buffer.from(member.name);
    const packed = deflateRawSync(member.bytes);
    const common = commonHeader(member.bytes, packed, name);
    const local = Buffer.concat([words([0x04034b50, 4]), common, words([0, 2]), name, packed]);
    const attributes = ((REGULAR_FILE | member.mode) << 16) >>> 0;
    directory.push(
      words([0x02014b50, 4], [(UNIX << 8) | 20, 2]),
      common,
      words([0, 2], [0, 2], [0, 2], [0, 2], [attributes, 4], [offset, 4]),
      name,
    );
    files.push(local);
    offset += local.length;
  }
  const index = Buffer.concat(directory);
  const count = members.length;
  return Buffer.concat([
    ...files,
    index,
    words([0x06054b50, 4], [0, 2], [0, 2], [count, 2], [count, 2], [index.length, 4], [offset, 4], [0, 2]),
  ]);
}

function commonHeader(bytes: Buffer, packed: Buffer, name: Buffer): Buffer {
  return words(
    [20, 2],
    [UTF8_NAMES, 2],
    [DEFLATE, 2],
    [0, 2],
    [EPOCH_DATE, 2],
    [crc32(bytes), 4],
    [packed.length, 4],
    [bytes.length, 4],
    [name.length, 2],
  );
}

function words(...fields: readonly (readonly [value: number, size: 2 | 4])[]): Buffer {
  const buffer = Buffer.alloc(fields.reduce((total, [, size]) => total + size, 0));
  let at = 0;
  for (const [value, size] of fields) at = buffer.writeUIntLE(value, at, size);
  return buffer;
}

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
