import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AsyncArgs, Endpoint, type EndpointArgs, EndpointScaling, type EndpointScalingArgs } from "../../../components";
import { vpcConfig } from "../../../components/hosting/vpc-config";
import type { RecordedResources } from "../../../components/recorded-state";
import { FakeAws } from "../../support/fake-aws";
import { MockedEngine } from "../../support/mocks";
import { imageUri, platform } from "../../support/platform";
import { promiseOf, refusalOf } from "../../support/promise-of";

const common: EndpointArgs = {
  platform,
  model: "iris",
  image: imageUri,
  executionRoleArn: "arn:aws:iam::123456789012:role/iris",
  modelDataUrl: "s3://shop-artifacts/model.tar.gz",
};
const realtime: EndpointArgs = { ...common, realtime: { instanceType: "ml.m5.large" } };
const serverless: EndpointArgs = { ...common, serverless: { memorySizeInMb: 2048, maxConcurrency: 5 } };

const asynchronous: EndpointArgs = { ...common, async: { instanceType: "ml.m5.large" } };

const configurationType = "aws:sagemaker/endpointConfiguration:EndpointConfiguration";
const endpointType = "aws:sagemaker/endpoint:Endpoint";

/** Faults of a declaration, line by line. */
const faults = (declare: () => unknown) =>
  refusalOf(declare)
    .split("\n")
    .slice(2)
    .map((line) => line.trim());

describe("a serverless endpoint", () => {
  let engine: MockedEngine;
  beforeEach(async () => {
    engine = await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  test("is one variant with its memory and concurrency, and nothing of instances, keys or networks", async () => {
    const kmsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/1";
    expect(await promiseOf(new Endpoint("iris-endpoint", { ...serverless, platform: { ...platform, kmsKeyArn } }).endpointName)).toBe(
      "shop-iris",
    );
    expect(engine.one(configurationType).inputs).toEqual({
      productionVariants: [
        {
          variantName: "main",
          modelName: "iris-endpoint-model-1a2b3c4",
          initialVariantWeight: 1,
          serverlessConfig: { memorySizeInMb: 2048, maxConcurrency: 5 },
        },
      ],
    });
    expect(engine.one("aws:sagemaker/model:Model").inputs).toEqual({
      executionRoleArn: "arn:aws:iam::123456789012:role/iris",
      primaryContainer: { image: imageUri, modelDataUrl: "s3://shop-artifacts/model.tar.gz" },
      enableNetworkIsolation: false,
    });
    expect(engine.names().filter((name) => name.includes("appautoscaling"))).toEqual([]);
  });

  test("keeps containers ready, and lets their number follow the load", async () => {
    const { nodes } = new Endpoint("iris-endpoint", {
      ...common,
      serverless: { memorySizeInMb: 6144, maxConcurrency: 200, provisionedConcurrency: 2, provisionedScaling: { max: 40 } },
    });
    await promiseOf(nodes.scaling?.resourceId ?? expect.unreachable());
    await MockedEngine.settled();
    expect(engine.one(configurationType).inputs.productionVariants).toEqual([
      expect.objectContaining({ serverlessConfig: { memorySizeInMb: 6144, maxConcurrency: 200, provisionedConcurrency: 2 } }),
    ]);
    const variant = {
      serviceNamespace: "sagemaker",
      scalableDimension: "sagemaker:variant:DesiredProvisionedConcurrency",
      resourceId: "endpoint/shop-iris/variant/main",
    };
    expect(engine.one("aws:appautoscaling/target:Target").inputs).toEqual({ ...variant, minCapacity: 2, maxCapacity: 40 });
    expect(engine.one("aws:appautoscaling/policy:Policy").inputs).toEqual({
      ...variant,
      policyType: "TargetTrackingScaling",
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: "SageMakerVariantProvisionedConcurrencyUtilization" },
        targetValue: 0.5,
      },
    });
  });

  test("is refused in a network, with an image for GPUs and with model data that is no archive, all at once", () => {
    const faulty = {
      ...serverless,
      platform: { ...platform, subnetIds: ["subnet-1"] },
      image: "models-gpu@sha256:1",
      modelDataUrl: "s3://shop/model/",
    };
    expect(faults(() => new Endpoint("iris-endpoint", faulty)).map((fault) => fault.split(":")[0])).toEqual([
      "image",
      "modelDataUrl",
      "serverless",
    ]);
    expect(engine.names()).toEqual([]);
  });

  test("is refused in a network also when the platform is known only later", () => {
    expect(() => vpcConfig("iris-endpoint", "serverless", ["subnet-1"], ["sg-1"])).toThrow("AWS has no serverless endpoints in a VPC");
    expect(vpcConfig("iris-endpoint", "serverless", undefined, undefined)).toBeUndefined();
    expect(vpcConfig("iris-endpoint", "realtime", ["subnet-1"], undefined)).toEqual({ subnets: ["subnet-1"], securityGroupIds: [] });
  });
});

