import {
  CreateProcessingJobCommand,
  type CreateProcessingJobCommandInput,
  DeleteProcessingJobCommand,
  DescribeProcessingJobCommand,
  type DescribeProcessingJobCommandOutput,
  ListProcessingJobsCommand,
  StopProcessingJobCommand,
} from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "./support/jobs";
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
  role,
  startPlatform,
} from "./support/platform";

/** What the jobs run: it keeps what it was given, and fails or waits when told to. */
const script = `
import json, os, pathlib, sys, time
base = pathlib.Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
options = dict(argument.removeprefix("--").split("=", 1) for argument in sys.argv[1:])
data, out = pathlib.Path(options["data"]), pathlib.Path(options["out"])
config = json.loads((base / "config" / "resourceconfig.json").read_text())
me = config["current_host"]
print("processing on", me, flush=True)
job = json.loads((base / "config" / "processingjobconfig.json").read_text())
(out / f"{me}.json").write_text(json.dumps({
    "files": sorted(path.name for path in data.iterdir()) if data.is_dir() else [],
    "hosts": config["hosts"], "job": job["ProcessingJobName"], "arn": job["ProcessingJobArn"],
    "inputs": [each["InputName"] for each in job["ProcessingInputs"]], "custom": os.environ.get("CUSTOM"),
    "rewritten": os.environ.get("WHERE") == str(data),
}))
(base / "output").mkdir(exist_ok=True)
(base / "output" / "message").write_text(options.get("message", ""))
if options.get("fault") == "raise" and me == options.get("host", me):
    raise SystemExit(4)
while options.get("fault") in ("hang", "raise"):
    time.sleep(0.05)
`;

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
  await putText(platform.s3, "code/script.py", script);
  for (const name of ["a", "b", "c"]) {
    await putText(platform.s3, `rows/${name}.csv`, `${name}\n`);
  }
});
afterAll(() => platform.stop());

function s3Input(name: string, prefix: string, path: string, more: object = {}) {
  const source = { S3DataType: "S3Prefix" as const, S3InputMode: "File" as const, ...more };
  return { InputName: name, S3Input: { S3Uri: `s3://${bucket}/${prefix}`, LocalPath: `/opt/ml/processing/${path}`, ...source } };
}

function request(
  name: string,
  options: readonly string[] = [],
  more: Partial<CreateProcessingJobCommandInput> = {},
): CreateProcessingJobCommandInput {
  return {
    ProcessingJobName: name,
    RoleArn: role,
    AppSpecification: {
      ImageUri: platform.image.uri,
      ContainerEntrypoint: ["python3", "/opt/ml/processing/input/code/script.py"],
      ContainerArguments: ["--data=/opt/ml/processing/input/data", "--out=/opt/ml/processing/output", ...options],
    },
    ProcessingInputs: [s3Input("code", "code/", "input/code"), s3Input("data", "rows/", "input/data")],
    ProcessingOutputConfig: {
      Outputs: [
        {
          OutputName: "result",
          S3Output: { S3Uri: `s3://${bucket}/results/${name}`, LocalPath: "/opt/ml/processing/output", S3UploadMode: "EndOfJob" },
        },
      ],
    },
    ProcessingResources: { ClusterConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 5 } },
    Environment: { CUSTOM: "yes", WHERE: "/opt/ml/processing/input/data" },
    ...more,
  };
}

const describeJob = (name: string) => platform.sagemaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: name }));

async function ended(name: string): Promise<DescribeProcessingJobCommandOutput> {
  await until(async () => ["Completed", "Failed", "Stopped"].includes((await describeJob(name)).ProcessingJobStatus ?? ""), true);
  return describeJob(name);
}

async function run(...args: Parameters<typeof request>): Promise<DescribeProcessingJobCommandOutput> {
  await platform.sagemaker.send(new CreateProcessingJobCommand(request(...args)));
  return ended(args[0]);
}

const result = (name: string, file: string) =>
  getBytes(platform.s3, `s3://${bucket}/results/${name}/${file}`).then(
    (bytes) => JSON.parse(String(bytes)),
    () => undefined,
  );

test("a processing job gets its inputs, configuration and variables, and leaves its outputs, exit message and log", async () => {
  const outputs = {
    ...request("complete").ProcessingOutputConfig,
    KmsKeyId: kmsKey,
  } as CreateProcessingJobCommandInput["ProcessingOutputConfig"];
  const job = await run("complete", ["--message=all done"], { ProcessingOutputConfig: outputs });
  expect([job.ProcessingJobStatus, job.FailureReason, job.ExitMessage]).toEqual(["Completed", undefined, "all done"]);
  const arn = `arn:aws:sagemaker:${region}:${account}:processing-job/complete`;
  expect(job.ProcessingJobArn).toBe(arn);
  expect((job.ProcessingStartTime ?? 0) >= (job.CreationTime ?? 1) && (job.ProcessingEndTime ?? 0) >= (job.ProcessingStartTime ?? 1)).toBe(
    true,
  );
  expect(job.StoppingCondition).toEqual({ MaxRuntimeInSeconds: 86_400 });
  expect(await result("complete", "algo-1.json")).toEqual({
    files: ["a.csv", "b.csv", "c.csv"],
    hosts: ["algo-1"],
    job: "complete",
    arn,
    inputs: ["code", "data"],
    custom: "yes",
    rewritten: true,
  });
  expect(await encryption(platform.s3, `s3://${bucket}/results/complete/algo-1.json`)).toEqual(["aws:kms", kmsKey]);
  const stream = `complete/algo-1-${Math.floor((job.CreationTime?.getTime() ?? 0) / 1_000)}`;
  expect(await logLines(platform.logs, "/aws/sagemaker/ProcessingJobs", stream)).toEqual(["processing on algo-1"]);
});

