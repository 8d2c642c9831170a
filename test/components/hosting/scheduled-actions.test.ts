import { afterEach, describe, expect, test } from "vitest";
import { Endpoint } from "../../../components";
import { MockedEngine } from "../../support/mocks";
import { imageUri, platform } from "../../support/platform";
import { promiseOf } from "../../support/promise-of";
import { actionType, configurationType, planned, policyType, realtimeFaults, targetType } from "./support";

afterEach(() => MockedEngine.settled());

const variant = {
  serviceNamespace: "sagemaker",
  scalableDimension: "sagemaker:variant:DesiredInstanceCount",
  resourceId: "endpoint/shop-iris/variant/main",
};
const morning = { schedule: "cron(0 8 ? * MON-FRI *)", timezone: "Europe/Berlin", min: 4, max: 10 };

describe("scheduled actions", () => {
  test("change the bounds of a registered variant, and come anew with it", async () => {
    const christmas = { schedule: "at(2026-12-24T08:00:00)", max: 2 };
    const hourly = { schedule: "rate(1 hour)", min: 2, startTime: "2026-12-01T00:00:00Z", endTime: "2027-01-01T00:00:00+01:00" };
    const engine = await planned({ instances: { min: 1, max: 6, scheduledActions: { morning, christmas, hourly } } });
    expect(engine.one(targetType).inputs).toEqual({ ...variant, minCapacity: 1, maxCapacity: 6 });
    expect(engine.one(actionType, "iris-endpoint-scaling-morning")).toMatchObject({
      inputs: {
        ...variant,
        schedule: "cron(0 8 ? * MON-FRI *)",
        timezone: "Europe/Berlin",
        scalableTargetAction: { minCapacity: 4, maxCapacity: 10 },
      },
      options: { replacementTrigger: "ml.m5.large", deleteBeforeReplace: true },
    });
    expect(engine.one(actionType, "iris-endpoint-scaling-christmas").inputs).toEqual({
      ...variant,
      schedule: "at(2026-12-24T08:00:00)",
      scalableTargetAction: { maxCapacity: 2 },
    });
    expect(engine.one(actionType, "iris-endpoint-scaling-hourly").inputs).toEqual({
      ...variant,
      schedule: "rate(1 hour)",
      startTime: "2026-12-01T00:00:00Z",
      endTime: "2027-01-01T00:00:00+01:00",
      scalableTargetAction: { minCapacity: 2 },
    });
  });

  test("are enough to scale a variant that has one number otherwise", async () => {
    const engine = await planned({ instances: { min: 2, scheduledActions: { morning } } });
    expect(engine.one(targetType).inputs).toMatchObject({ minCapacity: 2, maxCapacity: 2 });
    expect(engine.one(configurationType).inputs.productionVariants).toEqual([expect.objectContaining({ initialInstanceCount: 2 })]);
  });

  test("can take an asynchronous endpoint to no instance, from where its alarm does not wake it while there may be none", async () => {
    const engine = await MockedEngine.start();
    const night = { schedule: "cron(0 20 * * ? *)", min: 0, max: 0 };
    const instances = { min: 1, max: 4, scheduledActions: { night } };
    const args = { platform, model: "iris", image: imageUri, executionRoleArn: "arn:aws:iam::123456789012:role/iris" };
    await promiseOf(new Endpoint("iris-endpoint", { ...args, async: { instanceType: "ml.m5.large", instances } }).endpointName);
    await MockedEngine.settled();
    expect(engine.one(actionType, "iris-endpoint-scaling-night").inputs).toMatchObject({
      scalableTargetAction: { minCapacity: 0, maxCapacity: 0 },
    });
    expect(engine.names()).toContain("aws:cloudwatch/metricAlarm:MetricAlarm iris-endpoint-scaling-wake");
  });

  const expression = "allowed is cron(<six fields>), at(yyyy-mm-ddThh:mm:ss) or rate(<number> minutes|hours|days)";
  const at = "at(2026-12-24T08:00:00)";
  test.each<[object, string[]]>([
    [{ ...morning }, []],
    [{ min: 2, max: 3 }, ["schedule: is missing; it is required"]],
    [{ schedule: "0 8 * * *", max: 3 }, [`schedule: got "0 8 * * *"; ${expression}`]],
    [{ schedule: "cron(0 8 * * *)", max: 3 }, [`schedule: got "cron(0 8 * * *)"; ${expression}`]],
    [{ schedule: "rate(1 hours)", max: 3 }, [`schedule: got "rate(1 hours)"; ${expression}`]],
    [{ schedule: at }, ["changes nothing; give min, max or both"]],
    [{ schedule: at, min: 0 }, ["min: got 0; allowed is a whole number from 1 to 1000"]],
    [{ schedule: at, min: 9 }, ["min: got 9; from then on there would be at least 9 and at most 6 instances: give both min and max"]],
    [{ schedule: at, max: 1 }, ["max: got 1; from then on there would be at least 2 and at most 1 instances: give both min and max"]],
    [
      { schedule: at, max: 4, timezone: "Berlin" },
      ['timezone: got "Berlin"; allowed is a time zone by its IANA name, such as "Europe/Berlin" or "UTC"'],
    ],
    [
      { schedule: "rate(2 hours)", max: 4, timezone: "UTC" },
      ['timezone: got "UTC" with "rate(2 hours)"; a rate has no time of day: remove it'],
    ],
    [
      { schedule: at, max: 4, startTime: "2026-12-01T00:00:00Z" },
      ['startTime: got "2026-12-01T00:00:00Z" with "at(2026-12-24T08:00:00)", which happens once; remove it'],
    ],
    [
      { ...morning, startTime: "2026-12-01" },
      ['startTime: got "2026-12-01"; allowed is a time with its offset, such as "2026-12-01T08:00:00Z"'],
    ],
    [
      { ...morning, startTime: "2026-12-02T00:00:00Z", endTime: "2026-12-01T00:00:00Z" },
      ['endTime: got "2026-12-01T00:00:00Z"; it must be after startTime, 2026-12-02T00:00:00Z'],
    ],
  ])("given %j have the faults %j", (action, faults) => {
    const found = realtimeFaults({ instances: { min: 2, max: 6, scheduledActions: { x: action } } });
    expect(found.map((fault) => fault.replace(/^instances\.scheduledActions\.x(\.|: )/, ""))).toEqual(faults);
  });

  test("are refused on burstable instances, and by names that AWS does not take", () => {
    expect(realtimeFaults({ instanceType: "ml.t2.medium", instances: { scheduledActions: { morning } } })).toEqual([
      'instanceType: got "ml.t2.medium" with scheduled actions; AWS does not scale burstable instances: choose another type, such as "ml.m5.large", or remove them',
    ]);
    expect(realtimeFaults({ instances: { scheduledActions: { "a b": morning } } })).toEqual([
      'instances.scheduledActions.a b: got "a b"; allowed is letters, digits and hyphens, beginning and ending with a letter or digit',
    ]);
  });
});

