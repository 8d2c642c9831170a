import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ApplicationAutoScaling } from "../../../local/autoscaling/application-auto-scaling";
import type { Region } from "../../../local/control-plane/region";
import { Regions } from "../../../local/control-plane/regions";
import { Operations } from "../../../local/provider/operations";
import { Registry } from "../../../local/provider/registry";
import { scratchFolder } from "../support/scratch";
import { testContext } from "./context";

const TARGET = "aws:appautoscaling/target:Target";
const POLICY = "aws:appautoscaling/policy:Policy";
const operations = new Operations(new Registry());
const variant = {
  serviceNamespace: "sagemaker",
  resourceId: "endpoint/e/variant/main",
  scalableDimension: "sagemaker:variant:DesiredInstanceCount",
};
const scratch = scratchFolder();
const regions = new Regions(join(scratch, "sagemaker"), "000000000000", "us-east-1");
const region = regions.all()[0] as Region;
const api = new ApplicationAutoScaling({
  regions,
  alarms: { of: async () => [], set: async () => undefined, put: async () => undefined, delete: async () => undefined },
  log: () => undefined,
});
const server = createServer((request, response) => void api.handle(request, response));
let context: ReturnType<typeof testContext>;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context = testContext({ endpointUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await regions.flush();
});
beforeEach(async () => {
  await region.clear();
  const request = { EndpointConfigName: "c", ProductionVariants: [{ VariantName: "main", ModelName: "m", InitialInstanceCount: 1 }] };
  await region.endpointConfigs.put("c", { name: "c", arn: region.arn("endpoint-config", "c"), request, createdAt: 1 });
  await region.endpoints.put("e", {
    name: "e",
    arn: region.arn("endpoint", "e"),
    status: "InService",
    configName: "c",
    createdAt: 1,
    modifiedAt: 1,
  });
});

describe("a scaling target", () => {
  const inputs = { ...variant, minCapacity: 1, maxCapacity: 4, tags: { team: "ml" } };

  it("is registered, read, changed with its tags, and deregistered", async () => {
    const { id, outputs } = await operations.create(context, TARGET, inputs, false);
    expect(id).toBe(variant.resourceId);
    expect(outputs).toMatchObject({
      ...inputs,
      arn: expect.stringContaining(":scalable-target/"),
      roleArn: expect.stringContaining("AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"),
      suspendedState: { dynamicScalingInSuspended: false, dynamicScalingOutSuspended: false, scheduledScalingSuspended: false },
    });
    const news = { ...inputs, maxCapacity: 8, tags: { stage: "test" } };
    await operations.update(context, TARGET, { id, olds: inputs, news, state: outputs }, false);
    expect(region.scaling.targets.list()).toEqual([expect.objectContaining({ min: 1, max: 8, tags: { stage: "test" } })]);
    expect((await operations.read(context, TARGET, id, outputs, inputs))?.inputs).toMatchObject({ maxCapacity: 8 });
    await operations.delete(context, TARGET, id, outputs);
    await operations.delete(context, TARGET, id, outputs);
    expect(region.scaling.targets.list()).toEqual([]);
    expect(await operations.read(context, TARGET, id, outputs, inputs)).toBeUndefined();
  });

  it("is imported by namespace, resource and dimension", async () => {
    await operations.create(context, TARGET, inputs, false);
    const found = await operations.read(context, TARGET, Object.values(variant).join("/"), {}, {});
    expect(found?.inputs).toMatchObject({ ...variant, minCapacity: 1, maxCapacity: 4 });
  });

  it("of a variant that is not there is refused in AWS's words", async () => {
    const resourceId = "endpoint/none/variant/main";
    await expect(operations.create(context, TARGET, { ...inputs, resourceId }, false)).rejects.toThrow(
      "creating Application Auto Scaling Target (new): ValidationException: SageMaker endpoint variant doesn't exist: endpoint/none/variant/main",
    );
  });

  it("of another service is recorded, and says so", async () => {
    const table = { serviceNamespace: "dynamodb", resourceId: "table/t", scalableDimension: "dynamodb:table:ReadCapacityUnits" };
    const { id, outputs } = await operations.create(context, TARGET, { ...table, minCapacity: 1, maxCapacity: 2 }, false);
    expect(context.lines).toContain(`${TARGET} has no local behaviour: it is recorded in the state, and nothing else happens`);
    expect(await operations.read(context, TARGET, id, outputs, table)).toMatchObject({ id, outputs });
    await operations.delete(context, TARGET, id, outputs);
  });
});

