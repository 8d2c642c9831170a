import { execFileSync } from "node:child_process";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import {
  CreateModelCommand,
  CreateProcessingJobCommand,
  CreateTransformJobCommand,
  DescribeProcessingJobCommand,
  DescribeTransformJobCommand,
} from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBaseImage } from "../../tools/docker/ensure";
import { modelFiles, train } from "../contract/support/jobs";
import { bucket, type Platform, putText, role, startPlatform } from "../contract/support/platform";

let platform: Platform;

/** How long a job may take with containers of a loaded machine. */
const patience = { timeout: 180_000, interval: 500 };

beforeAll(async () => {
  platform = await startPlatform("docker", await ensureBaseImage());
  await putText(platform.s3, "rows/a.csv", "1,2\n3,4\n");
  await putText(platform.s3, "rows/b.csv", "5,6\n");
});
afterAll(() => platform.stop());

function read(key: string): Promise<string | undefined> {
  return platform.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key })).then(({ Body }) => Body?.transformToString());
}

test("the containers of a job reach each other by the names of their hosts, and leave no network", async () => {
  const networks = () =>
    execFileSync("docker", ["network", "ls", "--format", "{{.Name}}", "--filter", "name=slipway-docker-hosts"], { encoding: "utf8" });
  const job = await train(platform, "docker-hosts", {
    HyperParameters: { task: "meet" },
    ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 2, VolumeSizeInGB: 5 },
  });
  expect([job.TrainingJobStatus, job.FailureReason]).toEqual(["Completed", undefined]);
  const first = JSON.parse((await modelFiles(platform, job)).get("algo-1.json") ?? "{}");
  expect([first.seen, first.resources.network_interface_name]).toEqual([["algo-2"], "eth0"]);
  expect(networks()).toBe("");
});

test("a channel in Pipe mode is read by a container", async () => {
  const source = { S3DataType: "S3Prefix" as const, S3Uri: `s3://${bucket}/rows/` };
  const job = await train(platform, "docker-pipe", {
    HyperParameters: { task: "pipes", epochs: "2" },
    InputDataConfig: [{ ChannelName: "train", InputMode: "Pipe", DataSource: { S3DataSource: source } }],
  });
  expect([job.TrainingJobStatus, job.FailureReason]).toEqual(["Completed", undefined]);
  const read: { train: string[] } = JSON.parse((await modelFiles(platform, job)).get("pipes.json") ?? "{}");
  expect(read.train.map((epoch) => Buffer.from(epoch, "base64").toString())).toEqual(["1,2\n3,4\n5,6\n", "1,2\n3,4\n5,6\n"]);
});

test("a transform job is answered by a container", async () => {
  const { sagemaker, image } = platform;
  const container = { Image: image.uri, Environment: { TRANSFORM: "total" } };
  await sagemaker.send(new CreateModelCommand({ ModelName: "docker-total", ExecutionRoleArn: role, PrimaryContainer: container }));
  const source = { S3DataSource: { S3DataType: "S3Prefix" as const, S3Uri: `s3://${bucket}/rows/` } };
  await sagemaker.send(
    new CreateTransformJobCommand({
      TransformJobName: "docker-total",
      ModelName: "docker-total",
      TransformInput: { DataSource: source, ContentType: "text/csv", SplitType: "Line" },
      TransformOutput: { S3OutputPath: `s3://${bucket}/totals`, AssembleWith: "Line" },
      TransformResources: { InstanceType: "ml.m5.large", InstanceCount: 1 },
    }),
  );
  const status = async () =>
    (await sagemaker.send(new DescribeTransformJobCommand({ TransformJobName: "docker-total" }))).TransformJobStatus;
  await expect.poll(status, patience).not.toBe("InProgress");
  expect([await status(), await read("totals/a.csv.out"), await read("totals/b.csv.out")]).toEqual(["Completed", "3.0\n7.0\n", "11.0\n"]);
});

test("a processing job runs with the real /opt/ml, by an entry point of its own", async () => {
  const { sagemaker, image } = platform;
  const code =
    "import pathlib, sys; text = pathlib.Path(sys.argv[1], 'a.csv').read_text(); " +
    "pathlib.Path('/opt/ml/processing/out/copy').write_text(text); pathlib.Path('/opt/ml/output/message').write_text('copied')";
  const local = "/opt/ml/processing";
  const input = { S3Uri: `s3://${bucket}/rows/`, LocalPath: `${local}/in`, S3DataType: "S3Prefix" as const, S3InputMode: "File" as const };
  const output = { S3Uri: `s3://${bucket}/copies`, LocalPath: `${local}/out`, S3UploadMode: "EndOfJob" as const };
  await sagemaker.send(
    new CreateProcessingJobCommand({
      ProcessingJobName: "docker-copy",
      RoleArn: role,
      AppSpecification: { ImageUri: image.uri, ContainerEntrypoint: ["python3", "-c", code], ContainerArguments: [`${local}/in`] },
      ProcessingInputs: [{ InputName: "rows", S3Input: input }],
      ProcessingOutputConfig: { Outputs: [{ OutputName: "copy", S3Output: output }] },
      ProcessingResources: { ClusterConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 } },
    }),
  );
  const describe = () => sagemaker.send(new DescribeProcessingJobCommand({ ProcessingJobName: "docker-copy" }));
  await expect.poll(async () => (await describe()).ProcessingJobStatus, patience).not.toBe("InProgress");
  const { ProcessingJobStatus, FailureReason, ExitMessage } = await describe();
  expect([ProcessingJobStatus, FailureReason, ExitMessage]).toEqual(["Completed", undefined, "copied"]);
  expect(await read("copies/copy")).toBe("1,2\n3,4\n");
});
