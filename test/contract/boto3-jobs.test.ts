import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureDevTools } from "../../tools/python/ensure";
import { bucket, type Platform, role, startPlatform } from "./support/platform";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

test("boto3 and its waiters run training, transform and processing jobs to their end", async () => {
  const { python } = await ensureDevTools();
  const script = join(__dirname, "boto3_jobs.py");
  const { stdout } = await promisify(execFile)(python, [script, platform.endpointUrl, platform.image.uri, bucket, role]);
  expect(JSON.parse(stdout)).toEqual({
    training: ["Completed", true, true],
    transform: "Completed",
    joined: "1,2,3.0\n3,4,7.0\n",
    refused: ["Failed", "AlgorithmError: The container of model boto3-refused ended with exit code 9"],
    jobs: ["boto3-refused", "boto3-transform"],
    processing: ["Completed", "counted"],
    count: "2",
    absent: "ValidationException",
  });
});
