import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureDevTools } from "../../tools/python/ensure";
import { bucket, region, type StartedPlatform, startPlatform } from "./support/platform";
import { Gates, serveRuntimeModel } from "./support/runtime-endpoint";

let platform: StartedPlatform;
const gates = new Gates();

beforeAll(async () => {
  platform = await startPlatform();
  const image = (await platform.build("runtime")).uri;
  await serveRuntimeModel(platform.sagemaker, { name: "now", image, gates });
  const serverless = [{ VariantName: "primary", ServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 1 } }];
  await serveRuntimeModel(platform.sagemaker, { name: "narrow", image, gates, variants: serverless });
  const OutputConfig = { S3OutputPath: `s3://${bucket}/out`, S3FailurePath: `s3://${bucket}/failed` };
  await serveRuntimeModel(platform.sagemaker, { name: "later", image, gates, more: { AsyncInferenceConfig: { OutputConfig } } });
  const ssm = new SSMClient({ endpoint: platform.endpointUrl, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } });
  for (const [endpointName, kind] of Object.entries({ now: "realtime", narrow: "serverless", later: "async" })) {
    const Value = JSON.stringify({ endpointName, kind, ...(kind === "async" ? { inputLocation: `s3://${bucket}/in` } : {}) });
    await ssm.send(new PutParameterCommand({ Name: `/slipway/twin/${endpointName}`, Type: "String", Value }));
  }
  ssm.destroy();
});
afterAll(async () => {
  await platform.stop();
  gates.remove();
});

test("the Python twin asks, streams, submits, waits, and gives each error its type", async () => {
  const { python } = await ensureDevTools();
  const words = [
    join(__dirname, "boto3_client_twin.py"),
    platform.endpointUrl,
    join(__dirname, "..", "..", "client", "python"),
    gates.folder,
  ];
  const { stdout } = await promisify(execFile)(python, words, { timeout: 110_000 });
  expect(JSON.parse(stdout)).toEqual({
    answer: { do: "size", bytes: 3 },
    modelError: ["ModelError", 422, "no", false],
    invalid: ["InvalidRequestError", null, null, false],
    absent: ["EndpointNotFoundError", null, null, false],
    tooLarge: ["PayloadTooLargeError", null, null, false],
    kind: ["UnsupportedKindError", null, null, false],
    unknown: ["UnknownModelError", null, null, false],
    unreached: ["NoConnectionError", null, null, true],
    throttled: ["ThrottledError", null, null, true],
    held: { passed: "twin" },
    parts: ["one ", "two ", "three"],
    broken: "ModelStreamError",
    pending: [false, null],
    late: "WaitTimeoutError",
    result: ["chosen", { passed: "later" }],
    file: { do: "size", bytes: 9_000_000 },
    failed: ["AsyncInvocationError", null, "no capacity", false],
    many: true,
  });
});
