import { CloudWatchClient, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import {
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandInput,
  DeleteTrainingJobCommand,
  DescribeTrainingJobCommand,
  StopTrainingJobCommand,
  UpdateTrainingJobCommand,
} from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchWhole } from "../support/fetch-whole";
import { modelFiles, train, trainingEnd, until } from "./support/jobs";
import { bucket, getBytes, logFile, type Platform, putText, region, rejection, startPlatform } from "./support/platform";
import { trainingJob } from "./support/requests";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const spot: Partial<CreateTrainingJobCommandInput> = {
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 600, MaxWaitTimeInSeconds: 1200 },
  HyperParameters: { task: "interrupted" },
};

const describeJob = (name: string) => platform.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));

function interrupt(name: string, query = "", headers: Record<string, string> = {}): Promise<Response> {
  return fetchWhole(`${platform.endpointUrl}/_slipway/training-jobs/${name}/interrupt${query}`, { method: "POST", headers });
}

async function startSpot(name: string, more: Partial<CreateTrainingJobCommandInput> = {}): Promise<void> {
  await platform.sagemaker.send(new CreateTrainingJobCommand(trainingJob(platform, name, { ...spot, ...more })));
  await until(() => logFile(platform, name).then((text) => text.includes("waiting")), true);
}

function text(uri: string): Promise<string> {
  return getBytes(platform.s3, uri).then(String, () => "");
}

describe("a spot training job", () => {
  test("is interrupted on request (and waits for capacity while the other tests run)", async () => {
    await startSpot("spot-waits", { StoppingCondition: { MaxRuntimeInSeconds: 20, MaxWaitTimeInSeconds: 20 } });
    expect((await interrupt("spot-waits", `?capacitySeconds=600&region=${region}`)).status).toBe(202);
  });

  test("that is interrupted saves on SIGTERM, starts again with its checkpoints and ends by itself", async () => {
    const checkpoints = `s3://${bucket}/checkpoints/spot`;
    await startSpot("spot", { CheckpointConfig: { S3Uri: checkpoints } });
    await until(() => text(`${checkpoints}/early.txt`), "early");
    expect((await interrupt("spot", "?capacitySeconds=2")).status).toBe(202);
    const job = await trainingEnd(platform, "spot");
    expect([job.TrainingJobStatus, job.FailureReason]).toEqual(["Completed", undefined]);
    expect(job.SecondaryStatusTransitions?.map(({ Status }) => Status)).toEqual([
      "Starting",
      "Training",
      "Interrupted",
      "Starting",
      "Training",
      "Uploading",
      "Completed",
    ]);
    expect(await modelFiles(platform, job)).toEqual(new Map([["resumed.txt", "saved on SIGTERM"]]));
    expect(await text(`${checkpoints}/deep/state.txt`)).toBe("saved on SIGTERM");
    expect(job.EnableManagedSpotTraining).toBe(true);
    const whole = ((job.TrainingEndTime?.getTime() ?? 0) - (job.TrainingStartTime?.getTime() ?? 0)) / 1_000;
    expect(job.TrainingTimeInSeconds).toBeLessThanOrEqual(Math.max(1, Math.round(whole - 1)));
    expect(job.BillableTimeInSeconds).toBe(job.TrainingTimeInSeconds);
  });

  test("starts with the checkpoints that another job left", async () => {
    await putText(platform.s3, "checkpoints/left/deep/state.txt", "from before");
    const job = await train(platform, "spot-continues", { ...spot, CheckpointConfig: { S3Uri: `s3://${bucket}/checkpoints/left/` } });
    expect(await modelFiles(platform, job)).toEqual(new Map([["resumed.txt", "from before"]]));
  });

  test("that waits for capacity can be stopped", async () => {
    await startSpot("spot-stopped");
    await interrupt("spot-stopped", "?capacitySeconds=600");
    await until(async () => (await describeJob("spot-stopped")).SecondaryStatus, "Interrupted");
    await platform.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: "spot-stopped" }));
    const job = await trainingEnd(platform, "spot-stopped");
    expect([job.TrainingJobStatus, job.SecondaryStatus, job.ModelArtifacts]).toEqual(["Stopped", "Stopped", undefined]);
  });
});

test("an interruption is refused for what cannot be interrupted, with the reason", async () => {
  await train(platform, "on-demand", {});
  await train(platform, "spot-done", { ...spot, HyperParameters: {} });
  const refusals = [
    [await interrupt("nobody"), 409, `there is no training job nobody in ${region}`],
    [await interrupt("on-demand"), 409, "training job on-demand does not run on spot instances: create it with EnableManagedSpotTraining"],
    [await interrupt("spot-done"), 409, "training job spot-done is Completed: only one whose containers run can be interrupted"],
    [await interrupt("spot-done", "?capacitySeconds=soon"), 400, "capacitySeconds: got soon; allowed is a whole number from 0 to 2419200"],
    [
      await interrupt("spot-done", "", { origin: "http://evil.example" }),
      403,
      'the origin "http://evil.example" is refused: web pages of other sites may not use this endpoint',
    ],
  ] as const;
  for (const [response, status, message] of refusals) {
    expect([response.status, await response.json()]).toMatchObject([status, { message }]);
  }
});

