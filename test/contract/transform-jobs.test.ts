import { gzipSync } from "node:zlib";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import {
  type ContainerDefinition,
  CreateModelCommand,
  CreateTransformJobCommand,
  type CreateTransformJobCommandInput,
  DescribeTransformJobCommand,
  type DescribeTransformJobCommandOutput,
  ListTagsCommand,
  ListTransformJobsCommand,
  StopTransformJobCommand,
} from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "./support/jobs";
import {
  account,
  bucket,
  encryption,
  getBytes,
  kmsKey,
  logFile,
  type Platform,
  putText,
  region,
  rejection,
  role,
  startPlatform,
} from "./support/platform";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
  await putText(platform.s3, "rows/a.csv", "1,2\n3,4\n5,6\n");
  await putText(platform.s3, "rows/deep/b.csv", "10,20\r\n30,40");
  await putText(platform.s3, "lines/a.jsonl", '{"id":1,"features":[1,2]}\n{"id":2,"features":[3,4]}\n');
});
afterAll(() => platform.stop());

async function createModel(name: string, environment: Record<string, string>, more: readonly Record<string, string>[] = []): Promise<void> {
  const container = (variables: Record<string, string>): ContainerDefinition => ({ Image: platform.image.uri, Environment: variables });
  const containers = [environment, ...more].map(container);
  const definition = containers.length === 1 ? { PrimaryContainer: container(environment) } : { Containers: containers };
  await platform.sagemaker.send(new CreateModelCommand({ ModelName: name, ExecutionRoleArn: role, ...definition }));
}

type More = Omit<Partial<CreateTransformJobCommandInput>, "TransformInput" | "TransformOutput"> & {
  readonly prefix?: string;
  readonly input?: Partial<CreateTransformJobCommandInput["TransformInput"]>;
  readonly output?: Partial<CreateTransformJobCommandInput["TransformOutput"]>;
};

function request(name: string, { prefix = "rows/", input, output, ...more }: More): CreateTransformJobCommandInput {
  return {
    TransformJobName: name,
    ModelName: name,
    TransformInput: {
      DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: `s3://${bucket}/${prefix}` } },
      ContentType: "text/csv",
      ...input,
    },
    TransformOutput: { S3OutputPath: `s3://${bucket}/out/${name}`, ...output },
    TransformResources: { InstanceType: "ml.m5.large", InstanceCount: 1 },
    ...more,
  };
}

const describeJob = (name: string) => platform.sagemaker.send(new DescribeTransformJobCommand({ TransformJobName: name }));

async function ended(name: string): Promise<DescribeTransformJobCommandOutput> {
  await until(async () => ["Completed", "Failed", "Stopped"].includes((await describeJob(name)).TransformJobStatus ?? ""), true);
  return describeJob(name);
}

/** A model that answers as `transform` says, and a job of the same name over it, waited for. */
async function run(name: string, environment: Record<string, string>, more: More = {}): Promise<DescribeTransformJobCommandOutput> {
  await createModel(name, environment);
  await platform.sagemaker.send(new CreateTransformJobCommand(request(name, more)));
  return ended(name);
}

function output(name: string, key: string): Promise<string | undefined> {
  return getBytes(platform.s3, `s3://${bucket}/out/${name}/${key}.out`).then(String, () => undefined);
}

