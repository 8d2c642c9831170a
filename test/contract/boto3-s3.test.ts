import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureDevTools } from "../../tools/python/ensure";
import { bucket, type Platform, startPlatform } from "./support/platform";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

test("boto3 moves objects in parts, copies them, reads versions of them and hands out URLs", async () => {
  const { python } = await ensureDevTools();
  const folder = join(platform.stateDir, "boto3");
  mkdirSync(folder);
  const { stdout } = await promisify(execFile)(python, [join(__dirname, "boto3_s3.py"), platform.endpointUrl, bucket, folder]);
  expect(JSON.parse(stdout)).toEqual({
    transfers: { "boto3/None": [true, true], "boto3/CRC32": [true, true], "boto3/SHA256": [true, true] },
    single: [true, true, 1],
    tags: [{ Key: "stage", Value: "test" }],
    presignedPut: 200,
    presignedGet: [200, true],
    version: true,
    deleted: "NoSuchKey",
  });
});
