import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Endpoint, type EndpointArgs, EndpointScaling, type InstancesArgs } from "../../../components";
import { MockedEngine } from "../../support/mocks";
import { imageUri, platform } from "../../support/platform";
import { promiseOf, refusalOf } from "../../support/promise-of";

const targetType = "aws:appautoscaling/target:Target";
const policyType = "aws:appautoscaling/policy:Policy";

function endpoint(instances: InstancesArgs, instanceType = "ml.m5.large"): Endpoint {
  const args: EndpointArgs = {
    platform,
    model: "iris",
    image: imageUri,
    executionRoleArn: "arn:aws:iam::123456789012:role/iris",
    realtime: { instanceType, instances },
  };
  return new Endpoint("iris-endpoint", args);
}

describe("the scaling of an endpoint", () => {
  let engine: MockedEngine;
  beforeEach(async () => {
    engine = await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  test("registers the variant between least and most instances, and follows requests in flight", async () => {
    await promiseOf(endpoint({ min: 2, max: 6 }).nodes.scaling?.resourceId ?? expect.unreachable());
    const variant = {
      serviceNamespace: "sagemaker",
      scalableDimension: "sagemaker:variant:DesiredInstanceCount",
      resourceId: "endpoint/shop-iris/variant/main",
    };
    expect(engine.one(targetType, "iris-endpoint-scaling")).toMatchObject({
      inputs: { ...variant, minCapacity: 2, maxCapacity: 6 },
      parent: "slipway:index:EndpointScaling iris-endpoint-scaling",
    });
    await MockedEngine.settled();
    expect(engine.one(policyType, "iris-endpoint-scaling-policy").inputs).toEqual({
      ...variant,
      policyType: "TargetTrackingScaling",
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: "SageMakerVariantConcurrentRequestsPerModelHighResolution" },
        targetValue: 5,
      },
    });
  });

  test.each<[InstancesArgs, string, number]>([
    [{ concurrency: 2.5 }, "SageMakerVariantConcurrentRequestsPerModelHighResolution", 2.5],
    [{ requestsPerSecond: 20 }, "SageMakerVariantInvocationsPerInstance", 600],
  ])("with %j follows %s at %d", async (load, predefinedMetricType, targetValue) => {
    endpoint({ max: 3, ...load });
    await MockedEngine.settled();
    expect(engine.one(policyType).inputs.targetTrackingScalingPolicyConfiguration).toEqual({
      predefinedMetricSpecification: { predefinedMetricType },
      targetValue,
    });
  });

  test("waits for the endpoint to serve, and is made anew with another instance type, old before new", async () => {
    endpoint({ max: 3 });
    await MockedEngine.settled();
    const target = engine.one(targetType);
    expect(target.dependencies).toEqual(
      expect.arrayContaining([
        "aws:sagemaker/endpoint:Endpoint iris-endpoint",
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration iris-endpoint-config",
      ]),
    );
    for (const { options } of [target, engine.one(policyType)]) {
      expect(options).toMatchObject({ replacementTrigger: "ml.m5.large", deleteBeforeReplace: true });
    }
  });

  test.each<[InstancesArgs]>([[{}], [{ min: 3 }], [{ max: 1 }], [{ min: 3, max: 3 }]])(
    "is not made for %j, which is one number",
    async (instances) => {
      expect(endpoint(instances).nodes.scaling).toBeUndefined();
      await MockedEngine.settled();
      expect(engine.names().filter((name) => name.includes("scaling"))).toEqual([]);
    },
  );

  test("refuses what AWS does not scale, and what would do nothing", () => {
    const faults = (instances: InstancesArgs, instanceType?: string) =>
      refusalOf(() => endpoint(instances, instanceType))
        .split("\n")
        .slice(2)
        .map((line) => line.trim());
    expect(faults({ max: 3 }, "ml.t2.medium")).toEqual([
      'realtime.instanceType: got "ml.t2.medium" with instances.max 3; AWS does not scale burstable instances: choose another type, such as "ml.m5.large", or remove instances.max',
    ]);
    expect(faults({ max: 3, concurrency: 4, requestsPerSecond: 20 })).toEqual([
      "realtime.instances.requestsPerSecond: got 20 together with concurrency 4; scaling follows one of them: remove the other",
    ]);
    expect(faults({ min: 2, concurrency: 4 })).toEqual([
      "realtime.instances.concurrency: got 4, but nothing is scaled; give an instances.max greater than instances.min, 2, or remove it",
    ]);
    expect(faults({ min: 3, max: 2 })).toEqual(["realtime.instances.max: got 2; it must be at least instances.min, 3"]);
    expect(faults({ max: 3, requestsPerSecond: 0 })).toEqual([
      "realtime.instances.requestsPerSecond: got 0; allowed is a number from 0.01 to 100000",
    ]);
  });

  test("can be given to a variant of any endpoint, but not with one number of instances", async () => {
    const args = { endpointName: "other", variantName: "blue", instanceType: "ml.m5.large" };
    const scaling = new EndpointScaling("other", { ...args, instances: { max: 2 } });
    expect(await promiseOf(scaling.resourceId)).toBe("endpoint/other/variant/blue");
    expect(refusalOf(() => new EndpointScaling("none", { ...args, instances: { min: 2 } }))).toContain(
      "instances.max: got nothing; to scale it must be greater than instances.min, 2",
    );
  });
});
