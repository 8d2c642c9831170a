import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { DescribeLogStreamsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DeleteEndpointCommand, waitUntilEndpointDeleted } from "@aws-sdk/client-sagemaker";
import { InvokeEndpointAsyncCommand, type InvokeEndpointAsyncCommandInput } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureDevTools } from "../../tools/python/ensure";
import { objectAt, Topic } from "./support/async-results";
import { bucket, encryption, kmsKey, logLines, putText, region, type StartedPlatform, startPlatform } from "./support/platform";
import { createRuntimeModel, Gates, serveRuntimeModel } from "./support/runtime-endpoint";

let platform: StartedPlatform;
let success: Topic;
let failure: Topic;
let image: string;
const gates = new Gates();
const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

beforeAll(async () => {
  platform = await startPlatform();
  success = await Topic.create(platform.endpointUrl, "async-success");
  failure = await Topic.create(platform.endpointUrl, "async-failure");
  image = (await platform.build("runtime")).uri;
  const NotificationConfig = {
    SuccessTopic: success.arn,
    ErrorTopic: failure.arn,
    IncludeInferenceResponseIn: ["SUCCESS_NOTIFICATION_TOPIC" as const, "ERROR_NOTIFICATION_TOPIC" as const],
  };
  const OutputConfig = { S3OutputPath: `s3://${bucket}/async/out/`, S3FailurePath: `s3://${bucket}/async/failed`, KmsKeyId: kmsKey };
  const AsyncInferenceConfig = {
    OutputConfig: { ...OutputConfig, NotificationConfig },
    ClientConfig: { MaxConcurrentInvocationsPerInstance: 2 },
  };
  await serveRuntimeModel(platform.sagemaker, { name: "later", image, gates, more: { AsyncInferenceConfig } });
  await serveRuntimeModel(platform.sagemaker, { name: "now", image, gates });
});
afterAll(async () => {
  success.close();
  failure.close();
  await platform.stop();
  gates.remove();
});

describe("an accepted request", () => {
  test("is answered with 202, its id and where its result will be", async () => {
    const answer = await send({ InputLocation: await input("accepted.json", { do: "echo" }), InferenceId: "chosen" });
    expect(answer).toMatchObject({
      $metadata: { httpStatusCode: 202 },
      InferenceId: "chosen",
      OutputLocation: `s3://${bucket}/async/out/chosen.out`,
      FailureLocation: `s3://${bucket}/async/failed/chosen-error.out`,
    });
    const generated = await send({ InputLocation: `s3://${bucket}/accepted.json` });
    expect(generated.InferenceId).toMatch(/^[0-9a-f-]{36}$/);
    expect(generated.OutputLocation).toBe(`s3://${bucket}/async/out/${generated.InferenceId}.out`);
  });

  test("goes to the container with the headers it came with, and its answer into the output object with its content type", async () => {
    const asked = { ContentType: "application/json", Accept: "text/csv", CustomAttributes: "c", InferenceId: "with-headers" };
    const { OutputLocation } = await send({ InputLocation: await input("headers.json", { do: "echo" }), ...asked });
    const { text, contentType } = await objectAt(platform.s3, OutputLocation);
    expect(contentType).toBe("application/json");
    expect(JSON.parse(text).headers).toMatchObject({
      "content-type": "application/json",
      accept: "text/csv",
      "x-amzn-sagemaker-custom-attributes": "c",
      "x-amzn-sagemaker-inference-id": "with-headers",
    });
  });

  test("may bring its body with it", async () => {
    const { OutputLocation } = await send({ Body: "x".repeat(128_000) });
    expect(JSON.parse((await objectAt(platform.s3, OutputLocation)).text)).toEqual({ do: "size", bytes: 128_000 });
  });

  test("may name its output file and the path below the endpoint's", async () => {
    const answer = await send({ Body: '{"do":"echo"}', S3OutputPathExtension: "team/a", Filename: "result.json" });
    expect(answer).toMatchObject({
      OutputLocation: `s3://${bucket}/async/out/team/a/result.json`,
      FailureLocation: `s3://${bucket}/async/failed/team/a/result-error.out`,
    });
    expect(JSON.parse((await objectAt(platform.s3, answer.OutputLocation)).text).pid).toBeGreaterThan(0);
  });

  test("may have an https address of S3 as its input", async () => {
    await input("by-https.json", { do: "bytes", bytes: 3 });
    const { OutputLocation } = await send({ InputLocation: `https://${bucket}.s3.${region}.amazonaws.com/by-https.json` });
    expect((await objectAt(platform.s3, OutputLocation)).text).toBe("xxx");
  });

  test("with an answer of many megabytes has all of it in the output object", async () => {
    const { OutputLocation } = await send({ Body: JSON.stringify({ do: "bytes", bytes: 20_000_000 }) });
    expect((await objectAt(platform.s3, OutputLocation)).text).toHaveLength(20_000_000);
    // An answer of this size is uploaded in parts.
    expect(await encryption(platform.s3, OutputLocation ?? "")).toEqual(["aws:kms", kmsKey]);
  });

  test("with an input larger than a synchronous request may be goes through", async () => {
    await putText(platform.s3, "large.bin", "x".repeat(12_000_000));
    const { OutputLocation } = await send({ InputLocation: `s3://${bucket}/large.bin` });
    expect(JSON.parse((await objectAt(platform.s3, OutputLocation)).text)).toEqual({ do: "size", bytes: 12_000_000 });
  });
});

