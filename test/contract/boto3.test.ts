import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureDevTools } from "../../tools/python/ensure";
import { account, bucket, type Platform, region, role, startPlatform } from "./support/platform";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

test("boto3 trains, deploys, waits, invokes, meets AWS's errors and deletes", async () => {
  const { python } = await ensureDevTools();
  const script = join(__dirname, "boto3_client.py");
  const { stdout } = await promisify(execFile)(python, [script, platform.endpointUrl, platform.image.uri, bucket, role]);
  const arn = (kind: string) => `arn:aws:sagemaker:${region}:${account}:${kind}`;
  expect(JSON.parse(stdout)).toEqual({
    job: ["Completed", "Completed", `s3://${bucket}/boto3/out/boto3-job/output/model.tar.gz`],
    jobTimes: true,
    tags: [{ Key: "team", Value: "data" }],
    endpoints: ["boto3-endpoint"],
    invocation: ["primary", "application/json", '{"a": 1}', { epochs: "2" }],
    modelError: {
      code: "ModelError",
      message: expect.stringContaining('Received client error (422) from primary with message "the model said no".'),
      status: 424,
      original: 422,
      text: "the model said no",
    },
    unknownEndpoint: failure("ValidationError", `Endpoint absent of account ${account} not found.`),
    oversize: failure(
      "ValidationError",
      "1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length less than or equal to 6291456",
    ),
    describeUnknown: failure("ValidationException", `Could not find endpoint "${arn("endpoint/absent")}".`),
    duplicate: failure("ValidationException", `Cannot create already existing endpoint "${arn("endpoint/boto3-endpoint")}".`),
    badName: failure(
      "ValidationException",
      "1 validation error detected: Value 'not_a_name' at 'endpointName' failed to satisfy constraint: " +
        "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
    ),
    domain: ["InService", "InService"],
    domainInUse: "ResourceInUse",
    domainGone: "ResourceNotFound",
  });
});

function failure(code: string, message: string) {
  return { code, message, status: 400, original: null, text: null };
}