describe("a scaling policy", () => {
  beforeEach(async () => {
    await operations.create(context, TARGET, { ...variant, minCapacity: 1, maxCapacity: 4 }, false);
  });

  it("that tracks a target is put, read without drift, changed and deleted", async () => {
    const targetTrackingScalingPolicyConfiguration = {
      targetValue: 5,
      predefinedMetricSpecification: { predefinedMetricType: "SageMakerVariantConcurrentRequestsPerModelHighResolution" },
    };
    const inputs = { ...variant, name: "p", policyType: "TargetTrackingScaling", targetTrackingScalingPolicyConfiguration };
    const { id, outputs } = await operations.create(context, POLICY, inputs, false);
    expect(id).toBe("p");
    expect(outputs).toMatchObject({ arn: expect.stringMatching(/:policyName\/p$/), alarmArns: [] });
    expect((await operations.read(context, POLICY, id, outputs, inputs))?.inputs).toEqual(inputs);
    const news = { ...inputs, targetTrackingScalingPolicyConfiguration: { ...targetTrackingScalingPolicyConfiguration, targetValue: 7 } };
    await operations.update(context, POLICY, { id, olds: inputs, news, state: outputs }, false);
    expect(region.scaling.policies.list().map(({ tracking }) => tracking?.TargetValue)).toEqual([7]);
    expect((await operations.read(context, POLICY, id, outputs, inputs))?.inputs).toEqual(news);
    await operations.delete(context, POLICY, id, outputs);
    await operations.delete(context, POLICY, id, outputs);
    expect(region.scaling.policies.list()).toEqual([]);
  });

  it("in steps has the bounds as numbers, and as the program's own texts in the state", async () => {
    const stepScalingPolicyConfiguration = {
      adjustmentType: "ChangeInCapacity",
      cooldown: 300,
      stepAdjustments: [{ metricIntervalLowerBound: "0.0", scalingAdjustment: 1 }],
    };
    const inputs = { ...variant, name: "wake", policyType: "StepScaling", stepScalingPolicyConfiguration };
    const { id, outputs } = await operations.create(context, POLICY, inputs, false);
    expect(region.scaling.policies.list().map(({ step }) => step)).toEqual([
      { AdjustmentType: "ChangeInCapacity", Cooldown: 300, StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }] },
    ]);
    expect((await operations.read(context, POLICY, id, outputs, inputs))?.inputs).toEqual(inputs);
    const imported = await operations.read(context, POLICY, [...Object.values(variant), "wake"].join("/"), {}, {});
    expect(imported?.inputs).toMatchObject({
      name: "wake",
      stepScalingPolicyConfiguration: {
        ...stepScalingPolicyConfiguration,
        stepAdjustments: [{ metricIntervalLowerBound: "0", scalingAdjustment: 1 }],
      },
    });
  });
});

describe("a scheduled action", () => {
  const ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction";
  const inputs = {
    ...variant,
    name: "morning",
    schedule: "cron(0 8 ? * MON-FRI *)",
    timezone: "Europe/Berlin",
    startTime: "2026-12-01T01:00:00+01:00",
    scalableTargetAction: { minCapacity: 4, maxCapacity: 10 },
  };

  it("is put, read as it was written, changed, and deleted", async () => {
    await operations.create(context, TARGET, { ...variant, minCapacity: 1, maxCapacity: 4 }, false);
    const { id, outputs } = await operations.create(context, ACTION, inputs, false);
    expect(id).toBe("morning-sagemaker-endpoint/e/variant/main");
    expect(outputs).toMatchObject({ ...inputs, arn: expect.stringContaining(":scheduledActionName/morning") });
    const action = { MinCapacity: 4, MaxCapacity: 10 };
    expect(region.scaling.scheduledActions.list()).toEqual([
      expect.objectContaining({
        name: "morning",
        schedule: inputs.schedule,
        timezone: "Europe/Berlin",
        startTime: Date.UTC(2026, 11, 1),
        action,
      }),
    ]);
    expect((await operations.read(context, ACTION, id, outputs, inputs))?.inputs).toEqual(inputs);
    const news = { ...inputs, scalableTargetAction: { maxCapacity: 12 } };
    await operations.update(context, ACTION, { id, olds: inputs, news, state: outputs }, false);
    expect((await operations.read(context, ACTION, id, outputs, inputs))?.inputs).toMatchObject({
      scalableTargetAction: { maxCapacity: 12 },
    });
    await operations.delete(context, ACTION, id, outputs);
    expect(region.scaling.scheduledActions.list()).toEqual([]);
    await operations.delete(context, ACTION, id, outputs);
  });
});