describe("a success", () => {
  test("is told to the success topic in AWS's shape, with the response in it when the configuration says so", async () => {
    const asked = { ContentType: "application/json", Accept: "application/json", InferenceId: "told" };
    const InputLocation = await input("told.json", { do: "hold", gate: "told" });
    gates.open("told");
    const { OutputLocation } = await send({ InputLocation, ...asked });
    expect(await success.message("told")).toEqual({
      awsRegion: region,
      eventTime: iso,
      receivedTime: iso,
      invocationStatus: "Completed",
      requestParameters: {
        accept: "application/json",
        contentType: "application/json",
        endpointName: "later",
        inputLocation: InputLocation,
      },
      responseParameters: { contentType: "application/json", outputLocation: OutputLocation },
      responseBody: { content: Buffer.from('{"passed": "told"}').toString("base64"), encoding: "BASE64" },
      inferenceId: "told",
      eventVersion: "1.0",
      eventSource: "aws:sagemaker",
      eventName: "InferenceResult",
    });
  });

  test("whose response is longer than 128 KB is told without it", async () => {
    await send({ Body: JSON.stringify({ do: "bytes", bytes: 131_073 }), InferenceId: "too-long-to-tell" });
    expect(await success.message("too-long-to-tell")).not.toHaveProperty("responseBody");
    await send({ Body: JSON.stringify({ do: "bytes", bytes: 131_072 }), InferenceId: "just-told" });
    expect(await success.message("just-told")).toHaveProperty("responseBody");
  });
});

