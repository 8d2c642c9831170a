import { gunzipSync } from "node:zlib";
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  ListTrainingJobsCommand,
  StopTrainingJobCommand,
  waitUntilTrainingJobCompletedOrStopped,
} from "@aws-sdk/client-sagemaker";
import { extract } from "tar-stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  account,
  bucket,
  encryption,
  getBytes,
  kmsKey,
  logFile,
  logLines,
  type Platform,
  putText,
  region,
  rejection,
  startPlatform,
} from "./support/platform";
import { trainingJob } from "./support/requests";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
  await putText(platform.s3, "data/train/rows.csv", "1,2\n");
  await putText(platform.s3, "data/train/deep/more.csv", "3,4\n");
});
afterAll(() => platform.stop());

const channels = [
  { ChannelName: "train", DataSource: { S3DataSource: { S3DataType: "S3Prefix" as const, S3Uri: `s3://${bucket}/data/train` } } },
];

describe("a training job", () => {
  test("gets its channels, hyperparameters and variables, and leaves its model, output, metrics, log and history", async () => {
    const { sagemaker, s3, logs } = platform;
    const input = trainingJob(platform, "complete", {
      HyperParameters: { epochs: "3" },
      InputDataConfig: channels,
      Environment: { CUSTOM: "yes" },
      OutputDataConfig: { S3OutputPath: `s3://${bucket}/artifacts`, KmsKeyId: kmsKey },
    });
    const metrics = [{ Name: "loss", Regex: "loss=([0-9.]+)" }];
    const specification = { TrainingImage: platform.image.uri, TrainingInputMode: "File" as const, MetricDefinitions: metrics };
    const created = await sagemaker.send(new CreateTrainingJobCommand({ ...input, AlgorithmSpecification: specification }));
    const arn = `arn:aws:sagemaker:${region}:${account}:training-job/complete`;
    expect(created.TrainingJobArn).toBe(arn);
    await waitForEnd("complete");

    const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "complete" }));
    expect(job.TrainingJobStatus).toBe("Completed");
    expect(job.SecondaryStatusTransitions?.map(({ Status }) => Status)).toEqual([
      "Starting",
      "Downloading",
      "Training",
      "Uploading",
      "Completed",
    ]);
    expect(job.SecondaryStatusTransitions?.every(({ EndTime }) => EndTime instanceof Date)).toBe(true);
    expect(job.FinalMetricDataList?.map(({ MetricName, Value }) => [MetricName, Value])).toEqual([["loss", 0.333]]);
    expect(job.ModelArtifacts?.S3ModelArtifacts).toBe(`s3://${bucket}/artifacts/complete/output/model.tar.gz`);

    const model = JSON.parse((await untar(await getBytes(s3, job.ModelArtifacts?.S3ModelArtifacts ?? ""))).get("model.json") ?? "");
    expect(model).toEqual({
      parameters: { epochs: "3" },
      files: { "train/rows.csv": "1,2\n", "train/deep/more.csv": "3,4\n" },
      resources: expect.objectContaining({ current_host: "algo-1", hosts: ["algo-1"] }),
      channels: { train: { TrainingInputMode: "File", S3DistributionType: "FullyReplicated", RecordWrapperType: "None" } },
      job: "complete",
      arn,
      custom: "yes",
    });
    const output = await untar(await getBytes(s3, `s3://${bucket}/artifacts/complete/output/output.tar.gz`));
    expect([...output]).toEqual([["report.txt", "done"]]);
    for (const name of ["model", "output"]) {
      expect(await encryption(s3, `s3://${bucket}/artifacts/complete/output/${name}.tar.gz`)).toEqual(["aws:kms", kmsKey]);
    }
    const stream = `complete/algo-1-${Math.floor((job.CreationTime?.getTime() ?? 0) / 1_000)}`;
    expect(await logLines(logs, "/aws/sagemaker/TrainingJobs", stream)).toEqual([
      "training with 2 files",
      "step=0 loss=1.000",
      "step=1 loss=0.500",
      "step=2 loss=0.333",
    ]);
  });

  test("that fails tells the first 1024 characters of its failure file and its exit code, and its log is there at once", async () => {
    const { sagemaker, logs } = platform;
    await sagemaker.send(new CreateTrainingJobCommand(trainingJob(platform, "raises", { HyperParameters: { fault: "raise" } })));
    await waitForEnd("raises");
    const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "raises" }));
    expect(job.TrainingJobStatus).toBe("Failed");
    const failure = `KeyError: 'petal_lenght' (model.py:21 in fit)\n${"x".repeat(5_000)}`.slice(0, 1_024);
    expect(job.FailureReason).toBe(`AlgorithmError: ${failure}, exit code: 3`);
    expect(job.ModelArtifacts).toBeUndefined();
    const stream = `raises/algo-1-${Math.floor((job.CreationTime?.getTime() ?? 0) / 1_000)}`;
    expect(await logLines(logs, "/aws/sagemaker/TrainingJobs", stream)).toContain("Traceback: it failed");
  });

  test("without data under its channel's prefix fails and names the URL", async () => {
    const missing = [
      { ChannelName: "train", DataSource: { S3DataSource: { S3DataType: "S3Prefix" as const, S3Uri: `s3://${bucket}/nothing/` } } },
    ];
    await platform.sagemaker.send(new CreateTrainingJobCommand(trainingJob(platform, "no-data", { InputDataConfig: missing })));
    await waitForEnd("no-data");
    const job = await platform.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "no-data" }));
    expect(job.FailureReason).toContain(`ClientError: Data download failed: No S3 objects found under S3 URL "s3://${bucket}/nothing/"`);
  });

  test("that is stopped ends as Stopped and keeps what it had written to the model folder", async () => {
    const { sagemaker, s3 } = platform;
    await sagemaker.send(new CreateTrainingJobCommand(trainingJob(platform, "stopped", { HyperParameters: { fault: "hang" } })));
    await expect.poll(() => logFile(platform, "stopped"), { timeout: 20_000 }).toContain("hanging");
    await sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: "stopped" }));
    await waitForEnd("stopped");
    const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "stopped" }));
    expect([job.TrainingJobStatus, job.SecondaryStatus]).toEqual(["Stopped", "Stopped"]);
    expect([...(await untar(await getBytes(s3, job.ModelArtifacts?.S3ModelArtifacts ?? "")))]).toEqual([["partial.txt", "partial"]]);
    const again = await rejection(sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: "stopped" })));
    expect(again.name).toBe("ValidationException");
  });

  test("that runs too long is ended and says so", async () => {
    const { sagemaker } = platform;
    const request = trainingJob(platform, "too-long", {
      HyperParameters: { fault: "hang" },
      StoppingCondition: { MaxRuntimeInSeconds: 1 },
    });
    await sagemaker.send(new CreateTrainingJobCommand(request));
    await waitForEnd("too-long");
    const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "too-long" }));
    expect([job.TrainingJobStatus, job.SecondaryStatus]).toEqual(["Stopped", "MaxRuntimeExceeded"]);
  });

  test("whose name was used before is refused with ResourceInUse", async () => {
    const error = await rejection(platform.sagemaker.send(new CreateTrainingJobCommand(trainingJob(platform, "complete"))));
    expect(error.name).toBe("ResourceInUse");
    expect(error.message).toContain("a training job with this name already exists");
  });

  test("that nobody created is not found, in AWS's words", async () => {
    const error = await rejection(platform.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "nobody" })));
    expect([error.name, error.message]).toEqual(["ValidationException", "Requested resource not found."]);
  });
});

