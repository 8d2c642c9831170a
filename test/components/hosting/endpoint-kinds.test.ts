import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Endpoint, type EndpointArgs, EndpointScaling, type EndpointScalingArgs } from "../../../components";
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

describe("an endpoint", () => {
  test("is served in one way", () => {
    expect(faults(() => new Endpoint("iris-endpoint", common))).toEqual([
      'realtime: is missing; say how the model is served, such as realtime: { instanceType: "ml.m5.large" }',
    ]);
    expect(faults(() => new Endpoint("iris-endpoint", { ...realtime, ...serverless }))).toEqual([
      'serverless: got {"memorySizeInMb":2048,"maxConcurrency":5} together with realtime; a model is served in one way: remove all of realtime, serverless but one',
    ]);
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
  ])("from %s (%j) to %s gets a new name, and is made before the old one goes", async (_from, before, _to, after) => {
    const recorded = await recordedOf(before);
    const engine = await MockedEngine.start(true, recorded);
    expect(await promiseOf(new Endpoint("iris-endpoint", after).endpointName)).toBe("shop-iris--2");
    await MockedEngine.settled();
    expect(engine.one(endpointType).inputs.name).toBe("shop-iris--2");
    for (const type of [endpointType, configurationType, "aws:sagemaker/model:Model"]) {
      expect(engine.one(type).options.deleteBeforeReplace, type).toBe(false);
    }
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
