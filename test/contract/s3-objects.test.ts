import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import {
  ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  UploadPartCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entries } from "./faults/support";
import { bucket, rejection, type StartedPlatform, startPlatform } from "./support/platform";

/** Longer than what is held in memory at a time, and of no round length. */
const content = randomBytes(3 * 1024 * 1024 + 17);
const md5 = (data: Uint8Array) => `"${createHash("md5").update(data).digest("hex")}"`;

let platform: StartedPlatform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const put = (Key: string, Body: PutObjectCommandInput["Body"] = content, more: Partial<PutObjectCommandInput> = {}) =>
  platform.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ...more }));

async function get(Key: string, more: Partial<GetObjectCommandInput> = {}): Promise<Buffer> {
  const { Body } = await platform.s3.send(new GetObjectCommand({ Bucket: bucket, Key, ...more }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

const head = (Key: string) => platform.s3.send(new HeadObjectCommand({ Bucket: bucket, Key, ChecksumMode: "ENABLED" }));

/** What a failed call says, as S3's clients have it. */
async function failure(call: Promise<unknown>): Promise<[string, number | undefined]> {
  const { name, $metadata } = await rejection(call);
  return [name, ($metadata as { readonly httpStatusCode?: number }).httpStatusCode];
}

/** Files that are no object's (yet): none is left when nothing is under way. */
const temporary = () => entries(join(platform.stateDir, "ministack", "s3-temporary"));

test("an object comes back as it was put, whole and in ranges, with its true size, ETag and metadata", async () => {
  const { ETag } = await put("plain/object.bin", content, {
    ContentType: "model/x",
    Metadata: { colour: "blue" },
    CacheControl: "no-store",
  });
  expect(ETag).toBe(md5(content));
  expect((await get("plain/object.bin")).equals(content)).toBe(true);
  expect(await head("plain/object.bin")).toMatchObject({
    ContentLength: content.length,
    ContentType: "model/x",
    CacheControl: "no-store",
    ETag: md5(content),
    Metadata: { colour: "blue" },
  });
  const ranges: readonly [string, number, number][] = [
    ["bytes=0-0", 0, 1],
    ["bytes=1048570-1048590", 1048570, 1048591],
    [`bytes=${content.length - 5}-`, content.length - 5, content.length],
    ["bytes=-7", content.length - 7, content.length],
    [`bytes=10-${content.length + 99}`, 10, content.length],
  ];
  for (const [Range, start, end] of ranges) {
    const { Body, ContentRange, ContentLength } = await platform.s3.send(
      new GetObjectCommand({ Bucket: bucket, Key: "plain/object.bin", Range }),
    );
    expect([ContentRange, ContentLength]).toEqual([`bytes ${start}-${end - 1}/${content.length}`, end - start]);
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(content.subarray(start, end)), Range).toBe(true);
  }
  expect(await failure(get("plain/object.bin", { Range: `bytes=${content.length}-` }))).toEqual(["InvalidRange", 416]);
  expect(await failure(get("plain/absent"))).toEqual(["NoSuchKey", 404]);
});

test("empty objects, forms, compressed content and odd keys are objects as any other", async () => {
  const bodies: readonly [string, Buffer, Partial<PutObjectCommandInput>][] = [
    ["odd/empty", Buffer.alloc(0), {}],
    ["odd/form", Buffer.from("Action=ListUsers&x=1"), { ContentType: "application/x-www-form-urlencoded" }],
    ["odd/zipped", Buffer.from("not really gzip"), { ContentEncoding: "gzip" }],
    ["odd/ä +&?#%41.txt", Buffer.from("letters"), {}],
    ["odd//twice/", Buffer.from("slashes"), {}],
  ];
  for (const [key, body, more] of bodies) {
    await put(key, body, more);
    expect((await get(key)).equals(body), key).toBe(true);
  }
  expect((await head("odd/zipped")).ContentEncoding).toBe("gzip");
  const { Contents } = await platform.s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: "odd/" }));
  expect(Object.fromEntries((Contents ?? []).map(({ Key, Size, ETag }) => [Key, [Size, ETag]]))).toEqual(
    Object.fromEntries(bodies.map(([key, body]) => [key, [body.length, md5(body)]])),
  );
});

