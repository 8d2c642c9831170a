import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AsyncProgress, bytes, json, SlipwayClient, type Submission } from "../../client";
import { Topic } from "./support/async-results";
import { bucket, getBytes, putText, region, rejection, type StartedPlatform, startPlatform } from "./support/platform";
import { Gates, serveRuntimeModel } from "./support/runtime-endpoint";

let platform: StartedPlatform;
let client: SlipwayClient;
let queueUrl: string;
const topics: Topic[] = [];
const gates = new Gates();
const folder = mkdtempSync(join(tmpdir(), "slipway-client-"));

beforeAll(async () => {
  platform = await startPlatform();
  const [success, failure] = [await Topic.create(platform.endpointUrl, "success"), await Topic.create(platform.endpointUrl, "failure")];
  topics.push(success, failure);
  queueUrl = await queueOn([success.arn, failure.arn]);
  const image = (await platform.build("runtime")).uri;
  const AsyncInferenceConfig = {
    OutputConfig: {
      S3OutputPath: `s3://${bucket}/out`,
      S3FailurePath: `s3://${bucket}/failed`,
      NotificationConfig: { SuccessTopic: success.arn, ErrorTopic: failure.arn },
    },
    ClientConfig: { MaxConcurrentInvocationsPerInstance: 32 },
  };
  await serveRuntimeModel(platform.sagemaker, { name: "later", image, gates, more: { AsyncInferenceConfig } });
  const quiet = { OutputConfig: { S3OutputPath: `s3://${bucket}/quiet`, S3FailurePath: `s3://${bucket}/quiet-failed` } };
  const more = { AsyncInferenceConfig: { ...quiet, ClientConfig: { MaxConcurrentInvocationsPerInstance: 32 } } };
  await serveRuntimeModel(platform.sagemaker, { name: "quiet", image, gates, more });
  client = SlipwayClient.fromModels(
    {
      later: { endpointName: "later", kind: "async", inputLocation: `s3://${bucket}/in` },
      quiet: { endpointName: "quiet", kind: "async", inputLocation: `s3://${bucket}/quiet-in/` },
      placeless: { endpointName: "quiet", kind: "async" },
    },
    { endpoint: platform.endpointUrl, region },
  );
});
afterAll(async () => {
  client.close();
  for (const topic of topics) topic.close();
  await platform.stop();
  gates.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe("an asynchronous request", () => {
  test("is uploaded, submitted and waited for, and says how far it is", async () => {
    const seen: AsyncProgress[] = [];
    const onProgress = (progress: AsyncProgress) => seen.push(progress);
    const submission = await client.model("quiet").submit({ do: "hold", gate: "told" }, { inferenceId: "told", onProgress });
    expect(submission).toMatchObject({
      model: "quiet",
      endpointName: "quiet",
      inferenceId: "told",
      inputLocation: expect.stringMatching(new RegExp(`^s3://${bucket}/quiet-in/told-[0-9a-f-]{36}$`)),
      outputLocation: `s3://${bucket}/quiet/told.out`,
      failureLocation: `s3://${bucket}/quiet-failed/told-error.out`,
    });
    expect(await client.model("quiet").result(submission)).toBeUndefined();
    const waited = client.model("quiet").wait(submission, { onProgress });
    await expect.poll(() => seen.some(({ state }) => state === "waiting"), { timeout: 60_000 }).toBe(true);
    gates.open("told");
    const answer = await waited;
    expect([answer.value, answer.contentType, answer.inferenceId]).toEqual([{ passed: "told" }, "application/json", "told"]);
    expect(seen.map(({ state }) => state).slice(0, 3)).toEqual(["uploading", "submitted", "waiting"]);
    expect((await client.model("quiet").result(JSON.parse(JSON.stringify(submission)) as Submission))?.value).toEqual({ passed: "told" });
  });

  test("may have a file of many megabytes as its input, which goes up in parts", async () => {
    const path = join(folder, "large.bin");
    writeFileSync(path, Buffer.alloc(20_000_000, "x"));
    const model = client.model("quiet", { request: bytes(), response: json<{ bytes: number }>() });
    const submission = await model.submitFile(path);
    expect((await getBytes(platform.s3, submission.inputLocation ?? "")).length).toBe(20_000_000);
    expect((await model.wait(submission)).value.bytes).toBe(20_000_000);
  });

  test("may have its input in S3 already, or inside the request when there is no place for it", async () => {
    await putText(platform.s3, "ready.json", '{"do":"size","bytes":7}');
    const ready = await client.model("placeless").submitObject(`s3://${bucket}/ready.json`);
    expect((await client.model("placeless").wait(ready)).value).toEqual({ do: "size", bytes: 7 });
    const inline = await client.model("placeless").submit({ do: "size", bytes: 8 });
    expect([inline.inputLocation, (await client.model("placeless").wait(inline)).value]).toEqual([undefined, { do: "size", bytes: 8 }]);
    const large = client.model("placeless").submit("x".repeat(128_001), { contentType: "text/plain" });
    await expect(large).rejects.toThrow("Give inputLocation where the model is described");
  });

  test("that the model refuses is an AsyncInvocationError with the container's words", async () => {
    const submission = await client.model("quiet").submit({ do: "status", code: 503, text: "no capacity" });
    const error = await rejection(client.model("quiet").wait(submission));
    expect(error).toMatchObject({
      name: "AsyncInvocationError",
      inferenceId: submission.inferenceId,
      originalMessage: "no capacity",
      failureLocation: submission.failureLocation,
    });
  });

  test("that lasts longer than the caller waits goes on, and is waited for again", async () => {
    const submission = await client.model("quiet").submit({ do: "hold", gate: "long" });
    const error = await rejection(client.model("quiet").wait(submission, { timeoutMs: 300 }));
    expect(error).toMatchObject({ name: "WaitTimeoutError", timeoutMs: 300, outputLocation: submission.outputLocation });
    const abort = new AbortController();
    const waited = client.model("quiet").wait(submission, { signal: abort.signal });
    abort.abort(new Error("the user left"));
    await expect(waited).rejects.toThrow("the user left");
    gates.open("long");
    expect((await client.model("quiet").wait(submission)).value).toEqual({ passed: "long" });
  });

  test("to a bucket that is not there, or an endpoint that is not there, says so", async () => {
    const models = {
      homeless: { endpointName: "quiet", kind: "async" as const, inputLocation: "s3://no-such-bucket/in" },
      absent: { endpointName: "absent", kind: "async" as const, inputLocation: `s3://${bucket}/in` },
    };
    const lost = SlipwayClient.fromModels(models, { endpoint: platform.endpointUrl, region });
    expect(await rejection(lost.model("homeless").submit({}))).toMatchObject({ name: "StorageError", code: "NoSuchBucket" });
    expect(await rejection(lost.model("absent").submit({}))).toMatchObject({ name: "EndpointNotFoundError", endpointName: "absent" });
    lost.close();
  });
});

describe("a queue on the topics", () => {
  test("ends the wait with its message, for results and for failures with AWS's reason", async () => {
    const model = client.model("later");
    const good = await model.submit({ do: "hold", gate: "queued" });
    const waited = model.wait(good, { queueUrl });
    gates.open("queued");
    expect((await waited).value).toEqual({ passed: "queued" });
    const failing = await model.submit({ do: "hold", gate: "never" }, { invocationTimeoutSeconds: 1 });
    const error = await rejection(model.wait(failing, { queueUrl }));
    expect(error).toMatchObject({ name: "AsyncInvocationError", inferenceId: failing.inferenceId });
    expect(String(error.originalMessage)).toContain("timed out while waiting for a response from container primary");
    gates.open("never");
  });

  test("that does not exist is told, and nothing is waited for", async () => {
    const submission = await client.model("later").submit({ do: "hold", gate: "unqueued" });
    const error = await rejection(client.model("later").wait(submission, { queueUrl: `${queueUrl}-absent` }));
    expect(error).toMatchObject({ name: "StorageError", message: expect.stringContaining(`${queueUrl}-absent`) });
    gates.open("unqueued");
  });
});

test("of a thousand requests submitted at once none is lost", async () => {
  // Inside the request: what is tested is that each is kept and answered, not a thousand uploads.
  const model = client.model<{ do: "size"; bytes: number }, { bytes: number }>("placeless");
  const numbers = Array.from({ length: 1_000 }, (_, index) => index);
  const submissions = await Promise.all(numbers.map((bytes) => model.submit({ do: "size", bytes })));
  expect(new Set(submissions.map(({ inferenceId }) => inferenceId)).size).toBe(1_000);
  const answers = await Promise.all(submissions.map((submission) => model.wait(submission)));
  expect(answers.map(({ value }) => value.bytes)).toEqual(numbers);
}, 240_000);

/** A queue subscribed to topics as SNS does by default, with its envelope around each message. */
async function queueOn(arns: readonly string[]): Promise<string> {
  const common = { endpoint: platform.endpointUrl, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const [sns, sqs] = [new SNSClient(common), new SQSClient(common)];
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "results" }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }));
  for (const TopicArn of arns) await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: Attributes?.QueueArn }));
  sns.destroy();
  sqs.destroy();
  return QueueUrl;
}
