import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkArguments } from "../../../components/arguments";
import { Problems } from "../../../components/errors/problems";
import { jobArguments } from "../../../components/training/job-arguments";
import {
  checkTrainingRules,
  localChannelFolders,
  type TrainingArgs,
  trainingChecks,
  trainingSpec,
} from "../../../components/training/training-spec";

const least: TrainingArgs = { instanceType: "ml.m5.large", channels: { train: "s3://data/iris/" } };

function faultsOf(args: TrainingArgs): string[] {
  const problems = new Problems();
  checkArguments(trainingChecks, args, "training", problems);
  checkTrainingRules(args, "training", problems);
  return problems.faults.map(({ path, reason }) => `${path}: ${reason}`);
}

describe("training", () => {
  test("with the least arguments runs once on one instance, up to a day, without spot", () => {
    expect(trainingSpec(least)).toEqual({
      instanceType: "ml.m5.large",
      instanceCount: 1,
      volumeSizeInGb: 30,
      spot: false,
      maxRuntimeSeconds: 86_400,
      maxWaitSeconds: undefined,
      channels: [{ name: "train", kind: "s3", uri: "s3://data/iris/" }],
      hyperparameters: {},
      environment: {},
      networkIsolation: false,
    });
  });

  test("on spot waits up to twice its runtime, and never longer than 28 days", () => {
    expect(trainingSpec({ ...least, spot: true, maxRuntime: "2h" }).maxWaitSeconds).toBe(14_400);
    expect(trainingSpec({ ...least, spot: true, maxRuntime: "20d" }).maxWaitSeconds).toBe(28 * 86_400);
    expect(trainingSpec({ ...least, spot: true, maxRuntime: "2h", maxWait: "3h" }).maxWaitSeconds).toBe(10_800);
  });

  test("may not wait without spot, nor shorter than it runs", () => {
    expect(faultsOf({ ...least, maxWait: "3h" })).toEqual(['training.maxWait: got "3h" without spot; remove it, or set spot: true']);
    expect(faultsOf({ ...least, spot: true, maxRuntime: "2h", maxWait: "1h" })).toEqual([
      'training.maxWait: got "1h"; with spot it must be at least maxRuntime, 2h',
    ]);
  });

  test("knows which channels are folders of the project", () => {
    expect(localChannelFolders({ ...least, channels: { train: "models/iris/data", eval: "s3://data/eval" } })).toEqual([
      "models/iris/data",
    ]);
  });
});

describe("a channel", () => {
  test("of files has a hash of paths and bytes, and of nothing else", () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-channel-"));
    const hashOf = () => {
      const [channel] = trainingSpec({ ...least, channels: { train: folder } }).channels;
      return channel?.kind === "upload" ? channel.hash : undefined;
    };
    writeFileSync(join(folder, "a.csv"), "1,2\n");
    const first = hashOf();
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    writeFileSync(join(folder, ".DS_Store"), "noise");
    expect(hashOf()).toBe(first);
    writeFileSync(join(folder, "a.csv"), "1,3\n");
    expect(hashOf()).not.toBe(first);
  });

  test("of too many files, or of none, says what to do", () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-channel-"));
    expect(faultsOf({ ...least, channels: { train: folder } })).toEqual([
      `training.channels.train: got "${folder}"; the folder has no files`,
    ]);
    for (let index = 0; index < 51; index++) {
      writeFileSync(join(folder, `${index}.csv`), "");
    }
    expect(faultsOf({ ...least, channels: { train: folder } })).toEqual([
      expect.stringMatching(
        /with 51 files; at most 50 are uploaded; pack them into one archive, or copy the folder with `aws s3 sync` and give its s3:\/\/ URI$/,
      ),
    ]);
  });
});

describe("a job's arguments", () => {
  const values = {
    image: "repository@sha256:1",
    roleArn: "arn:aws:iam::123456789012:role/train",
    outputPath: "s3://bucket/training/iris",
    channels: [{ name: "train", uri: "s3://data/iris/" }],
    hyperparameters: { C: "0.5" },
    environment: {},
  };

  test("hold everything that decides the result", () => {
    expect(jobArguments(trainingSpec({ ...least, spot: true, maxRuntime: "2h" }), values)).toEqual({
      algorithmSpecification: { trainingImage: "repository@sha256:1", trainingInputMode: "File" },
      roleArn: "arn:aws:iam::123456789012:role/train",
      inputDataConfigs: [
        {
          channelName: "train",
          inputMode: "File",
          dataSource: { s3DataSource: { s3DataType: "S3Prefix", s3DataDistributionType: "FullyReplicated", s3Uri: "s3://data/iris/" } },
        },
      ],
      outputDataConfig: { s3OutputPath: "s3://bucket/training/iris" },
      resourceConfig: { instanceType: "ml.m5.large", instanceCount: 1, volumeSizeInGb: 30 },
      stoppingCondition: { maxRuntimeInSeconds: 7200, maxWaitTimeInSeconds: 14_400 },
      hyperParameters: { C: "0.5" },
      environment: {},
      spot: true,
      networkIsolation: false,
    });
  });

  test("encrypt output and volume with the platform's key, but not the volume of an instance with disks of its own", () => {
    const kmsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/1";
    const plain = jobArguments(trainingSpec(least), { ...values, kmsKeyArn });
    expect(plain.outputDataConfig).toEqual({ s3OutputPath: "s3://bucket/training/iris", kmsKeyId: kmsKeyArn });
    expect(plain.resourceConfig).toEqual({ instanceType: "ml.m5.large", instanceCount: 1, volumeSizeInGb: 30, volumeKmsKeyId: kmsKeyArn });
    const gpu = jobArguments(trainingSpec({ ...least, instanceType: "ml.g4dn.xlarge" }), { ...values, kmsKeyArn });
    expect(gpu.resourceConfig).toEqual({ instanceType: "ml.g4dn.xlarge", instanceCount: 1, volumeSizeInGb: 30 });
  });

  test("run in the platform's subnets when it has some", () => {
    const inside = jobArguments(trainingSpec(least), { ...values, subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] });
    expect(inside.vpcConfig).toEqual({ subnets: ["subnet-1"], securityGroupIds: ["sg-1"] });
  });
});