describe("a failure", () => {
  test("of the model is told to the error topic with AWS's reason, and its answer is in the failure object", async () => {
    const InputLocation = await input("failing.json", { do: "status", code: 503, text: "no capacity" });
    const { FailureLocation } = await send({ InputLocation, InferenceId: "failing", ContentType: "application/json" });
    expect(await failure.message("failing")).toEqual({
      awsRegion: region,
      eventTime: iso,
      receivedTime: iso,
      invocationStatus: "Failed",
      failureReason:
        "ClientError: Received server error (503) from model. See the SageMaker Endpoint logs in your account for more information.",
      requestParameters: { contentType: "application/json", endpointName: "later", inputLocation: InputLocation },
      failureLocation: FailureLocation,
      responseBody: { content: Buffer.from("no capacity").toString("base64"), encoding: "BASE64" },
      inferenceId: "failing",
      eventVersion: "1.0",
      eventSource: "aws:sagemaker",
      eventName: "InferenceResult",
    });
    expect(await objectAt(platform.s3, FailureLocation)).toEqual({ text: "no capacity", contentType: "text/plain" });
    expect(await encryption(platform.s3, FailureLocation ?? "")).toEqual(["aws:kms", kmsKey]);
  });

  test("to find the input comes after the request was accepted", async () => {
    const { FailureLocation } = await send({ InputLocation: `s3://${bucket}/absent.json`, InferenceId: "absent" });
    const { failureReason } = await failure.message("absent");
    expect(failureReason).toMatch(new RegExp(`^ClientError: Could not download s3://${bucket}/absent.json: `));
    expect((await objectAt(platform.s3, FailureLocation)).text).toBe(failureReason);
  });

  test("of a container that takes longer than InvocationTimeoutSeconds is told", async () => {
    await send({ Body: JSON.stringify({ do: "hold", gate: "never" }), InferenceId: "slow", InvocationTimeoutSeconds: 1 });
    const { failureReason } = await failure.message("slow");
    expect(failureReason).toMatch(/^ClientError: Your invocation timed out while waiting for a response from container primary\./);
    gates.open("never");
  });

  test("of a container that answers in chunks is AWS's", async () => {
    await send({ Body: JSON.stringify({ do: "stream", parts: ["a"] }), InferenceId: "chunked" });
    expect((await failure.message("chunked")).failureReason).toBe(
      "ClientError: The response from container primary did not specify the required Content-Length header",
    );
  });

  test("of a container that dies is told, and the requests after it are answered by the next one", async () => {
    await send({ Body: '{"do":"exit"}', InferenceId: "deadly" });
    // Until then the instance would take the next request too, which would die with it.
    expect((await failure.message("deadly")).failureReason).toContain("the container ended the connection without a whole answer");
    const next = await send({ Body: '{"do":"echo"}', InferenceId: "after-the-death" });
    expect(JSON.parse((await objectAt(platform.s3, next.OutputLocation)).text).pid).toBeGreaterThan(0);
  });
});

test("what became of each request is in the data-log of the instance that had it, under its id", async () => {
  const logGroupName = "/aws/sagemaker/Endpoints/later";
  await send({ Body: '{"do":"echo"}', InferenceId: "logged" });
  await send({ Body: JSON.stringify({ do: "status", code: 400, text: "no such row" }), InferenceId: "logged-no" });
  await send({ Body: JSON.stringify({ do: "stream", parts: ["a"] }), InferenceId: "logged-chunked" });
  const lines = async (): Promise<string[]> => {
    const { logStreams = [] } = await platform.logs.send(new DescribeLogStreamsCommand({ logGroupName }));
    const streams = logStreams.flatMap(({ logStreamName = "" }) =>
      /^primary\/i-[0-9a-f]{17}\/data-log$/.test(logStreamName) ? [logStreamName] : [],
    );
    const found = await Promise.all(streams.map((stream) => logLines(platform.logs, logGroupName, stream)));
    return found.flat().filter((line) => line.includes("[logged"));
  };
  await expect.poll(async () => (await lines()).length, { timeout: 60_000 }).toBe(3);
  const told = (await lines()).map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}:/, "")).sort();
  expect(told).toEqual([
    "[sagemaker logs] [logged-chunked] The response from container primary did not specify the required Content-Length header",
    '[sagemaker logs] [logged-no] Received client error (400) from primary with message "no such row"',
    expect.stringMatching(
      /^\[sagemaker logs\] \[logged\] Inference request succeeded\. ModelLatency: \d+ us, TimeInBacklog: \d+ ms, TotalProcessingTime: \d+ ms$/,
    ),
  ]);
});