test("lists of both versions show prefixes, pages and true sizes", async () => {
  for (const key of ["list/a.txt", "list/b/1.txt", "list/b/2.txt", "list/c.txt"]) {
    await put(key, key);
  }
  const where = { Bucket: bucket, Prefix: "list/", Delimiter: "/" };
  const second = await platform.s3.send(new ListObjectsV2Command(where));
  expect(second.Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([
    ["list/a.txt", 10],
    ["list/c.txt", 10],
  ]);
  expect(second.CommonPrefixes).toEqual([{ Prefix: "list/b/" }]);
  const first = await platform.s3.send(new ListObjectsCommand(where));
  expect([first.Contents?.length, first.CommonPrefixes]).toEqual([2, [{ Prefix: "list/b/" }]]);
  const page = await platform.s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: "list/", MaxKeys: 3 }));
  const rest = await platform.s3.send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: "list/", ContinuationToken: page.NextContinuationToken }),
  );
  expect([page.IsTruncated, rest.Contents?.map(({ Key }) => Key)]).toEqual([true, ["list/c.txt"]]);
});

/** Of the text 123456789: the check values that the algorithms are published with. */
const checkValues = {
  CRC32: "y/Q5Jg==",
  CRC32C: "4waSgw==",
  CRC64NVME: "rosUhgp5mIg=",
  SHA1: createHash("sha1").update("123456789").digest("base64"),
  SHA256: createHash("sha256").update("123456789").digest("base64"),
};

test.each(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const)("a %s checksum is checked, kept and told", async (algorithm) => {
  const name = `Checksum${algorithm}` as const;
  const key = `checksums/${algorithm}`;
  const ChecksumAlgorithm = algorithm;
  expect((await put(key, "123456789", { ChecksumAlgorithm, [name]: checkValues[algorithm] })).ETag).toBe(md5(Buffer.from("123456789")));
  expect(await head(key)).toMatchObject({ [name]: checkValues[algorithm], ChecksumType: "FULL_OBJECT" });
  const wrong = put(key, "123456780", { ChecksumAlgorithm, [name]: checkValues[algorithm] });
  expect(await failure(wrong)).toEqual(["BadDigest", 400]);
  expect((await get(key, { ChecksumMode: "ENABLED" })).toString()).toBe("123456789");
});

test("a stream is sent in chunks with its checksum at the end, and a wrong Content-MD5 is refused", async () => {
  const Body = Readable.from([content.subarray(0, 100_001), content.subarray(100_001)]);
  await put("chunked", Body, { ContentLength: content.length, ChecksumAlgorithm: ChecksumAlgorithm.CRC32 });
  expect((await get("chunked")).equals(content)).toBe(true);
  const { ChecksumCRC32, ContentEncoding } = await head("chunked");
  expect([ChecksumCRC32?.length, ContentEncoding]).toEqual([8, undefined]);
  const ContentMD5 = createHash("md5").update("other").digest("base64");
  expect(await failure(put("chunked", "changed", { ContentMD5 }))).toEqual(["BadDigest", 400]);
  expect((await head("chunked")).ETag).toBe(md5(content));
});

test("conditional requests answer as S3 does", async () => {
  await put("conditional", "first", { IfNoneMatch: "*" });
  expect(await failure(put("conditional", "second", { IfNoneMatch: "*" }))).toEqual(["PreconditionFailed", 412]);
  expect(await failure(put("conditional", "second", { IfMatch: md5(Buffer.from("other")) }))).toEqual(["PreconditionFailed", 412]);
  expect(await failure(get("conditional", { IfMatch: md5(Buffer.from("other")) }))).toEqual(["PreconditionFailed", 412]);
  expect((await failure(get("conditional", { IfNoneMatch: md5(Buffer.from("first")) })))[1]).toBe(304);
  await put("conditional", "second", { IfMatch: md5(Buffer.from("first")) });
  expect((await get("conditional")).toString()).toBe("second");
});