test("a checkpoint folder outside of /opt/ml is refused", async () => {
  const job = await train(platform, "outside", { CheckpointConfig: { S3Uri: `s3://${bucket}/outside`, LocalPath: "/var/checkpoints" } });
  expect(job.FailureReason).toBe(
    "ClientError: CheckpointConfig.LocalPath /var/checkpoints lies outside of /opt/ml; the local endpoint reads and writes below /opt/ml only.",
  );
});

test("a job that the platform cannot start is tried again as often as RetryStrategy says", async () => {
  const specification = {
    TrainingImage: platform.image.uri,
    TrainingInputMode: "File" as const,
    ContainerEntrypoint: ["/no/such/program"],
  };
  const job = await train(platform, "retried", { AlgorithmSpecification: specification, RetryStrategy: { MaximumRetryAttempts: 2 } });
  expect(job.TrainingJobStatus).toBe("Failed");
  expect(job.FailureReason).toContain("InternalServerError: the container of image");
  expect(job.SecondaryStatusTransitions?.map(({ Status }) => Status)).toEqual([
    "Starting",
    "Training",
    "Starting",
    "Training",
    "Starting",
    "Training",
    "Failed",
  ]);
  expect(job.SecondaryStatusTransitions?.[2]?.StatusMessage).toContain("Retry 1 of 2 after: InternalServerError: the container of image");
});

test("every value of a metric is in CloudWatch under the job and under the host", async () => {
  const metrics = [{ Name: "train:loss", Regex: "loss=([0-9.]+)" }];
  const specification = { TrainingImage: platform.image.uri, TrainingInputMode: "File" as const, MetricDefinitions: metrics };
  const job = await train(platform, "measured", { AlgorithmSpecification: specification });
  expect(job.FinalMetricDataList?.map(({ MetricName, Value }) => [MetricName, Value])).toEqual([["train:loss", 0.333]]);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const cloudwatch = new CloudWatchClient({ endpoint: platform.endpointUrl, region, credentials });
  const created = job.CreationTime?.getTime() ?? 0;
  for (const dimension of [
    { Name: "TrainingJobName", Value: "measured" },
    { Name: "Host", Value: "measured/algo-1" },
  ]) {
    const { Datapoints } = await cloudwatch.send(
      new GetMetricStatisticsCommand({
        Namespace: "/aws/sagemaker/TrainingJobs",
        MetricName: "train:loss",
        Dimensions: [dimension],
        StartTime: new Date(created - 3_600_000),
        EndTime: new Date(created + 3_600_000),
        Period: 86_400,
        Statistics: ["SampleCount", "Maximum", "Minimum"],
      }),
    );
    const sum = (Datapoints ?? []).reduce((count, { SampleCount }) => count + (SampleCount ?? 0), 0);
    expect([sum, Math.max(...(Datapoints ?? []).map(({ Maximum }) => Maximum ?? 0))]).toEqual([3, 1]);
  }
  cloudwatch.destroy();
});

test("an update reaches a job that runs and not one that has ended, which can be deleted", async () => {
  await platform.sagemaker.send(new CreateTrainingJobCommand(trainingJob(platform, "updated", { HyperParameters: { fault: "hang" } })));
  await until(() => logFile(platform, "updated").then((log) => log.includes("hanging")), true);
  const update = (more: object) => platform.sagemaker.send(new UpdateTrainingJobCommand({ TrainingJobName: "updated", ...more }));
  await update({ RemoteDebugConfig: { EnableRemoteDebug: true }, ProfilerConfig: { DisableProfiler: true } });
  const running = await describeJob("updated");
  expect([running.RemoteDebugConfig, running.ProfilerConfig]).toEqual([{ EnableRemoteDebug: true }, { DisableProfiler: true }]);
  expect((await rejection(platform.sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName: "updated" })))).name).toBe(
    "ResourceInUse",
  );
  await platform.sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: "updated" }));
  await trainingEnd(platform, "updated");
  const late = await rejection(update({ ProfilerConfig: { DisableProfiler: false } }));
  expect(late.message).toBe("The profiler of training job updated cannot be updated: the job is in status Stopped, not InProgress.");
  await platform.sagemaker.send(new DeleteTrainingJobCommand({ TrainingJobName: "updated" }));
  expect((await rejection(describeJob("updated"))).message).toBe("Requested resource not found.");
});

test("a job that wants no compression leaves its model file by file", async () => {
  const job = await train(platform, "plain", { OutputDataConfig: { S3OutputPath: `s3://${bucket}/plain`, CompressionType: "NONE" } });
  expect(job.ModelArtifacts?.S3ModelArtifacts).toBe(`s3://${bucket}/plain/plain/output/model/`);
  expect(JSON.parse(await text(`s3://${bucket}/plain/plain/output/model/model.json`)).job).toBe("plain");
});

test("a spot training job ends as MaxWaitTimeExceeded when capacity does not come back in time", async () => {
  const job = await trainingEnd(platform, "spot-waits");
  expect([job.TrainingJobStatus, job.SecondaryStatus]).toEqual(["Stopped", "MaxWaitTimeExceeded"]);
  expect(job.SecondaryStatusTransitions?.map(({ Status }) => Status)).toContain("Interrupted");
});