describe("a transform job", () => {
  test("sends each object's lines in as few requests as the payload allows, and stores the answers under the object's name", async () => {
    const job = await run(
      "lines",
      { TRANSFORM: "total" },
      { input: { SplitType: "Line" }, output: { AssembleWith: "Line", KmsKeyId: kmsKey } },
    );
    expect([job.TransformJobStatus, job.FailureReason]).toEqual(["Completed", undefined]);
    expect(job.TransformJobArn).toBe(`arn:aws:sagemaker:${region}:${account}:transform-job/lines`);
    expect((job.TransformStartTime ?? 0) >= (job.CreationTime ?? 1)).toBe(true);
    expect((job.TransformEndTime ?? 0) >= (job.TransformStartTime ?? 1)).toBe(true);
    expect(await output("lines", "a.csv")).toBe("3.0\n7.0\n11.0\n");
    expect(await output("lines", "deep/b.csv")).toBe("30.0\n70.0\n");
    expect(await encryption(platform.s3, `s3://${bucket}/out/lines/a.csv.out`)).toEqual(["aws:kms", kmsKey]);
    expect(await logFile(platform, "lines")).toContain(
      "[sagemaker logs]: MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD",
    );
  });

  test("sends whole objects when it does not split them, and unpacks those that are compressed", async () => {
    await platform.s3.send(new PutObjectCommand({ Bucket: bucket, Key: "zipped/a.gz", Body: gzipSync("1,2\n3,4\n") }));
    await run("whole", { TRANSFORM: "seen" });
    expect(JSON.parse((await output("whole", "a.csv")) ?? "")).toEqual({ lines: 4, bytes: 12, start: "1,2\n3,4\n5,6\n" });
    await run("zipped", { TRANSFORM: "seen" }, { prefix: "zipped/", input: { CompressionType: "Gzip" } });
    expect(JSON.parse((await output("zipped", "a.gz")) ?? "")).toEqual({ lines: 3, bytes: 8, start: "1,2\n3,4\n" });
  });

  test("with single records sends one line at a time, as many at once as it may, and keeps their order", async () => {
    const numbers = Array.from({ length: 40 }, (_, index) => `${index},1`);
    await putText(platform.s3, "many/a.csv", numbers.join("\n"));
    const job = await run(
      "single",
      { TRANSFORM: "total" },
      {
        prefix: "many/",
        BatchStrategy: "SingleRecord",
        MaxConcurrentTransforms: 4,
        MaxPayloadInMB: 1,
        input: { SplitType: "Line" },
        output: { AssembleWith: "Line" },
      },
    );
    expect([job.TransformJobStatus, job.FailureReason]).toEqual(["Completed", undefined]);
    expect(await output("single", "a.csv")).toBe(numbers.map((_, index) => `${index + 1}.0\n`).join(""));
  });

  test("fills requests up to MaxPayloadInMB", async () => {
    const line = "x".repeat(399_999);
    await putText(platform.s3, "big/a.txt", Array.from({ length: 5 }, () => line).join("\n"));
    await run(
      "batches",
      { TRANSFORM: "seen" },
      {
        prefix: "big/",
        MaxPayloadInMB: 1,
        input: { SplitType: "Line" },
        output: { AssembleWith: "Line" },
      },
    );
    const batches = ((await output("batches", "a.txt")) ?? "")
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text).lines);
    expect(batches).toEqual([2, 2, 1]);
  });

  test("streams answers larger than memory should hold, in the order of the records", async () => {
    await putText(platform.s3, "letters/a.txt", "a\nb\nc\n");
    const job = await run(
      "large",
      { TRANSFORM: "large" },
      {
        prefix: "letters/",
        BatchStrategy: "SingleRecord",
        MaxConcurrentTransforms: 3,
        input: { SplitType: "Line", ContentType: "text/plain" },
      },
    );
    expect(job.FailureReason).toBeUndefined();
    const bytes = await getBytes(platform.s3, `s3://${bucket}/out/large/a.txt.out`);
    expect(bytes.length).toBe(9_000_000);
    expect([0, 2_999_999, 3_000_000, 6_000_000].map((at) => String.fromCharCode(bytes[at] ?? 0)).join("")).toBe("aabc");
  });

  test("asks the container for its execution parameters, which the job's own override", async () => {
    const parameters = JSON.stringify({ MaxConcurrentTransforms: 8, BatchStrategy: "SINGLE_RECORD", MaxPayloadInMB: 2 });
    await run(
      "parameters",
      { TRANSFORM: "seen", EXECUTION_PARAMETERS: parameters },
      {
        MaxPayloadInMB: 3,
        input: { SplitType: "Line" },
        output: { AssembleWith: "Line" },
      },
    );
    expect(await logFile(platform, "parameters")).toContain("MaxConcurrentTransforms=8, MaxPayloadInMB=3, BatchStrategy=SINGLE_RECORD");
    expect(((await output("parameters", "a.csv")) ?? "").trim().split("\n")).toHaveLength(3);
  });

  test("tells its containers that they serve it, and gives them its variables over the model's", async () => {
    await run(
      "variables",
      { TRANSFORM: "environment", CUSTOM: "model" },
      {
        BatchStrategy: "MultiRecord",
        MaxPayloadInMB: 4,
        MaxConcurrentTransforms: 2,
        Environment: { CUSTOM: "job" },
      },
    );
    expect(JSON.parse((await output("variables", "a.csv")) ?? "")).toEqual(["true", "MULTI_RECORD", "4", "2", "job"]);
  });

  test("passes each request through all containers of a pipeline", async () => {
    await createModel("pipeline", { TRANSFORM: "suffix", SUFFIX: "-first" }, [{ TRANSFORM: "suffix", SUFFIX: "-second" }]);
    await platform.sagemaker.send(new CreateTransformJobCommand(request("pipeline", { prefix: "rows/a.csv" })));
    expect((await ended("pipeline")).FailureReason).toBeUndefined();
    expect(await output("pipeline", "a.csv")).toBe("1,2\n3,4\n5,6\n-first-second");
  });

  test("on two instances gives each its share of the objects", async () => {
    const resources = { InstanceType: "ml.m5.large" as const, InstanceCount: 2 };
    const job = await run(
      "two",
      { TRANSFORM: "total" },
      {
        TransformResources: resources,
        input: { SplitType: "Line" },
        output: { AssembleWith: "Line" },
      },
    );
    expect(job.FailureReason).toBeUndefined();
    expect([await output("two", "a.csv"), await output("two", "deep/b.csv")]).toEqual(["3.0\n7.0\n11.0\n", "30.0\n70.0\n"]);
  });
});

