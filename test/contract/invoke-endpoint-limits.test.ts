import { InvokeEndpointCommand, type InvokeEndpointCommandInput } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { account, region, rejection, type StartedPlatform, startPlatform } from "./support/platform";
import { Gates, serveRuntimeModel } from "./support/runtime-endpoint";

let platform: StartedPlatform;
const gates = new Gates();

beforeAll(async () => {
  platform = await startPlatform();
  const image = (await platform.build("runtime")).uri;
  await serveRuntimeModel(platform.sagemaker, { name: "instances", image, gates });
  await serveRuntimeModel(platform.sagemaker, {
    name: "serverless",
    image,
    gates,
    variants: [{ VariantName: "all", ServerlessConfig: { MemorySizeInMB: 1_024, MaxConcurrency: 2 } }],
  });
});
afterAll(async () => {
  await platform.stop();
  gates.remove();
});

describe.each([
  ["instances", 6_291_456],
  ["serverless", 4_194_304],
])("an endpoint of %s", (name, limit) => {
  test(`takes a body of ${limit} bytes`, async () => {
    const { Body } = await send(name, { Body: "x".repeat(limit) });
    expect(JSON.parse(Body.transformToString())).toEqual({ do: "size", bytes: limit });
  });

  test(`gives an answer of ${limit} bytes, and a ModelError for one more`, async () => {
    expect((await send(name, { Body: JSON.stringify({ do: "bytes", bytes: limit }) })).Body).toHaveLength(limit);
    const error = await rejection(send(name, { Body: JSON.stringify({ do: "bytes", bytes: limit + 1 }) }));
    expect([error.name, error.OriginalMessage]).toEqual(["ModelError", `the answer is longer than ${limit} bytes`]);
  });
});

test("a body one byte over the limit of instances is refused in AWS's words", async () => {
  const error = await rejection(send("instances", { Body: "x".repeat(6_291_457) }));
  expect([error.name, error.message]).toEqual([
    "ValidationError",
    "1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length less than or equal to 6291456",
  ]);
});

test("a body one byte over the limit of serverless is refused in AWS's other words", async () => {
  const error = await rejection(send("serverless", { Body: "x".repeat(4_194_305) }));
  expect([error.name, error.message]).toEqual(["ValidationError", expect.stringMatching(/^Request [0-9a-f-]{36} has oversize body\.$/)]);
});

test("a serverless endpoint throttles the request over its MaxConcurrency, and answers again when one is done", async () => {
  const held = ["a", "b"].map((gate) => send("serverless", { Body: JSON.stringify({ do: "hold", gate }) }));
  await Promise.all(["a", "b"].map((gate) => gates.reached(gate)));
  const error = await rejection(send("serverless", {}));
  expect([error.name, error.message]).toEqual(["ThrottlingException", "Rate exceeded: variant all answers 2 requests at the same time."]);
  expect(error.$metadata).toMatchObject({ httpStatusCode: 400 });
  gates.open("a");
  expect(JSON.parse((await held[0])?.Body.transformToString() ?? "")).toEqual({ passed: "a" });
  expect((await send("serverless", {})).InvokedProductionVariant).toBe("all");
  gates.open("b");
  await held[1];
});

test("an error of the container has its status, its message and its log stream, and the text of it at most 2048 characters long", async () => {
  const text = "the model said no ".repeat(200);
  const error = await rejection(send("instances", { Body: JSON.stringify({ do: "status", code: 418, text }) }));
  expect(error).toMatchObject({
    name: "ModelError",
    OriginalStatusCode: 418,
    OriginalMessage: text.slice(0, 2_048),
    LogStreamArn: expect.stringMatching(
      new RegExp(`^arn:aws:logs:${region}:${account}:log-group:/aws/sagemaker/Endpoints/instances:log-stream:primary/i-[0-9a-f]{17}$`),
    ),
    $metadata: expect.objectContaining({ httpStatusCode: 424 }),
  });
  expect(error.message).toBe(
    `Received client error (418) from primary with message "${text.slice(0, 1_024)}". ` +
      `See the log group /aws/sagemaker/Endpoints/instances in account ${account} for more information.`,
  );
});

function send(name: string, more: Partial<InvokeEndpointCommandInput>) {
  const input = { EndpointName: name, ContentType: "application/json", Body: '{"do":"echo"}', ...more };
  return platform.runtime.send(new InvokeEndpointCommand(input));
}
