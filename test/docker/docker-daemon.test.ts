import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { CreateTrainingJobCommand, DescribeTrainingJobCommand } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildDaemon, DaemonFolder } from "../contract/support/daemon-process";
import { untar } from "../contract/support/jobs";
import { bucket, clientsOf, getBytes, putText, startPlatform } from "../contract/support/platform";
import { trainingJob } from "../contract/support/requests";
import { baseImage } from "./support/kit-image";

const tag = "slipway-test/echo:daemon";
const aws = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3";
const folder = new DaemonFolder();
const patience = { timeout: 120_000, interval: 200 };
let flags: readonly string[] = [];

beforeAll(async () => {
  const base = await baseImage();
  flags = ["--runner", "docker"];
  buildDaemon();
  const platform = await startPlatform("docker", base);
  for (const name of [tag, aws]) docker("tag", platform.image.dockerImageId ?? "", name);
  await platform.stop();
});
afterAll(async () => {
  await folder.remove();
  for (const name of [tag, aws]) docker("image", "rm", name);
});

test("a daemon that is killed leaves two hosts and their network; the next one removes them and tells that the job failed", async () => {
  const { child, record } = await folder.start(flags);
  const { sagemaker, s3 } = clientsOf(record.endpointUrl);
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const image = { uri: tag } as Parameters<typeof trainingJob>[0]["image"];
  const two = { InstanceType: "ml.m5.large" as const, InstanceCount: 2, VolumeSizeInGB: 5 };
  await sagemaker.send(
    new CreateTrainingJobCommand(trainingJob({ image }, "killed-daemon", { ResourceConfig: two, HyperParameters: { fault: "hang" } })),
  );
  await expect.poll(() => left(), patience).toHaveLength(3);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(left()).toHaveLength(3);

  const next = await folder.start(flags);
  expect(left()).toEqual([]);
  const job = await clientsOf(next.record.endpointUrl).sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "killed-daemon" }));
  expect(job.TrainingJobStatus).toBe("Failed");
  expect(job.FailureReason).toContain("killed while this job ran");
});

test("an image of AWS's that the engine has is run as it is, and told where its code was unpacked", async () => {
  const { sagemaker, s3 } = clientsOf(folder.record()?.endpointUrl ?? "");
  await putText(s3, "code/broken.tar.gz", "this is no archive");
  const image = { uri: aws } as Parameters<typeof trainingJob>[0]["image"];
  const script = { sagemaker_program: "train.py" };
  const archive = execFileSync("tar", ["-czf", "-", "-C", __dirname, "docker-daemon.test.ts"]);
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "code/code.tar.gz", Body: archive }));
  const good = { ...script, sagemaker_submit_directory: JSON.stringify(`s3://${bucket}/code/code.tar.gz`) };
  await sagemaker.send(new CreateTrainingJobCommand(trainingJob({ image }, "aws-image", { HyperParameters: good })));
  const code = { sagemaker_submit_directory: `s3://${bucket}/code/broken.tar.gz` };
  await sagemaker.send(new CreateTrainingJobCommand(trainingJob({ image }, "aws-broken", { HyperParameters: { ...script, ...code } })));
  const read = (name: string) => sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
  await expect.poll(async () => (await read("aws-image")).TrainingJobStatus, patience).toMatch(/^(Completed|Failed)$/);
  const { FailureReason: reason, ModelArtifacts: artifacts } = await read("aws-image");
  expect(reason).toBeUndefined();
  const model = (await untar(await getBytes(s3, artifacts?.S3ModelArtifacts ?? ""))).get("model.json") ?? "{}";
  expect(JSON.parse(model).parameters).toEqual({ ...script, sagemaker_submit_directory: '"/opt/ml/code"' });
  await expect.poll(async () => (await read("aws-broken")).TrainingJobStatus, patience).toBe("Failed");
  expect((await read("aws-broken")).FailureReason).toContain("AlgorithmError: the code s3://");
});

test("an image that Docker cannot pull fails its job with the login that may be missing", async () => {
  const { sagemaker } = clientsOf(folder.record()?.endpointUrl ?? "");
  // None that the kit stands for: such a job would run.
  const uri = "763104351884.dkr.ecr.eu-west-1.amazonaws.com/tensorflow-training:2.14.1-cpu-py310";
  const image = { uri } as Parameters<typeof trainingJob>[0]["image"];
  await sagemaker.send(new CreateTrainingJobCommand(trainingJob({ image }, "not-pulled", {})));
  const read = () => sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "not-pulled" }));
  await expect.poll(async () => (await read()).TrainingJobStatus, patience).toBe("Failed");
  const { FailureReason: reason } = await read();
  expect(reason).toContain(
    `ClientError: Cannot pull the training image ${uri}: it was not built on this machine, and Docker cannot pull it`,
  );
  expect(reason).toContain("aws ecr get-login-password --region eu-west-1 | docker login --username AWS --password-stdin 763104351884");
});

/** Containers of the job, and its network. */
function left(): string[] {
  const found = [
    docker("ps", "--quiet", "--filter", "name=slipway-killed-daemon"),
    docker("network", "ls", "--quiet", "--filter", "name=slipway-killed-daemon"),
  ];
  return found.flatMap((text) => text.split("\n")).filter((line) => line !== "");
}

function docker(...args: string[]): string {
  return execFileSync("docker", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}