test("a copy outlives what it was copied from, and an object can be copied onto itself", async () => {
  await put("copy/source", content, { Metadata: { colour: "red" } });
  const CopySource = `${bucket}/copy/source`;
  await platform.s3.send(new CopyObjectCommand({ Bucket: bucket, Key: "copy/target", CopySource }));
  const replaced = { MetadataDirective: "REPLACE", Metadata: { colour: "green" } } as const;
  await platform.s3.send(new CopyObjectCommand({ Bucket: bucket, Key: "copy/source", CopySource, ...replaced }));
  expect((await get("copy/source")).equals(content)).toBe(true);
  expect((await head("copy/source")).Metadata).toEqual({ colour: "green" });
  await put("copy/source", "overwritten");
  await platform.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "copy/source" }));
  expect((await get("copy/target")).equals(content)).toBe(true);
  expect(await head("copy/target")).toMatchObject({ ETag: md5(content), ContentLength: content.length, Metadata: { colour: "red" } });
});

test("an object that is overwritten or deleted while it is read comes to its end as it was", async () => {
  const long = randomBytes(24 * 1024 * 1024);
  for (const change of [
    () => put("read", "overwritten"),
    () => platform.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "read" })),
  ]) {
    await put("read", long);
    const { Body } = await platform.s3.send(new GetObjectCommand({ Bucket: bucket, Key: "read" }));
    await change();
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(long)).toBe(true);
  }
});

test("parts make one object: uploaded twice, copied, with a wrong ETag first, and given up", async () => {
  const parts = [content, randomBytes(5 * 1024 * 1024), Buffer.from("the end")];
  const where = { Bucket: bucket, Key: "parts/whole" };
  await put("parts/source", content);
  const { UploadId } = await platform.s3.send(new CreateMultipartUploadCommand({ ...where, Metadata: { kind: "parts" } }));
  const part = async (PartNumber: number, Body: Buffer) =>
    (await platform.s3.send(new UploadPartCommand({ ...where, UploadId, PartNumber, Body }))).ETag;
  await part(3, Buffer.from("not the end"));
  const etags = [undefined, await part(2, parts[1] ?? Buffer.alloc(0)), await part(3, Buffer.from("the end"))];
  const copied = await platform.s3.send(
    new UploadPartCopyCommand({
      ...where,
      UploadId,
      PartNumber: 1,
      CopySource: `${bucket}/parts/source`,
      CopySourceRange: "bytes=5-2000000",
    }),
  );
  etags[0] = copied.CopyPartResult?.ETag;
  await platform.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: "parts/source" }));
  const complete = (tags: readonly (string | undefined)[]) => {
    const Parts = tags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
    return platform.s3.send(new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload: { Parts } }));
  };
  expect(await failure(complete([etags[0], etags[0], etags[2]]))).toEqual(["InvalidPart", 400]);
  const whole = Buffer.concat([content.subarray(5, 2_000_001), parts[1] ?? Buffer.alloc(0), parts[2] ?? Buffer.alloc(0)]);
  const digests = etags.map((etag) => Buffer.from((etag ?? "").replaceAll('"', ""), "hex"));
  const expected = md5(Buffer.concat(digests)).replace(/"$/, '-3"');
  expect((await complete(etags)).ETag).toBe(expected);
  expect(await head("parts/whole")).toMatchObject({ ETag: expected, ContentLength: whole.length, Metadata: { kind: "parts" } });
  expect((await get("parts/whole")).equals(whole)).toBe(true);
  expect((await get("parts/whole", { PartNumber: 3 })).toString()).toBe("the end");

  const upload = new Upload({ client: platform.s3, params: { Bucket: bucket, Key: "parts/given-up", Body: Readable.from(endless()) } });
  upload.on("httpUploadProgress", () => void upload.abort());
  await expect(upload.done()).rejects.toThrow(/abort/i);
  expect(await failure(get("parts/given-up"))).toEqual(["NoSuchKey", 404]);
  const left = async () => (await platform.s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads?.length ?? 0;
  await expect.poll(left, { timeout: 30_000 }).toBe(0);
});

function* endless(): Generator<Buffer> {
  for (;;) {
    yield randomBytes(1024 * 1024);
  }
}

