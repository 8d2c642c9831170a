import { DescribeLogStreamsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  type ContainerDefinition,
  CreateEndpointCommand,
  CreateModelCommand,
  type CreateModelCommandInput,
} from "@aws-sdk/client-sagemaker";
import {
  InvokeEndpointAsyncCommand,
  InvokeEndpointCommand,
  type InvokeEndpointCommandInput,
  InvokeEndpointWithResponseStreamCommand,
} from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { objectAt } from "./support/async-results";
import { configure, describeEndpoint, inService, variant } from "./support/hosting";
import { bucket, rejection, role, type StartedPlatform, startPlatform } from "./support/platform";

let platform: StartedPlatform;

beforeAll(async () => {
  platform = await startPlatform();
  await model("line", [container("clean", "clean"), container("second"), container("last", "last")]);
  await model("choice", [container("red", "red"), container("blue", "blue")], { InferenceExecutionConfig: { Mode: "Direct" } });
  await model("broken", [container("good"), container("bad", undefined, { FAULT: "load" })]);
  await configure(platform, "line", [variant("line")]);
  await configure(platform, "choice", [variant("choice")]);
  await configure(platform, "later", [variant("line")], {
    AsyncInferenceConfig: { OutputConfig: { S3OutputPath: `s3://${bucket}/line` } },
  });
  await configure(platform, "broken", [variant("broken")]);
  for (const name of ["line", "choice", "later", "broken"]) {
    await platform.sagemaker.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
  }
  for (const name of ["line", "choice", "later"]) await inService(platform, name);
});
afterAll(() => platform?.stop());

function container(VERSION: string, ContainerHostname?: string, more: Record<string, string> = {}): ContainerDefinition {
  const Environment = { VERSION, ...more };
  return { Image: platform.image.uri, Environment, ...(ContainerHostname === undefined ? {} : { ContainerHostname }) };
}

async function model(name: string, Containers: ContainerDefinition[], more: Partial<CreateModelCommandInput> = {}): Promise<void> {
  await platform.sagemaker.send(new CreateModelCommand({ ModelName: name, ExecutionRoleArn: role, Containers, ...more }));
}

interface Answer {
  readonly version: string;
  readonly body: string;
  readonly contentType: string;
  readonly accept: string | null;
  readonly attributes: string | null;
  readonly pid: number;
}

function send(EndpointName: string, more: Partial<InvokeEndpointCommandInput> = {}) {
  return platform.runtime.send(new InvokeEndpointCommand({ EndpointName, ContentType: "text/plain", Body: "x", ...more }));
}

async function ask(EndpointName: string, more: Partial<InvokeEndpointCommandInput> = {}): Promise<Answer> {
  return JSON.parse((await send(EndpointName, more)).Body.transformToString());
}