describe("scaling by load", () => {
  test("has the cooldowns that are given", async () => {
    const engine = await planned({ instances: { max: 3, concurrency: 8, scaleOutCooldown: "1m", scaleInCooldown: "0s" } });
    expect(engine.one(policyType).inputs.targetTrackingScalingPolicyConfiguration).toEqual({
      predefinedMetricSpecification: { predefinedMetricType: "SageMakerVariantConcurrentRequestsPerModelHighResolution" },
      targetValue: 8,
      scaleInCooldown: 0,
      scaleOutCooldown: 60,
    });
  });

  test.each<[object, string[]]>([
    [{ max: 3, requestsPerSecond: 10, safetyFactor: 1 }, []],
    [{ max: 3, requestsPerSecond: 10, safetyFactor: 1.1 }, ["safetyFactor: got 1.1; allowed is a number from 0.1 to 1"]],
    [
      { max: 3, safetyFactor: 0.5 },
      ["safetyFactor: got 0.5 without requestsPerSecond, which it is a share of; give that too, or remove it"],
    ],
    [{ max: 3, scaleInCooldown: "61m" }, ['scaleInCooldown: got "61m"; allowed is 0s to 1h']],
    [
      { scaleOutCooldown: "1m" },
      ['scaleOutCooldown: got "1m", but nothing is scaled; give an instances.max greater than instances.min, 1, or remove it'],
    ],
  ])("with %j has the faults %j", (instances, faults) => {
    expect(realtimeFaults({ instances }).map((fault) => fault.replace(/^instances\./, ""))).toEqual(faults);
  });
});