test("a processing job of two instances gives each its share and stores the outputs of both", async () => {
  const cluster = { ClusterConfig: { InstanceType: "ml.m5.large" as const, InstanceCount: 2, VolumeSizeInGB: 5 } };
  const sharded = s3Input("data", "rows/", "input/data", { S3DataDistributionType: "ShardedByS3Key" });
  const job = await run("two", [], { ProcessingResources: cluster, ProcessingInputs: [s3Input("code", "code/", "input/code"), sharded] });
  expect([job.ProcessingJobStatus, job.FailureReason]).toEqual(["Completed", undefined]);
  expect((await result("two", "algo-1.json")).files).toEqual(["a.csv", "c.csv"]);
  expect((await result("two", "algo-2.json")).files).toEqual(["b.csv"]);
  expect((await result("two", "algo-2.json")).hosts).toEqual(["algo-1", "algo-2"]);
});

test("a processing job fails with the exit code and message of the host that failed, and stores no output", async () => {
  const cluster = { ClusterConfig: { InstanceType: "ml.m5.large" as const, InstanceCount: 2, VolumeSizeInGB: 5 } };
  const job = await run("fails", ["--fault=raise", "--host=algo-2", "--message=rows are missing"], { ProcessingResources: cluster });
  expect([job.ProcessingJobStatus, job.FailureReason, job.ExitMessage]).toEqual([
    "Failed",
    "AlgorithmError: See job logs for more information, exit code: 4",
    "rows are missing",
  ]);
  expect(await result("fails", "algo-2.json")).toBeUndefined();
});

test("an output that is uploaded continuously is there while the job runs; a stop keeps it", async () => {
  const output = { S3Uri: `s3://${bucket}/results/runs`, LocalPath: "/opt/ml/processing/output", S3UploadMode: "Continuous" as const };
  const outputs = { Outputs: [{ OutputName: "result", S3Output: output }] };
  await platform.sagemaker.send(new CreateProcessingJobCommand(request("runs", ["--fault=hang"], { ProcessingOutputConfig: outputs })));
  await until(async () => (await result("runs", "algo-1.json"))?.job, "runs");
  await platform.sagemaker.send(new StopProcessingJobCommand({ ProcessingJobName: "runs" }));
  const job = await ended("runs");
  expect([job.ProcessingJobStatus, job.FailureReason]).toEqual(["Stopped", undefined]);
  const again = await rejection(platform.sagemaker.send(new StopProcessingJobCommand({ ProcessingJobName: "runs" })));
  expect(again.message).toBe("The request was rejected because the processing job is in status Stopped.");
});

test("a processing job that runs too long is stopped, and its log says so", async () => {
  const job = await run("too-long", ["--fault=hang"], { StoppingCondition: { MaxRuntimeInSeconds: 1 } });
  expect(job.ProcessingJobStatus).toBe("Stopped");
  expect(await logFile(platform, "too-long")).toContain("The job ran longer than MaxRuntimeInSeconds (1) and is stopped.");
});

test("a processing job without data or entry point fails with the reason", async () => {
  const empty = await run("empty", [], { ProcessingInputs: [s3Input("data", "nothing/", "input/data")] });
  expect(empty.FailureReason).toContain(`ClientError: Data download failed: No S3 objects found under S3 URL "s3://${bucket}/nothing/"`);
  const without = await run("no-entry", [], { AppSpecification: { ImageUri: platform.image.uri } });
  expect(without.FailureReason).toBe(
    "ClientError: AppSpecification has no ContainerEntrypoint, and as a process an image has no entry point of its own: set ContainerEntrypoint.",
  );
});

test("a processing job that is refused says why", async () => {
  const send = (more: Partial<CreateProcessingJobCommandInput>) =>
    rejection(platform.sagemaker.send(new CreateProcessingJobCommand(request("complete", [], more)))).then(({ name, message }) => [
      name,
      message,
    ]);
  expect((await send({}))[0]).toBe("ResourceInUse");
  const outside = { ...s3Input("data", "rows/", ""), S3Input: { ...s3Input("data", "rows/", "").S3Input, LocalPath: "/tmp/data" } };
  expect(await send({ ProcessingInputs: [outside] })).toEqual([
    "ValidationException",
    "The LocalPath /tmp/data of ProcessingInput data must begin with /opt/ml/processing/",
  ]);
  expect(await send({ ProcessingInputs: [s3Input("data", "a", "a"), s3Input("data", "b", "b")] })).toEqual([
    "ValidationException",
    "The name data is used for more than one ProcessingInput; names must be unique.",
  ]);
});

test("processing jobs are listed by status, and deleted when they have ended", async () => {
  const list = async () =>
    (await platform.sagemaker.send(new ListProcessingJobsCommand({ StatusEquals: "Stopped", SortBy: "Name", SortOrder: "Ascending" })))
      .ProcessingJobSummaries;
  expect((await list())?.map(({ ProcessingJobName }) => ProcessingJobName)).toEqual(["runs", "too-long"]);
  await platform.sagemaker.send(new DeleteProcessingJobCommand({ ProcessingJobName: "runs" }));
  expect((await list())?.map(({ ProcessingJobName }) => ProcessingJobName)).toEqual(["too-long"]);
  expect((await rejection(describeJob("runs"))).message).toBe("Could not find requested job with name: runs");
});