describe("an inference pipeline", () => {
  test("gives each container the answer of the one before it, and the caller the last one's", async () => {
    const last = await ask("line", { Accept: "text/csv", CustomAttributes: "trace=1" });
    const second: Answer = JSON.parse(last.body);
    const clean: Answer = JSON.parse(second.body);
    expect([clean, second, last].map(({ version, contentType, accept, attributes }) => [version, contentType, accept, attributes])).toEqual(
      [
        ["clean", "text/plain", null, "trace=1"],
        ["second", "application/json", null, "trace=1"],
        ["last", "application/json", "text/csv", "trace=1"],
      ],
    );
    expect(clean.body).toBe("x");
    expect(new Set([clean.pid, second.pid, last.pid]).size).toBe(3);
  });

  test("answers as a stream with what its last container says", async () => {
    const command = new InvokeEndpointWithResponseStreamCommand({ EndpointName: "line", ContentType: "text/plain", Body: "x" });
    const chunks: Uint8Array[] = [];
    for await (const { PayloadPart } of (await platform.runtime.send(command)).Body ?? [])
      chunks.push(PayloadPart?.Bytes ?? new Uint8Array());
    const last: Answer = JSON.parse(Buffer.concat(chunks).toString());
    expect([last.version, JSON.parse(last.body).version]).toEqual(["last", "second"]);
  });

  test("answers asynchronous requests", async () => {
    const command = new InvokeEndpointAsyncCommand({ EndpointName: "later", ContentType: "text/plain", Body: "queued" });
    const last: Answer = JSON.parse((await objectAt(platform.s3, (await platform.runtime.send(command)).OutputLocation)).text);
    const second: Answer = JSON.parse(last.body);
    expect([last.version, second.version, JSON.parse(second.body).body]).toEqual(["last", "second", "queued"]);
  });

  test("names the container that answers with an error, and its log stream", async () => {
    const error = await rejection(send("line", { ContentType: "fault/418" }));
    expect([error.name, error.OriginalStatusCode, error.OriginalMessage, error.LogStreamArn]).toEqual([
      "ModelError",
      418,
      "the model said no",
      expect.stringMatching(/:log-stream:line\/i-[0-9a-f]{17}\/clean$/),
    ]);
    expect(error.message).toContain('Received client error (418) from clean with message "the model said no".');
  });

  test("has a log stream for each container, called by its host name or else by its place", async () => {
    const names = async () => {
      const { logStreams = [] } = await platform.logs.send(
        new DescribeLogStreamsCommand({ logGroupName: "/aws/sagemaker/Endpoints/line" }),
      );
      return logStreams.map(({ logStreamName }) => logStreamName?.replace(/i-[0-9a-f]{17}/, "ID")).sort();
    };
    await expect.poll(names, { timeout: 60_000 }).toEqual(["line/ID/clean", "line/ID/container-2", "line/ID/last"]);
  });

  test("shows the image of each container", async () => {
    const { ProductionVariants: [shown] = [] } = await describeEndpoint(platform, "line");
    expect(shown?.DeployedImages?.map(({ SpecifiedImage }) => SpecifiedImage)).toEqual(Array(3).fill(platform.image.uri));
  });

  test("does not come into service when one of its containers does not start, and says which", async () => {
    await expect.poll(async () => (await describeEndpoint(platform, "broken")).EndpointStatus, { timeout: 60_000 }).toBe("Failed");
    expect((await describeEndpoint(platform, "broken")).FailureReason).toBe(
      "The container-2 container for production variant broken did not pass the ping health check. Please check CloudWatch logs for this endpoint. " +
        "It exited with code 1. Last line: ValueError: the model cannot be loaded",
    );
  });

  test("takes no target container", async () => {
    const error = await rejection(send("line", { TargetContainerHostname: "clean" }));
    expect([error.name, error.ErrorCode]).toEqual(["ValidationError", "TARGET_CONTAINER_HOSTNAME_HEADER_NOT_SUPPORTED"]);
  });

  test("cannot be serverless", async () => {
    const ServerlessConfig = { MemorySizeInMB: 1024, MaxConcurrency: 1 };
    const serverless = { VariantName: "line", ModelName: "line", ServerlessConfig };
    const error = await rejection(configure(platform, "line-serverless", [serverless]));
    expect([error.name, error.message]).toEqual([
      "ValidationException",
      "Serverless endpoints do not support inference pipelines: model line has 3 containers.",
    ]);
  });
});

describe("a multi-container endpoint with direct invocation", () => {
  test("sends each request to the container it names", async () => {
    expect((await ask("choice", { TargetContainerHostname: "blue" })).version).toBe("blue");
    expect((await ask("choice", { TargetContainerHostname: "red" })).version).toBe("red");
  });

  test.each([
    ["without a target", {}, "requires target container hostname header: one of red, blue."],
    [
      "for a container it does not have",
      { TargetContainerHostname: "green" },
      "Target container hostname green not found for endpoint choice",
    ],
  ])("refuses a request %s", async (_, more, message) => {
    const error = await rejection(send("choice", more));
    expect([error.name, error.message]).toEqual(["ValidationError", expect.stringContaining(message)]);
  });

  test("starts a container that ended again, beside those that run", async () => {
    const before = (await ask("choice", { TargetContainerHostname: "red" })).pid;
    await rejection(send("choice", { TargetContainerHostname: "blue", ContentType: "fault/exit" }));
    const again = () => ask("choice", { TargetContainerHostname: "blue" }).then(({ version }) => version, String);
    await expect.poll(again, { timeout: 60_000 }).toBe("blue");
    expect((await ask("choice", { TargetContainerHostname: "red" })).pid).toBe(before);
  });

  test("must have host names, each of its own", async () => {
    const named = (name: string, second: string) =>
      rejection(model(name, [container("a", "same"), container("b", second)], { InferenceExecutionConfig: { Mode: "Direct" } }));
    const error = await named("twice", "same");
    expect([error.name, error.message]).toEqual([
      "ValidationException",
      "Container hostnames must be unique within a model: same is used more than once.",
    ]);
  });
});