test("training jobs are listed newest first, page by page", async () => {
  const { sagemaker } = platform;
  const first = await sagemaker.send(new ListTrainingJobsCommand({ MaxResults: 2 }));
  const second = await sagemaker.send(new ListTrainingJobsCommand({ MaxResults: 2, NextToken: first.NextToken }));
  const names = [...(first.TrainingJobSummaries ?? []), ...(second.TrainingJobSummaries ?? [])].map((job) => job.TrainingJobName);
  expect(names).toEqual(["too-long", "stopped", "no-data", "raises"]);
  const failed = await sagemaker.send(new ListTrainingJobsCommand({ StatusEquals: "Failed", SortBy: "Name", SortOrder: "Ascending" }));
  expect(failed.TrainingJobSummaries?.map((job) => job.TrainingJobName)).toEqual(["no-data", "raises"]);
});

async function waitForEnd(name: string): Promise<void> {
  const waiter = { client: platform.sagemaker, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 };
  // The waiter counts Failed as its own failure; what the job ended as is asserted by each test.
  await waitUntilTrainingJobCompletedOrStopped(waiter, { TrainingJobName: name }).catch(() => undefined);
}

async function untar(archive: Buffer): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const entries = extract();
  entries.end(gunzipSync(archive));
  for await (const entry of entries) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) {
      chunks.push(chunk as Buffer);
    }
    files.set(entry.header.name, Buffer.concat(chunks).toString("utf8"));
  }
  return files;
}
