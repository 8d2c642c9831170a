import type { SplitType } from "@aws-sdk/client-sagemaker";
import { describe, expect, test } from "vitest";
import { miniBatches, splitRecords } from "../../../local/transform/record-splitter";

/** Content in pieces of a few bytes, so that records lie across them. */
async function* inPieces(content: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += size) {
    yield content.subarray(at, at + size);
  }
}

async function split(content: Buffer, type: Exclude<SplitType, "None">, pieces: number, maxBytes = 1_000): Promise<Buffer[]> {
  const records: Buffer[] = [];
  for await (const record of splitRecords(inPieces(content, pieces), type, maxBytes)) {
    records.push(record);
  }
  return records;
}

function recordIo(text: string): Buffer {
  const record = Buffer.alloc(8 + Math.ceil(text.length / 4) * 4);
  record.writeUInt32LE(0xced7230a, 0);
  record.writeUInt32LE(text.length, 4);
  record.write(text, 8);
  return record;
}

function tfRecord(text: string): Buffer {
  const record = Buffer.alloc(12 + text.length + 4);
  record.writeBigUInt64LE(BigInt(text.length), 0);
  record.write(text, 12);
  return record;
}

describe.each([1, 3, 7, 1_000])("content that comes %i bytes at a time", (pieces) => {
  test("is split into lines without their line breaks; the last need not have one, and an empty one between others stays", async () => {
    const lines = await split(Buffer.from("one\r\ntwo\n\nthree"), "Line", pieces);
    expect(lines.map(String)).toEqual(["one", "two", "", "three"]);
    expect((await split(Buffer.from("one\n"), "Line", pieces)).map(String)).toEqual(["one"]);
  });

  test.each([
    ["RecordIO" as const, recordIo],
    ["TFRecord" as const, tfRecord],
  ])("is split into %s records with their framing", async (type, frame) => {
    const records = ["a", "four", "", "longer than that"].map(frame);
    expect(await split(Buffer.concat(records), type, pieces)).toEqual(records);
  });
});

test("a record larger than a request may be is refused before it is held as a whole", async () => {
  const refused = "A record is larger than the 10 bytes that MaxPayloadInMB allows for one request.";
  await expect(split(Buffer.from("x".repeat(50)), "Line", 4, 10)).rejects.toThrow(refused);
  await expect(split(recordIo("x".repeat(50)).subarray(0, 8), "RecordIO", 4, 10)).rejects.toThrow(refused);
});

test("content that is not in the format, or ends within a record, is refused", async () => {
  await expect(split(Buffer.from("not RecordIO at all"), "RecordIO", 4)).rejects.toThrow("is not in RecordIO format");
  await expect(split(tfRecord("cut off").subarray(0, 15), "TFRecord", 4)).rejects.toThrow(
    "The input ends within a record: 15 bytes are left.",
  );
});

test("a request takes as many records as fit with their line breaks, or one", async () => {
  const batches = async (single: boolean) => {
    const found: string[] = [];
    const records = (async function* () {
      yield* ["aaaa", "bbbb", "cc", "d"].map((text) => Buffer.from(text));
    })();
    for await (const batch of miniBatches(records, single, 9)) {
      found.push(batch.map(String).join("|"));
    }
    return found;
  };
  expect(await batches(false)).toEqual(["aaaa|bbbb", "cc|d"]);
  expect(await batches(true)).toEqual(["aaaa", "bbbb", "cc", "d"]);
});
