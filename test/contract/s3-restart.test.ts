import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { afterAll, expect, test } from "vitest";
import { entries, killHard } from "./faults/support";
import { buildDaemon, DaemonFolder } from "./support/daemon-process";
import { account, bucket, clientsOf } from "./support/platform";

const folder = new DaemonFolder();
const content = randomBytes(6 * 1024 * 1024 + 1);
const md5 = (data: Uint8Array | string) => `"${createHash("md5").update(data).digest("hex")}"`;
const files = join(folder.stateDir, "ministack", "s3", account, bucket);
const temporary = join(folder.stateDir, "ministack", "s3-temporary");

afterAll(() => folder.remove());

async function read(s3: S3Client, Key: string, more: Partial<GetObjectCommandInput> = {}): Promise<Buffer> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key, ...more }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

/** Puts a file with content in a place, and gives its inode. */
function moveInto(path: string, text: string): number {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
  return statSync(path).ino;
}

/** What is left in the state folder by a process that is killed while it stores an object: before or after its body is in place. */
function breakOff(key: string, text: string, bodyIsInPlace: boolean): void {
  const sidecar = JSON.parse(readFileSync(join(files, `${key}.meta.json`), "utf8"));
  const path = join(files, key);
  const inode = moveInto(bodyIsInPlace ? path : join(temporary, `body-of-${key}`), text);
  const changed = { ...sidecar, etag: md5(text), size: text.length, checksums: {}, body_file: [path, inode] };
  writeFileSync(join(temporary, `${key}.sidecar`), JSON.stringify(changed));
}

test("objects, versions, tags and large parts are as they were after a kill, and a broken-off write has happened or has not", async () => {
  buildDaemon();
  const first = await folder.start();
  const { s3 } = clientsOf(first.record.endpointUrl);
  const at = (Key: string) => ({ Bucket: bucket, Key });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const key of ["moved", "unmoved", "earlier"]) {
    await s3.send(new PutObjectCommand({ ...at(key), Body: "as it was" }));
  }
  await new Upload({ client: s3, params: { ...at("parts"), Body: content } }).done();
  await s3.send(new PutObjectCommand({ ...at("before"), Body: "before versions" }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } }));
  await s3.send(new PutObjectCommand({ ...at("before"), Body: "first version" }));
  const versions: (string | undefined)[] = [];
  for (const Body of [content, "second", "third"]) {
    versions.push((await s3.send(new PutObjectCommand({ ...at("versioned"), Body, Tagging: "stage=test" }))).VersionId);
  }
  const hidden = await s3.send(new PutObjectCommand({ ...at("hidden"), Body: "hidden" }));
  await s3.send(new DeleteObjectCommand(at("hidden")));
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at("unfinished")));
  await s3.send(new UploadPartCommand({ ...at("unfinished"), UploadId, PartNumber: 1, Body: content }));
  expect(entries(temporary)).toHaveLength(1);

  const check = async (client: S3Client) => {
    expect((await read(client, "parts")).equals(content)).toBe(true);
    expect((await read(client, "versioned", { VersionId: versions[0] })).equals(content)).toBe(true);
    const Range = "bytes=1048576-2097152";
    expect((await read(client, "versioned", { VersionId: versions[0], Range })).equals(content.subarray(1048576, 2097153))).toBe(true);
    expect((await read(client, "versioned", { VersionId: versions[1] })).toString()).toBe("second");
    expect((await read(client, "versioned")).toString()).toBe("third");
    expect((await read(client, "before", { VersionId: "null" })).toString()).toBe("before versions");
    expect((await client.send(new GetObjectTaggingCommand({ ...at("versioned"), VersionId: versions[1] }))).TagSet).toEqual([
      { Key: "stage", Value: "test" },
    ]);
    const listed = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    const rows = (listed.Versions ?? []).map(({ Key, Size, IsLatest }) => `${Key} ${Size} ${IsLatest}`);
    expect(rows.sort()).toEqual([
      "before 13 true",
      "before 15 false",
      "earlier 9 true",
      "hidden 6 false",
      `moved ${moved} true`,
      `parts ${content.length} true`,
      "unmoved 9 true",
      "versioned 5 true",
      "versioned 6 false",
      `versioned ${content.length} false`,
    ]);
    expect(listed.DeleteMarkers?.map(({ Key }) => Key)).toEqual(["hidden"]);
    expect((await read(client, "hidden", { VersionId: hidden.VersionId })).toString()).toBe("hidden");
  };
  let moved = 9;
  await check(s3);

  await killHard(first.child);
  for (const pid of folder.processes()) {
    process.kill(pid, "SIGKILL");
  }
  await expect.poll(() => folder.processes(), { timeout: 60_000 }).toEqual([]);
  breakOff("moved", "stored to the end", true);
  breakOff("unmoved", "not stored", false);
  // As MiniStack alone has written it, before bodies stayed on the disk.
  const { body_file: _, ...sidecar } = JSON.parse(readFileSync(join(files, "earlier.meta.json"), "utf8"));
  writeFileSync(join(files, "earlier.meta.json"), JSON.stringify(sidecar));
  const second = await folder.start();
  const again = clientsOf(second.record.endpointUrl).s3;
  moved = "stored to the end".length;
  await check(again);
  expect(entries(temporary)).toEqual([]);
  expect((await again.send(new HeadObjectCommand(at("moved")))).ETag).toBe(md5("stored to the end"));
  expect((await read(again, "moved")).toString()).toBe("stored to the end");
  expect((await read(again, "unmoved")).toString()).toBe("as it was");
  expect((await read(again, "earlier")).toString()).toBe("as it was");

  await again.send(new DeleteObjectCommand({ ...at("versioned"), VersionId: versions[2] }));
  await again.send(new DeleteObjectCommand({ ...at("versioned"), VersionId: versions[1] }));
  expect((await read(again, "versioned")).equals(content)).toBe(true);
  const { Contents } = await again.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: "versioned" }));
  expect(Contents?.map(({ Size, ETag }) => [Size, ETag])).toEqual([[content.length, md5(content)]]);
});
