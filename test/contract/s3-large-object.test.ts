import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  CreateTrainingJobCommand,
  DescribeEndpointCommand,
} from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LargeObject, peakMemory } from "../support/large-object";
import { buildDaemon, DaemonFolder } from "./support/daemon-process";
import { invoke } from "./support/hosting";
import { trainingEnd } from "./support/jobs";
import { bucket, clientsOf, type Platform, role } from "./support/platform";
import { trainingJob } from "./support/requests";

/** More than each process may need in all. */
const bytes = 384 * 1024 * 1024;
const mostMemory = 300_000_000;
const patience = { timeout: 240_000, interval: 100 };
const folder = new DaemonFolder();

let platform: Platform;
let daemon: number;

beforeAll(async () => {
  buildDaemon();
  const image = await folder.buildImage();
  const { record } = await folder.start();
  daemon = record.pid;
  const stop = async () => undefined;
  platform = { ...clientsOf(record.endpointUrl), image, endpointUrl: record.endpointUrl, stateDir: folder.stateDir, stop };
  await platform.s3.send(new CreateBucketCommand({ Bucket: bucket }));
});
afterAll(() => folder.remove());

function expectLittleMemory(): void {
  const { daemon: own, services } = peakMemory(daemon);
  process.stdout.write(`peak memory: daemon ${Math.round(own / 1e6)} MB, services ${Math.round(services / 1e6)} MB\n`);
  expect(own).toBeLessThan(mostMemory);
  expect(services).toBeLessThan(mostMemory);
}

test("an object of 384 MiB goes in, out, into parts and into a copy with less than 300 MB in each process", {
  timeout: 280_000,
}, async () => {
  const object = new LargeObject(platform.s3, bucket, "large", bytes);
  await object.put();
  await object.get();
  await object.putInParts();
  await object.getRange();
  await object.copy();
  expectLittleMemory();
});

test("a training job leaves a model of 384 MiB, and an endpoint starts with it, with less than 300 MB", { timeout: 280_000 }, async () => {
  const { sagemaker, s3, image } = platform;
  // A file of which the disk has its end only.
  const write = `file = open("model/model.bin", "wb"); file.truncate(${bytes - 3}); file.seek(0, 2); file.write(b"end")`;
  const ContainerEntrypoint = ["python", "-c", write];
  const AlgorithmSpecification = { TrainingImage: image.uri, TrainingInputMode: "File" as const, ContainerEntrypoint };
  const OutputDataConfig = { S3OutputPath: `s3://${bucket}/artifacts`, CompressionType: "NONE" as const };
  await sagemaker.send(new CreateTrainingJobCommand(trainingJob(platform, "large", { AlgorithmSpecification, OutputDataConfig })));
  const ended = await trainingEnd(platform, "large");
  expect([ended.TrainingJobStatus, ended.FailureReason]).toEqual(["Completed", undefined]);
  const Prefix = "artifacts/large/output/model/";
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
  expect(Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([[`${Prefix}model.bin`, bytes]]);
  const last = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: `${Prefix}model.bin`, Range: "bytes=-3" }));
  expect(await last.Body?.transformToString()).toBe("end");

  const S3DataSource = { S3DataType: "S3Prefix" as const, CompressionType: "None" as const, S3Uri: `s3://${bucket}/${Prefix}` };
  const PrimaryContainer = { Image: image.uri, ModelDataSource: { S3DataSource }, Environment: { VERSION: "large" } };
  await sagemaker.send(new CreateModelCommand({ ModelName: "large", ExecutionRoleArn: role, PrimaryContainer }));
  const variant = { VariantName: "primary", ModelName: "large", InstanceType: "ml.m5.large" as const, InitialInstanceCount: 1 };
  await sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: "large", ProductionVariants: [variant] }));
  await sagemaker.send(new CreateEndpointCommand({ EndpointName: "large", EndpointConfigName: "large" }));
  const status = async () => {
    const { EndpointStatus, FailureReason } = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: "large" }));
    return `${EndpointStatus} ${FailureReason ?? ""}`;
  };
  await expect.poll(status, patience).not.toMatch(/^Creating/);
  expect(await status()).toBe("InService ");
  expect((await invoke(platform, "large")).version).toBe("large");
  expectLittleMemory();
});