test("a checksum of a whole object in parts is checked when it is completed", async () => {
  const where = { Bucket: bucket, Key: "parts/checksum" };
  const ChecksumAlgorithm = "CRC64NVME" as const;
  const { UploadId, ChecksumType } = await platform.s3.send(new CreateMultipartUploadCommand({ ...where, ChecksumAlgorithm }));
  expect(ChecksumType).toBe("FULL_OBJECT");
  const halves = ["1234", "56789"];
  const etags = [];
  for (const [index, Body] of halves.entries()) {
    etags.push((await platform.s3.send(new UploadPartCommand({ ...where, UploadId, PartNumber: index + 1, Body }))).ETag);
  }
  const MultipartUpload = { Parts: etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 })) };
  const complete = (ChecksumCRC64NVME: string) =>
    platform.s3.send(new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload, ChecksumCRC64NVME }));
  expect(await failure(complete(checkValues.CRC32))).toEqual(["BadDigest", 400]);
  expect(await complete(checkValues.CRC64NVME)).toMatchObject({ ChecksumCRC64NVME: checkValues.CRC64NVME, ChecksumType: "FULL_OBJECT" });
  expect(await head("parts/checksum")).toMatchObject({ ChecksumCRC64NVME: checkValues.CRC64NVME, ChecksumType: "FULL_OBJECT" });
});

test("several objects are deleted at once, with what was not there among them", async () => {
  await put("delete/1", "1");
  await put("delete/2", "2");
  const Objects = ["delete/1", "delete/2", "delete/absent"].map((Key) => ({ Key }));
  const { Deleted, Errors } = await platform.s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
  expect([Deleted?.length, Errors]).toEqual([3, undefined]);
  expect((await platform.s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: "delete/" }))).KeyCount).toBe(0);
});

/** A PUT written by hand: with the host that a client of virtual-hosted buckets sends, or broken off. */
function rawPut(path: string, headers: Record<string, string>, body: Buffer, breakOff = false): Promise<number> {
  const { hostname, port } = new URL(platform.endpointUrl);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, path, method: "PUT", headers: { "content-length": `${content.length}`, ...headers } });
    outgoing.on("response", (response) => response.resume().on("end", () => resolve(response.statusCode ?? 0)));
    outgoing.on("error", reject);
    outgoing.write(body, () => {
      if (breakOff) {
        outgoing.destroy();
        resolve(0);
      }
    });
    if (!breakOff) {
      outgoing.end();
    }
  });
}

test("a bucket can be named by the host", async () => {
  const host = `${bucket}.${new URL(platform.endpointUrl).host}`;
  expect(await rawPut("/hosted/object", { host }, content)).toBe(200);
  expect((await get("hosted/object")).equals(content)).toBe(true);
});

test("an upload that breaks off, or is not framed as it says, changes nothing and leaves nothing", async () => {
  await put("broken", "as it was");
  await rawPut(`/${bucket}/broken`, {}, content.subarray(0, 2_000_000), true);
  const chunked = {
    "content-encoding": "aws-chunked",
    "x-amz-decoded-content-length": "9",
    "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
  };
  const faults = [
    "9\r\n123456789\r\n",
    "9\r\n12345678\r\n0\r\n\r\n",
    "8\r\n12345678\r\n0\r\n\r\n",
    "x\r\n123456789\r\n0\r\n\r\n",
    "9\r\n123456789\r\n0\r\nx-amz-checksum-crc32",
  ];
  for (const framed of faults) {
    const headers = { ...chunked, "content-length": `${framed.length}` };
    expect(await rawPut(`/${bucket}/broken`, headers, Buffer.from(framed)), framed).toBe(400);
  }
  const whole = "9;chunk-signature=ab\r\n123456789\r\n0;chunk-signature=cd\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n";
  const wrong = whole.replace("y/Q5Jg==", "AAAAAA==");
  expect(await rawPut(`/${bucket}/broken`, { ...chunked, "content-length": `${wrong.length}` }, Buffer.from(wrong))).toBe(400);
  expect((await get("broken")).toString()).toBe("as it was");
  expect(await rawPut(`/${bucket}/broken`, { ...chunked, "content-length": `${whole.length}` }, Buffer.from(whole))).toBe(200);
  expect((await get("broken")).toString()).toBe("123456789");
  expect(await failure(platform.s3.send(new PutObjectCommand({ Bucket: "no-such-bucket", Key: "x", Body: content })))).toEqual([
    "NoSuchBucket",
    404,
  ]);
  await expect.poll(temporary, { timeout: 30_000 }).toEqual([]);
});