describe("an asynchronous endpoint", () => {
  const declared = (async: Partial<AsyncArgs> = {}, more: Partial<EndpointArgs> = {}): EndpointArgs => ({
    ...common,
    ...more,
    async: { instanceType: "ml.m5.large", ...async },
  });

  let engine: MockedEngine;
  beforeEach(async () => {
    engine = await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  test("has its results and failures under the model's prefix in the platform's bucket", async () => {
    expect(await promiseOf(new Endpoint("iris-endpoint", declared()).endpointName)).toBe("shop-iris");
    expect(engine.one(configurationType).inputs).toEqual({
      productionVariants: [
        {
          variantName: "main",
          modelName: "iris-endpoint-model-1a2b3c4",
          initialVariantWeight: 1,
          instanceType: "ml.m5.large",
          initialInstanceCount: 1,
        },
      ],
      asyncInferenceConfig: {
        outputConfig: { s3OutputPath: "s3://shop-artifacts/async/iris/output", s3FailurePath: "s3://shop-artifacts/async/iris/failure" },
      },
    });
    expect(engine.names().filter((name) => /appautoscaling|scaling-wake/.test(name))).toEqual([]);
  });

  test("takes paths, topics, key, concurrency and instance settings into its configuration", async () => {
    const kmsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/1";
    const [successTopicArn, errorTopicArn] = ["done", "failed"].map((name) => `arn:aws:sns:eu-central-1:123456789012:${name}`);
    const args = declared(
      {
        output: "s3://results/iris/",
        failurePath: "s3://failures",
        notifications: { successTopicArn, errorTopicArn, includeResponseIn: ["SUCCESS_NOTIFICATION_TOPIC"] },
        maxConcurrentInvocationsPerInstance: 4,
        volumeSizeInGb: 100,
        startupTimeout: "30m",
        downloadTimeout: "20m",
        networkIsolation: true,
      },
      { platform: { ...platform, kmsKeyArn, subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] } },
    );
    await promiseOf(new Endpoint("iris-endpoint", args).endpointName);
    expect(engine.one(configurationType).inputs).toMatchObject({
      kmsKeyArn,
      asyncInferenceConfig: {
        clientConfig: { maxConcurrentInvocationsPerInstance: 4 },
        outputConfig: {
          s3OutputPath: "s3://results/iris",
          s3FailurePath: "s3://failures",
          kmsKeyId: kmsKeyArn,
          notificationConfig: {
            successTopic: successTopicArn,
            errorTopic: errorTopicArn,
            includeInferenceResponseIns: ["SUCCESS_NOTIFICATION_TOPIC"],
          },
        },
      },
      productionVariants: [
        {
          volumeSizeInGb: 100,
          containerStartupHealthCheckTimeoutInSeconds: 1800,
          modelDataDownloadTimeoutInSeconds: 1200,
        },
      ],
    });
    expect(engine.one("aws:sagemaker/model:Model").inputs).toMatchObject({
      enableNetworkIsolation: true,
      vpcConfig: { subnets: ["subnet-1"], securityGroupIds: ["sg-1"] },
    });
  });

  const variant = {
    serviceNamespace: "sagemaker",
    scalableDimension: "sagemaker:variant:DesiredInstanceCount",
    resourceId: "endpoint/shop-iris/variant/main",
  };
  const dimensions = [{ name: "EndpointName", value: "shop-iris" }];

  test("goes down to no instance, and is woken by the first request that waits", async () => {
    await promiseOf(new Endpoint("iris-endpoint", declared({ instances: { min: 0, max: 4 } }, { tags: { team: "vision" } })).endpointName);
    await MockedEngine.settled();
    expect(engine.one(configurationType).inputs.productionVariants).toEqual([expect.objectContaining({ initialInstanceCount: 1 })]);
    expect(engine.one("aws:appautoscaling/target:Target").inputs).toEqual({ ...variant, minCapacity: 0, maxCapacity: 4 });
    expect(engine.one("aws:appautoscaling/policy:Policy", "iris-endpoint-scaling-policy").inputs).toEqual({
      ...variant,
      policyType: "TargetTrackingScaling",
      targetTrackingScalingPolicyConfiguration: {
        customizedMetricSpecification: {
          metricName: "ApproximateBacklogSizePerInstance",
          namespace: "AWS/SageMaker",
          dimensions,
          statistic: "Average",
        },
        targetValue: 5,
        scaleInCooldown: 600,
        scaleOutCooldown: 300,
      },
    });
    expect(engine.one("aws:appautoscaling/policy:Policy", "iris-endpoint-scaling-wake-policy").inputs).toEqual({
      ...variant,
      policyType: "StepScaling",
      stepScalingPolicyConfiguration: {
        adjustmentType: "ChangeInCapacity",
        metricAggregationType: "Average",
        cooldown: 300,
        stepAdjustments: [{ metricIntervalLowerBound: "0", scalingAdjustment: 1 }],
      },
    });
    expect(engine.one("aws:cloudwatch/metricAlarm:MetricAlarm", "iris-endpoint-scaling-wake").inputs).toEqual({
      alarmDescription: "Requests wait, and the asynchronous endpoint has no instance",
      namespace: "AWS/SageMaker",
      metricName: "HasBacklogWithoutCapacity",
      statistic: "Average",
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      threshold: 1,
      period: 60,
      evaluationPeriods: 2,
      datapointsToAlarm: 2,
      treatMissingData: "missing",
      dimensions: { EndpointName: "shop-iris" },
      alarmActions: ["arn:aws:autoscaling:eu-central-1:123456789012:scalingPolicy:1a2b:iris-endpoint-scaling-wake-policy"],
      tags: { team: "vision" },
    });
  });

  test("that is never without an instance has nothing to wake it, and may follow the oldest request with other cooldowns", async () => {
    const instances = { min: 1, max: 4, oldestRequestAge: "2m", scaleInCooldown: "30s", scaleOutCooldown: "0s" };
    await promiseOf(new Endpoint("iris-endpoint", declared({ instances })).endpointName);
    await MockedEngine.settled();
    expect(engine.one("aws:appautoscaling/policy:Policy").inputs.targetTrackingScalingPolicyConfiguration).toEqual({
      customizedMetricSpecification: {
        metricName: "ApproximateAgeOfOldestRequest",
        namespace: "AWS/SageMaker",
        dimensions,
        statistic: "Maximum",
      },
      targetValue: 120,
      scaleInCooldown: 30,
      scaleOutCooldown: 0,
    });
    expect(engine.names().filter((name) => name.includes("wake"))).toEqual([]);
  });

  test("alone is given its topics, since its role must be allowed to publish there", () => {
    expect(faults(() => new Endpoint("iris-endpoint", declared({ notifications: {} })))).toEqual([
      "async.notifications: has no topic; give successTopicArn, errorTopicArn or both (ModelService, and NotificationTopics, make topics)",
    ]);
  });
});

describe("an endpoint", () => {
  test("is served in one way", () => {
    expect(faults(() => new Endpoint("iris-endpoint", common))).toEqual([
      'realtime: is missing; say how the model is served, such as realtime: { instanceType: "ml.m5.large" }',
    ]);
    expect(faults(() => new Endpoint("iris-endpoint", { ...realtime, ...serverless }))).toEqual([
      'serverless: got {"memorySizeInMb":2048,"maxConcurrency":5} together with realtime; a model is served in one way: remove all of realtime, serverless but one',
    ]);
    expect(
      faults(() => new Endpoint("iris-endpoint", { ...realtime, ...serverless, ...asynchronous })).map((fault) => fault.split(":")[0]),
    ).toEqual(["serverless", "async"]);
  });
});

describe("an endpoint that becomes one of another kind", () => {
  let aws: FakeAws;
  beforeAll(async () => {
    aws = await FakeAws.start();
  });
  afterAll(() => aws.stop());
  afterEach(() => MockedEngine.settled());

  /** The stack's state after an `up` of a declaration. */
  async function recordedOf(args: EndpointArgs): Promise<RecordedResources> {
    const engine = await MockedEngine.start();
    const { nodes } = new Endpoint("iris-endpoint", args);
    await promiseOf(nodes.endpoint.name);
    await MockedEngine.settled();
    const resources = [nodes.endpoint, nodes.configuration].map(async (resource) => await promiseOf(resource.urn));
    const [endpointUrn = "", configurationUrn = ""] = await Promise.all(resources);
    return {
      [endpointUrn]: { type: endpointType, outputs: engine.one(endpointType).inputs },
      [configurationUrn]: { type: configurationType, outputs: engine.one(configurationType).inputs },
    };
  }

  test.each([
    ["realtime", realtime, "serverless", serverless],
    ["serverless", serverless, "realtime", realtime],
    ["realtime", realtime, "async", asynchronous],
    ["async", asynchronous, "realtime", realtime],
    ["async", asynchronous, "serverless", serverless],
  ])("from %s (%j) to %s gets a new name, and is made before the old one goes", async (_from, before, _to, after) => {
    const recorded = await recordedOf(before);
    const engine = await MockedEngine.start(true, recorded);
    expect(await promiseOf(new Endpoint("iris-endpoint", after).endpointName)).toBe("shop-iris--2");
    await MockedEngine.settled();
    expect(engine.one(endpointType).inputs.name).toBe("shop-iris--2");
    for (const type of [endpointType, configurationType, "aws:sagemaker/model:Model"]) {
      expect(engine.one(type).options.deleteBeforeReplace, type).toBe(false);
    }
    // The endpoint has a name of its program's, for which the provider would delete the old one first.
    expect(engine.one(endpointType).options.deleteBeforeReplaceDefined).toBe(true);
  });

  test("keeps its name when only its settings change", async () => {
    await MockedEngine.start(true, await recordedOf(serverless));
    const more: EndpointArgs = { ...common, serverless: { memorySizeInMb: 4096, maxConcurrency: 50 } };
    expect(await promiseOf(new Endpoint("iris-endpoint", more).endpointName)).toBe("shop-iris");
  });
});

describe("scaling alone", () => {
  beforeEach(() => MockedEngine.start());
  afterEach(() => MockedEngine.settled());

  const refused = (args: Partial<EndpointScalingArgs>) =>
    faults(() => new EndpointScaling("other", { endpointName: "other", ...args })).map((fault) => fault.replace(/; .*/, ""));

  test("says what is missing and what is too much", () => {
    expect(refused({})).toEqual(["instances: is missing"]);
    expect(refused({ instances: { max: 2 } })).toEqual(["instanceType: is missing"]);
    expect(refused({ asyncInstances: { max: 2 } })).toEqual(["instanceType: is missing"]);
    expect(refused({ instanceType: "ml.m5.large", asyncInstances: { min: 2 } })).toEqual(["asyncInstances.max: got nothing"]);
    expect(refused({ provisionedConcurrency: { min: 2, max: 2 } })).toEqual(["provisionedConcurrency.max: got 2"]);
    expect(refused({ provisionedConcurrency: { min: 1, max: 201 } })).toEqual(["provisionedConcurrency.max: got 201"]);
    expect(refused({ instanceType: "ml.m5.large", instances: { max: 2 }, provisionedConcurrency: { min: 1, max: 2 } })).toEqual([
      'provisionedConcurrency: got {"min":1,"max":2} together with instances',
    ]);
  });

  test("of another endpoint's provisioned concurrency aims at the share that is given", async () => {
    const engine = await MockedEngine.start();
    const scaling = new EndpointScaling("other", { endpointName: "other", provisionedConcurrency: { min: 1, max: 10, utilization: 0.7 } });
    expect(await promiseOf(scaling.resourceId)).toBe("endpoint/other/variant/main");
    await MockedEngine.settled();
    expect(engine.one("aws:appautoscaling/policy:Policy").inputs.targetTrackingScalingPolicyConfiguration).toMatchObject({
      targetValue: 0.7,
    });
  });
});