describe("data processing", () => {
  test("filters CSV rows, joins them with their answers and filters the result", async () => {
    await putText(platform.s3, "named/a.csv", '"x, y",1,2\n"z",3,4\n');
    const job = await run(
      "csv-join",
      { TRANSFORM: "total" },
      {
        prefix: "named/",
        input: { SplitType: "Line" },
        output: { AssembleWith: "Line", Accept: "text/csv" },
        DataProcessing: { InputFilter: "$[1:]", JoinSource: "Input", OutputFilter: "$[0,-1]" },
      },
    );
    expect([job.TransformJobStatus, job.FailureReason]).toEqual(["Completed", undefined]);
    expect(await output("csv-join", "a.csv")).toBe('"x, y",3.0\n"z",7.0\n');
  });

  test("filters JSON lines, joins them as SageMakerOutput and keeps the names that are wanted", async () => {
    const lines = { prefix: "lines/", input: { SplitType: "Line" as const, ContentType: "application/jsonlines" } };
    const filter = { InputFilter: "$.features", JoinSource: "Input" as const };
    await run("json-join", { TRANSFORM: "total" }, { ...lines, output: { AssembleWith: "Line" }, DataProcessing: filter });
    expect(await output("json-join", "a.jsonl")).toBe(
      '{"id":1,"features":[1,2],"SageMakerOutput":{"total":3}}\n{"id":2,"features":[3,4],"SageMakerOutput":{"total":7}}\n',
    );
    await run(
      "json-names",
      { TRANSFORM: "total" },
      {
        ...lines,
        output: { AssembleWith: "Line" },
        DataProcessing: { ...filter, OutputFilter: "$['id','SageMakerOutput']" },
      },
    );
    expect(await output("json-names", "a.jsonl")).toBe('{"id":1,"SageMakerOutput":{"total":3}}\n{"id":2,"SageMakerOutput":{"total":7}}\n');
  });

  test("that finds nothing at its path fails the job, and a path that is none is refused", async () => {
    const job = await run(
      "no-path",
      { TRANSFORM: "total" },
      {
        prefix: "lines/",
        input: { SplitType: "Line", ContentType: "application/jsonlines" },
        DataProcessing: { InputFilter: "$.absent" },
      },
    );
    expect(job.FailureReason).toBe('ClientError: DataProcessing failed: $.absent finds no "absent"');
    const wrong = request("no-path", { DataProcessing: { InputFilter: "$..features" } });
    expect((await rejection(platform.sagemaker.send(new CreateTransformJobCommand(wrong)))).message).toBe(
      'DataProcessing has a filter that is no supported JSONPath: "$..features" is not understood from "..features" on',
    );
  });
});

