import { imageUri, platform } from "../../../support/platform";
import type { Group } from "./table";

const other = { ...platform, bucketName: "other-artifacts" };
const roleArn = "arn:aws:iam::123456789012:role/train";

export const trainingGroups: readonly Group[] = [
  {
    component: "TrainingJob",
    title: "on spot capacity",
    base: {
      platform,
      model: "iris",
      image: imageUri,
      executionRoleArn: "arn:aws:iam::123456789012:role/base",
      instanceType: "ml.m5.large",
      channels: { train: "s3://data/iris/" },
    },
    rows: {
      platform: [other, "s3://other-artifacts/training/", null],
      model: ["tulips", "trainingJobName=tulips-", "Tulips"],
      image: [imageUri.replace(/5{64}/, "6".repeat(64)), `trainingImage=${imageUri.replace(/5{64}/, "6".repeat(64))}`, ""],
      executionRoleArn: [roleArn, `roleArn=${roleArn}`, ""],
      instanceType: ["ml.c5.xlarge", "instanceType=ml.c5.xlarge", "m5.large"],
      instanceCount: [3, "instanceCount=3", 101],
      volumeSizeInGb: [77, "volumeSizeInGb=77", 0],
      spot: [true, "enableManagedSpotTraining=true", "yes"],
      maxRuntime: ["90m", "maxRuntimeInSeconds=5400", "29d"],
      maxWait: ["3h", "maxWaitTimeInSeconds=10800", "1h"],
      "channels.more": ["s3://data/more/", "channelName=more", 5],
      hyperparameters: [{ depth: "4" }, "hyperParameters.depth=4", { depth: 4 }],
      environment: [{ MODE: "fast" }, "environment.MODE=fast", { "1": "fast" }],
      networkIsolation: [true, "enableNetworkIsolation=true", 1],
      tags: [{ team: "a" }, "tags.team=a", undefined],
    },
  },
  {
    component: "TrainingJob",
    title: "with its output elsewhere",
    base: {
      platform,
      model: "iris",
      image: imageUri,
      executionRoleArn: roleArn,
      instanceType: "ml.m5.large",
      channels: { train: "s3://data/iris/" },
    },
    rows: { outputPath: ["s3://results/iris", "s3OutputPath=s3://results/iris", "s3://results/iris/"] },
  },
  {
    component: "ModelService",
    title: "that trains",
    base: {
      platform,
      image: imageUri,
      realtime: { instanceType: "ml.m5.large" },
      training: { instanceType: "ml.m5.large", channels: { train: "s3://data/iris/" } },
    },
    rows: {
      "training.instanceType": ["ml.c5.xlarge", "instanceType=ml.c5.xlarge", "m5.large"],
      "training.instanceCount": [3, "instanceCount=3", 101],
      "training.volumeSizeInGb": [77, "volumeSizeInGb=77", 16_385],
      "training.spot": [true, "enableManagedSpotTraining=true", "yes"],
      "training.maxRuntime": ["90m", "maxRuntimeInSeconds=5400", "2 hours"],
      "training.maxWait": ["3h", "maxWaitTimeInSeconds=10800", "1h"],
      "training.channels": [{ train: "s3://data/other/" }, "s3Uri=s3://data/other/", {}],
      "training.hyperparameters": [{ depth: "4" }, "hyperParameters.depth=4", "depth=4"],
      "training.executionRoleArn": [roleArn, `roleArn=${roleArn}`, "arn:aws:iam::123456789012:user/train"],
      "training.environment": [{ MODE: "fast" }, "environment.MODE=fast", ["MODE=fast"]],
      "training.networkIsolation": [true, "enableNetworkIsolation=true", 1],
    },
  },
];
