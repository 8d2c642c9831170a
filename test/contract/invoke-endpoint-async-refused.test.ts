import {
  InvokeEndpointAsyncCommand,
  type InvokeEndpointAsyncCommandInput,
  InvokeEndpointCommand,
  InvokeEndpointWithResponseStreamCommand,
} from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { account, bucket, rejection, type StartedPlatform, startPlatform } from "./support/platform";
import { Gates, serveRuntimeModel } from "./support/runtime-endpoint";

let platform: StartedPlatform;
const gates = new Gates();

beforeAll(async () => {
  platform = await startPlatform();
  const image = (await platform.build("runtime")).uri;
  const AsyncInferenceConfig = { OutputConfig: { S3OutputPath: `s3://${bucket}/async` } };
  await serveRuntimeModel(platform.sagemaker, { name: "later", image, gates, more: { AsyncInferenceConfig } });
  await serveRuntimeModel(platform.sagemaker, { name: "now", image, gates });
});
afterAll(async () => {
  await platform.stop();
  gates.remove();
});

describe("a request is refused", () => {
  test.each<[string, Partial<InvokeEndpointAsyncCommandInput>, string]>([
    ["without an input", {}, "Exactly one of InputLocation and Body must be provided."],
    ["with two inputs", { InputLocation: "s3://b/k", Body: "x" }, "Exactly one of InputLocation and Body must be provided."],
    [
      "with a body over 128000 bytes",
      { Body: "x".repeat(128_001) },
      "1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length less than or equal to 128000",
    ],
    [
      "with a time to live that is too short",
      { Body: "x", RequestTTLSeconds: 59 },
      "1 validation error detected: Value '59' at 'requestTTLSeconds' failed to satisfy constraint: Member must have value greater than or equal to 60",
    ],
    [
      "with a time to live that is too long",
      { Body: "x", RequestTTLSeconds: 21_601 },
      "1 validation error detected: Value '21601' at 'requestTTLSeconds' failed to satisfy constraint: Member must have value less than or equal to 21600",
    ],
    [
      "with a timeout that is too long",
      { Body: "x", InvocationTimeoutSeconds: 3_601 },
      "1 validation error detected: Value '3601' at 'invocationTimeoutSeconds' failed to satisfy constraint: Member must have value less than or equal to 3600",
    ],
    [
      "with an input that is not in S3",
      { InputLocation: "file:///etc/passwd" },
      "1 validation error detected: Value 'file:///etc/passwd' at 'inputLocation' failed to satisfy constraint: " +
        "Member must satisfy regular expression pattern: ^(https|s3)://([^/]+)/?(.*)$",
    ],
    [
      "with a file name with two dots",
      { Body: "x", Filename: "a.b.c" },
      "1 validation error detected: Value 'a.b.c' at 'filename' failed to satisfy constraint: " +
        "Member must satisfy regular expression pattern: ^(?!.*\\..*\\.)[a-zA-Z0-9][a-zA-Z0-9-_\\.]*$",
    ],
    ["for an endpoint that does not exist", { Body: "x", EndpointName: "absent" }, `Endpoint absent of account ${account} not found.`],
    [
      "for a synchronous endpoint",
      { Body: "x", EndpointName: "now" },
      `Endpoint now of account ${account} is not asynchronous: its configuration has no AsyncInferenceConfig. ` +
        "It accepts InvokeEndpoint and InvokeEndpointWithResponseStream only.",
    ],
  ])("%s", async (_, more, message) => {
    const error = await rejection(send(more));
    expect([error.name, error.message]).toEqual(["ValidationError", message]);
  });

  test.each([
    ["InvokeEndpoint", () => platform.runtime.send(new InvokeEndpointCommand({ EndpointName: "later", Body: "x" }))],
    [
      "InvokeEndpointWithResponseStream",
      () => platform.runtime.send(new InvokeEndpointWithResponseStreamCommand({ EndpointName: "later", Body: "x" })),
    ],
  ])("when it is an %s of an asynchronous endpoint", async (_, call) => {
    const error = await rejection(call());
    expect([error.name, error.message]).toEqual([
      "ValidationError",
      `Endpoint later of account ${account} is asynchronous: it accepts InvokeEndpointAsync only.`,
    ]);
  });
});

function send(more: Partial<InvokeEndpointAsyncCommandInput>) {
  return platform.runtime.send(new InvokeEndpointAsyncCommand({ EndpointName: "later", ...more }));
}
