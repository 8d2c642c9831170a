import type { SplitType } from "@aws-sdk/client-sagemaker";
import { clientError } from "../jobs/job-failure";

const newline = 0x0a;
const recordIoMagic = 0xced7230a;

/** Splits content into records. A line loses its line break; the binary formats keep their framing, which the model reads. */
export function splitRecords(content: AsyncIterable<Buffer>, type: Exclude<SplitType, "None">, maxBytes: number): AsyncGenerator<Buffer> {
  switch (type) {
    case "Line":
      return lines(content, maxBytes);
    case "RecordIO":
      return framed(content, maxBytes, 8, recordIoLength);
    case "TFRecord":
      return framed(content, maxBytes, 12, tfRecordLength);
  }
}

async function* lines(content: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let size = 0;
  for await (const chunk of content) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      yield withoutReturn(Buffer.concat([...rest, chunk.subarray(start, end)]));
      rest = [];
      size = 0;
      start = end + 1;
    }
    rest.push(chunk.subarray(start));
    size += chunk.length - start;
    checkSize(size, maxBytes);
  }
  const last = withoutReturn(Buffer.concat(rest));
  if (last.length > 0) {
    yield last;
  }
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}

/** Records that begin with a header of a fixed size, which tells how long the whole record is. */
async function* framed(
  content: AsyncIterable<Buffer>,
  maxBytes: number,
  headerBytes: number,
  lengthOf: (header: Buffer) => number,
): AsyncGenerator<Buffer> {
  // Chunks are put together only once there are enough bytes for the header or the whole record.
  let chunks: Buffer[] = [];
  let size = 0;
  let needed = headerBytes;
  for await (const chunk of content) {
    chunks.push(chunk);
    size += chunk.length;
    while (size >= needed) {
      const held = Buffer.concat(chunks);
      const length = lengthOf(held);
      checkSize(length, maxBytes);
      if (size >= length) {
        yield held.subarray(0, length);
      }
      const rest = size >= length ? held.subarray(length) : held;
      chunks = rest.length === 0 ? [] : [rest];
      needed = size >= length ? headerBytes : length;
      size = rest.length;
    }
  }
  if (size > 0) {
    throw clientError(`The input ends within a record: ${size} bytes are left.`);
  }
}

/** Magic number, length in the lower 29 bits, content, padding to four bytes. */
function recordIoLength(header: Buffer): number {
  if (header.readUInt32LE(0) !== recordIoMagic) {
    throw clientError("The input is not in RecordIO format: a record does not begin with its magic number.");
  }
  const length = header.readUInt32LE(4) & 0x1fffffff;
  return 8 + Math.ceil(length / 4) * 4;
}

/** Length in eight bytes, a checksum of it, content, a checksum of that. */
function tfRecordLength(header: Buffer): number {
  return 12 + Number(header.readBigUInt64LE(0)) + 4;
}

function checkSize(size: number, maxBytes: number): void {
  if (size > maxBytes) {
    throw clientError(`A record is larger than the ${maxBytes} bytes that MaxPayloadInMB allows for one request.`);
  }
}

/** Puts records together into requests: as many as fit, or one in each. */
export async function* miniBatches(records: AsyncIterable<Buffer>, single: boolean, maxBytes: number): AsyncGenerator<Buffer[]> {
  let batch: Buffer[] = [];
  let size = 0;
  for await (const record of records) {
    checkSize(record.length, maxBytes);
    // The size so far counts a line break behind each record.
    if (batch.length > 0 && (single || size + record.length > maxBytes)) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(record);
    size += record.length + 1;
  }
  if (batch.length > 0) {
    yield batch;
  }
}