test("an instance has no more requests at a time than MaxConcurrentInvocationsPerInstance, and the rest follow", async () => {
  const names = ["c0", "c1", "c2", "c3"];
  const answers = await Promise.all(names.map((gate) => send({ Body: JSON.stringify({ do: "hold", gate }), InferenceId: gate })));
  const reached = () => names.filter((gate) => gates.isReached(gate));
  await expect.poll(() => reached().length, { timeout: 60_000 }).toBe(2);
  const [first = "", second = ""] = reached();
  gates.open(first);
  await expect.poll(() => reached().length, { timeout: 60_000 }).toBe(3);
  gates.open(second);
  for (const gate of names) {
    gates.open(gate);
  }
  for (const { OutputLocation } of answers) {
    await objectAt(platform.s3, OutputLocation);
  }
  const { OutputLocation } = await send({ Body: '{"do":"most"}' });
  expect(JSON.parse((await objectAt(platform.s3, OutputLocation)).text)).toEqual({ most: 2 });
});

test("requests of a deleted endpoint go with it", async () => {
  const AsyncInferenceConfig = {
    OutputConfig: { S3OutputPath: `s3://${bucket}/gone` },
    ClientConfig: { MaxConcurrentInvocationsPerInstance: 1 },
  };
  await serveRuntimeModel(platform.sagemaker, { name: "gone", image, gates, more: { AsyncInferenceConfig } });
  await send({ EndpointName: "gone", Body: JSON.stringify({ do: "hold", gate: "deleted" }) });
  await gates.reached("deleted");
  await send({ EndpointName: "gone", Body: JSON.stringify({ do: "hold", gate: "never-begun" }) });
  await platform.sagemaker.send(new DeleteEndpointCommand({ EndpointName: "gone" }));
  gates.open("deleted");
  await waitUntilEndpointDeleted({ client: platform.sagemaker, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 }, { EndpointName: "gone" });
  expect(gates.isReached("never-begun")).toBe(false);
  const folder = join(platform.stateDir, "async-invocations", region);
  const kept = () => readdirSync(folder).filter((file) => readText(join(folder, file)).includes('"endpoint": "gone"'));
  await expect.poll(kept, { timeout: 60_000 }).toEqual([]);
});

test("an endpoint without paths and topics takes requests all the same", async () => {
  await createRuntimeModel(platform.sagemaker, { name: "mute", image, gates, more: { AsyncInferenceConfig: { OutputConfig: {} } } });
  let answer: Awaited<ReturnType<typeof send>> | undefined;
  await expect
    .poll(
      async () => {
        answer = await send({ EndpointName: "mute", Body: JSON.stringify({ do: "hold", gate: "mute" }) }).catch(() => undefined);
        return answer !== undefined;
      },
      { timeout: 60_000 },
    )
    .toBe(true);
  expect([answer?.OutputLocation, answer?.FailureLocation]).toEqual([undefined, undefined]);
  await gates.reached("mute");
  gates.open("mute");
});

test("boto3 sends requests, waits for their objects and meets AWS's errors", async () => {
  const { python } = await ensureDevTools();
  const script = join(__dirname, "boto3_async.py");
  const { stdout } = await promisify(execFile)(python, [script, platform.endpointUrl, "later", "now", bucket], { timeout: 100_000 });
  expect(JSON.parse(stdout)).toEqual({
    accepted: [202, "from-boto3", `s3://${bucket}/async/out/from-boto3.out`, `s3://${bucket}/async/failed/from-boto3-error.out`],
    result: { do: "size", bytes: 9 },
    inline: { do: "size", bytes: 6 },
    failed: "the model said no",
    synchronous: ["ValidationError", 400],
    asynchronous: ["ValidationError", 400],
  });
});

async function input(key: string, asked: object): Promise<string> {
  await putText(platform.s3, key, JSON.stringify(asked));
  return `s3://${bucket}/${key}`;
}

function send(more: Partial<InvokeEndpointAsyncCommandInput>) {
  return platform.runtime.send(new InvokeEndpointAsyncCommand({ EndpointName: "later", ...more }));
}

/** A file's text; none when it has just gone. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
