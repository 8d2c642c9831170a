import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { GetObjectCommand, ListMultipartUploadsCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateTrainingJobCommand, DescribeTrainingJobCommand } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { invoke } from "../support/hosting";
import { trainingEnd } from "../support/jobs";
import { bucket, region, type StartedPlatform, startPlatform } from "../support/platform";
import { createEndpoint, trainingJob } from "../support/requests";
import { rested } from "./deployment-loop";
import { childrenOf, commandLine, filesBelow } from "./support";

/** Of data that does not compress: long enough on the way for a test to meet it there. */
const modelBytes = 64 * 1024 * 1024;
const patience = { timeout: 90_000, interval: 5 };
const saysS3 = /S3 did not answer/;

let platform: StartedPlatform;
let caller: Caller;

/** Calls a live endpoint one request after the other, from the first test to the last. */
class Caller {
  answered = 0;
  readonly errors: unknown[] = [];
  private going = true;
  private readonly work = this.run();

  async stop(): Promise<void> {
    this.going = false;
    await this.work;
  }

  private async run(): Promise<void> {
    while (this.going) {
      await invoke(platform, "live").then(
        () => this.answered++,
        (error: unknown) => this.errors.push(error),
      );
    }
  }
}

beforeAll(async () => {
  platform = await startPlatform();
  await createEndpoint(platform, "live");
  await rested(platform.sagemaker, "live");
  caller = new Caller();
});
afterAll(async () => {
  await caller.stop();
  await platform.stop();
});

/** Kills the services behind S3, and returns when they are gone. */
async function killStorage(): Promise<void> {
  const [pid] = childrenOf(process.pid).filter((each) => commandLine(each).includes("ministack"));
  expect(pid).toBeDefined();
  if (pid !== undefined) {
    process.kill(pid, "SIGKILL");
    await expect.poll(() => commandLine(pid), patience).toBe("");
  }
}

/** After each fault: S3 is back by itself with what it had, and the live endpoint was not disturbed. */
async function allIsWell(): Promise<void> {
  const body = `written ${randomBytes(4).toString("hex")}`;
  const write = () => platform.s3.send(new PutObjectCommand({ Bucket: bucket, Key: "again.txt", Body: body }));
  await expect.poll(() => write().then(() => "stored", String), patience).toBe("stored");
  const { Body } = await platform.s3.send(new GetObjectCommand({ Bucket: bucket, Key: "again.txt" }));
  expect(await Body?.transformToString()).toBe(body);
  const { answered } = caller;
  await expect.poll(() => caller.answered, patience).toBeGreaterThan(answered);
  expect(caller.errors).toEqual([]);
}

/** A training job that leaves a large model. */
function largeModel(name: string): ReturnType<typeof trainingJob> {
  const write = `open("model/model.bin", "wb").write(__import__("os").urandom(${modelBytes}))`;
  const ContainerEntrypoint = ["python", "-c", write];
  const AlgorithmSpecification = { TrainingImage: platform.image.uri, TrainingInputMode: "File" as const, ContainerEntrypoint };
  return trainingJob(platform, name, { AlgorithmSpecification });
}

test("S3 killed while a training job uploads its model: it is uploaded again, whole", async () => {
  await platform.sagemaker.send(new CreateTrainingJobCommand(largeModel("uploading")));
  const uploads = () => platform.s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  const running = async () =>
    (await platform.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "uploading" }))).TrainingJobStatus === "InProgress";
  await expect.poll(async () => ((await uploads()).Uploads ?? []).length > 0 || !(await running()), patience).toBe(true);
  await killStorage();
  const ended = await trainingEnd(platform, "uploading");
  expect([ended.TrainingJobStatus, ended.FailureReason]).toEqual(["Completed", undefined]);
  const Key = (ended.ModelArtifacts?.S3ModelArtifacts ?? "").replace(`s3://${bucket}/`, "");
  const { ContentLength } = await platform.s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
  expect(ContentLength).toBeGreaterThan(modelBytes);
  await allIsWell();
});

test("S3 killed while an endpoint downloads its model: it is in service in the end, or says that S3 did not answer", async () => {
  await platform.sagemaker.send(new CreateTrainingJobCommand(largeModel("large")));
  const { ModelArtifacts } = await trainingEnd(platform, "large");
  await createEndpoint(platform, "downloading", { modelDataUrl: ModelArtifacts?.S3ModelArtifacts ?? "" });
  const folder = join(platform.stateDir, "run", "endpoints", region, "downloading");
  await expect.poll(() => filesBelow(folder).some((file) => file.endsWith("model.bin")), patience).toBe(true);
  await killStorage();
  const endpoint = await rested(platform.sagemaker, "downloading");
  process.stdout.write(`${endpoint?.EndpointStatus} ${endpoint?.FailureReason}\n`);
  if (endpoint?.EndpointStatus !== "InService") {
    expect(endpoint?.EndpointStatus).toBe("Failed");
    expect(endpoint?.FailureReason).toMatch(saysS3);
  }
  await allIsWell();
});

test("S3 killed while a training job downloads its data: the job ends well, or says that S3 did not answer", async () => {
  const source = `s3://${bucket}/artifacts/large/output/`;
  const DataSource = { S3DataSource: { S3DataType: "S3Prefix" as const, S3Uri: source } };
  const HyperParameters = { fault: "silent" };
  const InputDataConfig = [{ ChannelName: "training", DataSource }];
  await platform.sagemaker.send(new CreateTrainingJobCommand(trainingJob(platform, "reading", { InputDataConfig, HyperParameters })));
  const folder = join(platform.stateDir, "run", "training", region, "reading");
  await expect.poll(() => filesBelow(folder).some((file) => file.endsWith("model.tar.gz")), patience).toBe(true);
  await killStorage();
  const ended = await trainingEnd(platform, "reading");
  process.stdout.write(`${ended.TrainingJobStatus} ${ended.FailureReason}\n`);
  // The container itself cannot read text from such data, and says so with an exit code, once it has it all.
  expect(ended.FailureReason).toMatch(/S3 did not answer|AlgorithmError: .*exit code: \d+/);
  await allIsWell();
});
