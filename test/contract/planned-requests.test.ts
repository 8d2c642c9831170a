import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ModelService, type ModelServiceArgs } from "../../components";
import type { FakeAws } from "../local/provider/fake-aws";
import { MockedEngine } from "../support/mocks";
import { imageUri, platform } from "../support/platform";
import { promiseOf } from "../support/promise-of";
import { requestsOf, startAnsweringAws } from "./support/planned-requests";
import { type AwsRequest, requestFaults } from "./support/requests-checked";

const kmsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/1";
const topic = "arn:aws:sns:eu-central-1:123456789012:results";
const base = { platform, image: imageUri, modelData: "s3://shop-artifacts/model.tar.gz" };
const inside = { ...platform, kmsKeyArn, subnetIds: ["subnet-0a"], securityGroupIds: ["sg-0a"] };
const candidate = { weight: 1, modelDataUrl: "s3://shop-artifacts/candidate/model.tar.gz", environment: { MODE: "fast" } };
const morning = { schedule: "cron(0 8 ? * MON-FRI *)", timezone: "Europe/Berlin", min: 4, max: 10, startTime: "2026-12-01T00:00:00Z" };
const percent = (value: number) => ({ type: "CAPACITY_PERCENT", value });

/** One declaration for each way to be served, with all that it takes. */
const declarations: Readonly<Record<string, ModelServiceArgs>> = {
  trained: {
    platform: inside,
    code: "models/iris",
    training: {
      instanceType: "ml.m5.large",
      spot: true,
      maxRuntime: "2h",
      channels: { train: "models/iris/data" },
      hyperparameters: { depth: "3" },
    },
    realtime: { instanceType: "ml.m5.large" },
  },
  variants: {
    ...base,
    platform: inside,
    environment: { MODE: "plain" },
    realtime: {
      instanceType: "ml.m5.large",
      instances: { min: 2, max: 4, requestsPerSecond: 12.5, scaleInCooldown: "2m", scheduledActions: { morning } },
      volumeSizeInGb: 512,
      startupTimeout: "1h",
      downloadTimeout: "60s",
      routing: "LEAST_OUTSTANDING_REQUESTS",
      networkIsolation: true,
      weight: 0,
      variants: { candidate, other: { weight: 3, instanceType: "ml.c5.xlarge", instances: { max: 2 }, routing: "RANDOM" } },
      dataCapture: { samplingPercentage: 100, options: ["Input", "Output"] },
      rollout: { type: "CANARY", canarySize: percent(10), alarms: ["errors"], terminationWait: "5m" },
    },
  },
  shadow: {
    ...base,
    realtime: {
      instanceType: "ml.g5.xlarge",
      inferenceAmiVersion: "al2-ami-sagemaker-inference-gpu-3-1",
      instances: { min: 4 },
      shadow: { samplingPercentage: 20, instanceCount: 2 },
      rollout: { type: "ROLLING", maximumBatchSize: percent(25), rollbackMaximumBatchSize: percent(50) },
    },
  },
  linear: {
    ...base,
    realtime: { instanceType: "ml.m5.large", rollout: { type: "LINEAR", linearStepSize: percent(50), waitInterval: "0s" } },
  },
  serverless: {
    ...base,
    serverless: {
      memorySizeInMb: 6144,
      maxConcurrency: 200,
      provisionedConcurrency: 1,
      provisionedScaling: { max: 200, utilization: 0.7 },
    },
  },
  queue: {
    ...base,
    platform: inside,
    async: {
      instanceType: "ml.m5.large",
      instances: { min: 0, max: 4, scheduledActions: { night: { schedule: "rate(12 hours)", min: 0, max: 0 } } },
      notifications: {
        successTopicArn: topic,
        errorTopicArn: topic,
        includeResponseIn: ["SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"],
      },
      maxConcurrentInvocationsPerInstance: 4,
      rollout: { type: "ALL_AT_ONCE" },
    },
  },
  large: {
    ...base,
    modelData: "s3://shop-artifacts/large/",
    realtime: { instanceType: "ml.m5.large", variants: { newer: { weight: 1, modelDataPrefix: "s3://shop-artifacts/newer/" } } },
  },
  registered: { platform, modelPackage: { name: "iris/3" }, environment: { MODE: "fast" }, realtime: { instanceType: "ml.m5.large" } },
  oldest: { ...base, async: { instanceType: "ml.m5.large", instances: { max: 2, oldestRequestAge: "2m" } } },
};

describe("the AWS request that each planned resource of SageMaker and of its scaling implies", () => {
  let aws: FakeAws;
  beforeAll(async () => {
    aws = await startAnsweringAws();
  });
  afterAll(() => aws.stop());

  /** What the provider sends to make everything that is planned for a model. */
  async function requestsFor(name: string, args: ModelServiceArgs): Promise<AwsRequest[]> {
    const engine = await MockedEngine.start();
    await promiseOf(new ModelService(name, args).outputs);
    await MockedEngine.settled();
    return requestsOf(engine.registered, aws);
  }

  test("is one that AWS's published service models accept", async () => {
    const requests: AwsRequest[] = [];
    for (const [name, args] of Object.entries(declarations)) {
      requests.push(...(await requestsFor(name, args)));
    }
    expect([...new Set(requests.map(({ operation }) => operation))].sort()).toEqual([
      "CreateEndpoint",
      "CreateEndpointConfig",
      "CreateModel",
      "CreateTrainingJob",
      "PutScalingPolicy",
      "PutScheduledAction",
      "RegisterScalableTarget",
    ]);
    expect(await requestFaults(requests)).toEqual([]);
  });

  test("would be found when it were not", async () => {
    const [endpoint] = (await requestsFor("linear", declarations.linear as ModelServiceArgs)).filter(
      ({ operation }) => operation === "CreateEndpoint",
    );
    const broken = {
      ...endpoint?.input,
      EndpointName: "a_b",
      Weight: 1,
      EndpointConfigName: undefined,
      DeploymentConfig: { BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: { Type: "SLOW", WaitIntervalInSeconds: 3601 } } },
    };
    const faults = (await requestFaults([{ service: "sagemaker", operation: "CreateEndpoint", input: broken }])).join("\n");
    for (const fault of [
      'Missing required parameter in input: "EndpointConfigName"',
      'Unknown parameter in input: "Weight"',
      "CreateEndpoint.EndpointName: 'a_b' does not match",
      "Type: 'SLOW' is not one of ALL_AT_ONCE, CANARY, LINEAR",
      "WaitIntervalInSeconds: 3601 is more than 3600",
    ]) {
      expect(faults).toContain(fault);
    }
  });
});