describe("a transform job fails", () => {
  test("with the status and words of the model, and keeps the outputs of the objects that went well", async () => {
    await putText(platform.s3, "mixed/a.txt", "good");
    await putText(platform.s3, "mixed/b.txt", "bad");
    const job = await run("refused", { TRANSFORM: "refuse" }, { prefix: "mixed/", input: { ContentType: "text/plain" } });
    expect([job.TransformJobStatus, job.FailureReason]).toEqual([
      "Failed",
      `ClientError: See job logs for more information. s3://${bucket}/mixed/b.txt: Bad HTTP status received from algorithm: 415. bad input`,
    ]);
    expect([await output("refused", "a.txt"), await output("refused", "b.txt")]).toEqual(["fine", undefined]);
  });

  test("after the retries that ModelClientConfig allows, and not before", async () => {
    const one = { prefix: "rows/a.csv" };
    const steady = await run("retried", { TRANSFORM: "unsteady" }, { ...one, ModelClientConfig: { InvocationsMaxRetries: 2 } });
    expect([steady.TransformJobStatus, await output("retried", "a.csv")]).toEqual(["Completed", "3"]);
    const failed = await run("not-retried", { TRANSFORM: "unsteady" }, { ...one, ModelClientConfig: { InvocationsMaxRetries: 1 } });
    expect(failed.FailureReason).toBe(
      `AlgorithmError: See job logs for more information. s3://${bucket}/rows/a.csv: Bad HTTP status received from algorithm: 503. not yet`,
    );
  });

  test("when the model does not answer within the timeout", async () => {
    const config = { InvocationsTimeoutInSeconds: 1, InvocationsMaxRetries: 0 };
    const job = await run("hangs", { TRANSFORM: "hang" }, { prefix: "rows/a.csv", ModelClientConfig: config });
    expect(job.FailureReason).toBe(
      `AlgorithmError: See job logs for more information. s3://${bucket}/rows/a.csv: The model did not answer within 1 seconds.`,
    );
  });

  test("with the container's exit code when it dies", async () => {
    const job = await run("dies", { TRANSFORM: "die" }, { prefix: "rows/a.csv" });
    expect(job.FailureReason).toMatch(/^AlgorithmError: The container of model dies ended with exit code 9\./);
  });

  test("with the container's last words when it does not start", async () => {
    const job = await run("broken", { FAULT: "load" });
    expect(job.FailureReason).toBe(
      "AlgorithmError: The container of model broken ended with exit code 1. Last line: ValueError: the model cannot be loaded",
    );
  });

  test("when an object is larger than one request may be, or there is none", async () => {
    const large = await run(
      "too-large",
      { TRANSFORM: "seen" },
      { prefix: "big/", MaxPayloadInMB: 1, input: { ContentType: "text/plain" } },
    );
    expect(large.FailureReason).toBe(
      `ClientError: s3://${bucket}/big/a.txt has 1999999 bytes, more than the 1048576 that MaxPayloadInMB allows for one request.`,
    );
    const empty = await run("empty", { TRANSFORM: "seen" }, { prefix: "nothing/" });
    expect(empty.FailureReason).toContain(`ClientError: Data download failed: No S3 objects found under S3 URL "s3://${bucket}/nothing/"`);
  });
});

test("a transform job that is refused says why", async () => {
  const send = (more: More & { readonly ModelName?: string }) =>
    rejection(platform.sagemaker.send(new CreateTransformJobCommand(request("lines", more)))).then(({ name, message }) => [name, message]);
  expect(await send({ ModelName: "absent" })).toEqual([
    "ValidationException",
    `Could not find model "arn:aws:sagemaker:${region}:${account}:model/absent".`,
  ]);
  expect(await send({ MaxConcurrentTransforms: 11, MaxPayloadInMB: 10 })).toEqual([
    "ValidationException",
    "MaxConcurrentTransforms * MaxPayloadInMB is 110 MB; it cannot exceed 100 MB.",
  ]);
  expect((await send({}))[0]).toBe("ResourceInUse");
});

test("a transform job that is stopped ends as Stopped; jobs are listed by status", async () => {
  await createModel("stopped", { TRANSFORM: "hang" });
  const hang = request("stopped", { prefix: "rows/a.csv" });
  await platform.sagemaker.send(new CreateTransformJobCommand({ ...hang, Tags: [{ Key: "team", Value: "data" }] }));
  await until(() => logFile(platform, "stopped").then((text) => text.includes("hanging")), true);
  await platform.sagemaker.send(new StopTransformJobCommand({ TransformJobName: "stopped" }));
  const job = await ended("stopped");
  expect([job.TransformJobStatus, job.FailureReason]).toEqual(["Stopped", undefined]);
  const again = await rejection(platform.sagemaker.send(new StopTransformJobCommand({ TransformJobName: "stopped" })));
  expect(again.message).toBe("The request was rejected because the transform job is in status Stopped.");
  const { Tags } = await platform.sagemaker.send(new ListTagsCommand({ ResourceArn: job.TransformJobArn }));
  expect(Tags).toEqual([{ Key: "team", Value: "data" }]);
  const { TransformJobSummaries } = await platform.sagemaker.send(new ListTransformJobsCommand({ StatusEquals: "Stopped" }));
  expect(TransformJobSummaries?.map(({ TransformJobName }) => TransformJobName)).toEqual(["stopped"]);
});
