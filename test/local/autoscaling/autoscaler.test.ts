import type { PutScalingPolicyCommandInput, ScalingPolicy } from "@aws-sdk/client-application-auto-scaling";
import type { MetricAlarm, StateValue } from "@aws-sdk/client-cloudwatch";
import { describe, expect, test } from "vitest";
import { Autoscaler } from "../../../local/autoscaling/autoscaler";
import { InvocationMeter } from "../../../local/autoscaling/invocation-meter";
import { scalableTargetOperations } from "../../../local/autoscaling/operations/scalable-targets";
import { scalingActivityOperations } from "../../../local/autoscaling/operations/scaling-activities";
import { scalingPolicyOperations } from "../../../local/autoscaling/operations/scaling-policies";
import { scheduledActionOperations } from "../../../local/autoscaling/operations/scheduled-actions";
import type { PolicyAlarm, PolicyAlarms } from "../../../local/autoscaling/policy-alarms";
import { scalingSettings } from "../../../local/autoscaling/scaling-settings";
import type { Region } from "../../../local/control-plane/region";
import { desiredVariant } from "../../../local/hosting/variant-properties";
import type { AsyncBacklog } from "../../../local/runtime/async/async-queue";
import { addConfig, addModel, create, newHosting, newRegion, settled, variant } from "../hosting/support/hosting";

const identity = {
  ServiceNamespace: "sagemaker",
  ResourceId: "endpoint/e/variant/m",
  ScalableDimension: "sagemaker:variant:DesiredInstanceCount",
} as const;

/** Scaling at AWS's own speed, by a clock that the test sets: one look at the metrics every 10 s. */
class Scene {
  readonly meter = new InvocationMeter();
  readonly alarms: PolicyAlarm[] = [];
  readonly set: string[] = [];
  backlog: AsyncBacklog = { approximateBacklogSize: 0, hasBacklogWithoutCapacity: false, approximateAgeOfOldestRequest: 0 };
  now = Date.parse("2026-03-01T09:00:00Z");
  readonly hosting = newHosting({ mostReplicas: 10 });
  readonly region: Region = newRegion();
  private readonly cloudwatch: PolicyAlarms = {
    of: async () => this.alarms,
    set: async (_, name, state) => {
      this.set.push(`${name} ${state}`);
      this.alarms.splice(0, this.alarms.length, ...this.alarms.map((each) => (each.name === name ? raised(each, state) : each)));
    },
    put: async (_, { AlarmName: name = "", AlarmActions: policyArns = [], ...alarm }) => {
      await this.cloudwatch.delete("", [name]);
      this.alarms.push({ name, arn: `arn:${name}`, policyArns, alarm: { ...alarm, StateValue: "INSUFFICIENT_DATA" } });
    },
    delete: async (_, names) => {
      this.alarms.splice(0, this.alarms.length, ...this.alarms.filter(({ name }) => !names.includes(name)));
    },
  };
  readonly autoscaler = new Autoscaler({
    regions: { all: () => [this.region] },
    endpoints: this.hosting.host,
    meter: this.meter,
    backlog: () => this.backlog,
    alarms: this.cloudwatch,
    settings: scalingSettings({ SLIPWAY_SCALING_SPEED: "1" }),
    log: () => undefined,
    now: () => this.now,
  });
  private readonly operations = {
    ...scalableTargetOperations(this.cloudwatch),
    ...scalingPolicyOperations(this.cloudwatch),
    ...scheduledActionOperations(),
    ...scalingActivityOperations(),
  };

  static async of(instances: number, isAsync = false): Promise<Scene> {
    const scene = new Scene();
    await addModel(scene.region, "m");
    const more = isAsync ? { AsyncInferenceConfig: { OutputConfig: { S3OutputPath: "s3://b/out" } } } : {};
    await addConfig(scene.region, "c", [variant("m", { InitialInstanceCount: instances })], more);
    await create(scene.hosting.host, scene.region, "c");
    return scene;
  }

  async call<T>(operation: string, input: object): Promise<T> {
    return (await this.operations[operation]?.({ ...identity, ...input }, { region: this.region })) as T;
  }

  async policy(input: Partial<PutScalingPolicyCommandInput>): Promise<string> {
    return (await this.call<{ PolicyARN: string }>("PutScalingPolicy", input)).PolicyARN;
  }

  /** Lets time pass, with so many requests a minute. Changes of instances are waited for, and take no time. */
  async pass(seconds: number, perMinute = 0): Promise<void> {
    let owed = 0;
    for (let gone = 0; gone < seconds; gone += 10) {
      for (owed += perMinute / 6; owed >= 1; owed--) {
        this.request();
      }
      this.now += 10_000;
      await this.autoscaler.tick();
      await settled(this.region);
    }
  }

  get desired(): number {
    const config = this.region.endpointConfigs.get("c")?.request.ProductionVariants?.[0];
    const record = this.region.endpoints.get("e");
    return config === undefined ? 0 : desiredVariant(config, record?.variants?.m).instanceCount;
  }

  private request(): void {
    const place = { region: this.region.name, endpoint: "e", variant: "m", serverless: false, instances: 1 };
    this.meter.note({ ...place, milliseconds: 1, modelMilliseconds: 1, modelStatus: undefined, modelFailed: false });
    this.meter.take();
  }
}

function raised(alarm: PolicyAlarm, StateValue: StateValue): PolicyAlarm {
  return { ...alarm, alarm: { ...alarm.alarm, StateValue, StateReason: "Threshold Crossed" } };
}

function tracking(TargetValue: number, more: Partial<NonNullable<ScalingPolicy["TargetTrackingScalingPolicyConfiguration"]>> = {}) {
  const PredefinedMetricSpecification = { PredefinedMetricType: "SageMakerVariantInvocationsPerInstance" as const };
  return {
    PolicyName: "track",
    PolicyType: "TargetTrackingScaling" as const,
    TargetTrackingScalingPolicyConfiguration: { TargetValue, PredefinedMetricSpecification, ...more },
  };
}

describe("invocations per instance", () => {
  test("above the target for three minutes scale out in proportion, and below it for fifteen scale in", async () => {
    const scene = await Scene.of(1);
    await scene.call("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 4 });
    await scene.policy(tracking(60));
    await scene.pass(170, 150);
    expect(scene.desired).toBe(1);
    await scene.pass(20, 150);
    expect(scene.desired).toBe(3);
    // 50 for each of the three: within the tenth below the target in which nothing happens, but for more than 54.
    await scene.pass(1_200, 168);
    expect(scene.desired).toBe(3);
    await scene.pass(800, 0);
    expect(scene.desired).toBe(3);
    // First by the fifteen minutes of which the oldest still had requests, and by those without any when the cooldown is over.
    await scene.pass(600, 0);
    expect(scene.desired).toBe(1);
    const { ScalingActivities } = await scene.call<{ ScalingActivities: object[] }>("DescribeScalingActivities", {});
    expect(ScalingActivities).toMatchObject([
      { Description: "Setting desired instance count to 1.", StatusCode: "Successful" },
      { Description: "Setting desired instance count to 2.", StatusCode: "Successful" },
      { Description: "Setting desired instance count to 3.", StatusCode: "Successful" },
    ]);
  });

  test("do not scale in by a policy that may not", async () => {
    const scene = await Scene.of(2);
    await scene.call("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 4 });
    await scene.policy(tracking(60, { DisableScaleIn: true }));
    await scene.pass(1_500);
    expect(scene.desired).toBe(2);
  });

  test("scale in only when every policy that tracks a target agrees", async () => {
    const scene = await Scene.of(2);
    await scene.call("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 4 });
    await scene.policy(tracking(1_000));
    await scene.policy({ ...tracking(30), PolicyName: "close" });
    await scene.pass(1_500, 57);
    expect(scene.desired).toBe(2);
  });
});

describe("the alarms of target tracking", () => {
  const named = (scene: Scene) => scene.alarms.map(({ name, alarm }) => [name.replace(/-[0-9a-f-]{36}$/, ""), alarm.StateValue]);
  const high = "TargetTracking-endpoint/e/variant/m-AlarmHigh";
  const low = "TargetTracking-endpoint/e/variant/m-AlarmLow";

  test("are in the state of what scales, and one that is raised by hand goes back", async () => {
    const scene = await Scene.of(1);
    await scene.call("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 1 });
    const PolicyARN = await scene.policy(tracking(60));
    expect(named(scene)).toEqual([
      [high, "INSUFFICIENT_DATA"],
      [low, "INSUFFICIENT_DATA"],
    ]);
    expect(scene.alarms.map(({ alarm, policyArns }) => ({ ...alarm, policyArns }))).toMatchObject([
      { MetricName: "InvocationsPerInstance", Statistic: "Sum", Period: 60, EvaluationPeriods: 3, Threshold: 60, policyArns: [PolicyARN] },
      { ComparisonOperator: "LessThanThreshold", Period: 60, EvaluationPeriods: 15, Threshold: 54, policyArns: [PolicyARN] },
    ]);
    await scene.pass(930, 90);
    expect(named(scene)).toEqual([
      [high, "ALARM"],
      [low, "OK"],
    ]);
    await scene.pass(930, 6);
    expect(named(scene)).toEqual([
      [high, "OK"],
      [low, "ALARM"],
    ]);
    const byHand = { StateValue: "ALARM" as const, StateReason: "set by the user", StateUpdatedTimestamp: new Date(1) };
    scene.alarms.splice(0, 2, ...scene.alarms.map((each) => ({ ...each, alarm: { ...each.alarm, ...byHand } })));
    await scene.pass(20, 6);
    expect(named(scene)).toEqual([
      [high, "OK"],
      [low, "ALARM"],
    ]);
  });

  test("follow a policy that changes, and go with it, with its target and with its endpoint", async () => {
    const scene = await Scene.of(1);
    await scene.call("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 1 });
    await scene.policy(tracking(60));
    await scene.policy(tracking(80, { DisableScaleIn: true }));
    expect(scene.alarms.map(({ alarm }) => alarm.Threshold)).toEqual([80]);
    await scene.call("DeleteScalingPolicy", { PolicyName: "track" });
    expect(scene.alarms).toEqual([]);
    await scene.policy(tracking(60));
    await scene.call("DeregisterScalableTarget", {});
    expect(scene.alarms).toEqual([]);
    await scene.call("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 1 });
    await scene.policy(tracking(60));
    await scene.region.endpoints.delete("e");
    await scene.autoscaler.tick();
    expect(scene.alarms).toEqual([]);
  });

  test("look at the metric of another namespace too, and are none for metric math", async () => {
    const scene = await Scene.of(1);
    await scene.call("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 1 });
    const custom = { MetricName: "Depth", Namespace: "Mine", Statistic: "Average" as const, Unit: "Count" };
    const TargetTrackingScalingPolicyConfiguration = { TargetValue: 5, CustomizedMetricSpecification: custom };
    await scene.policy({ PolicyName: "mine", PolicyType: "TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration });
    expect(scene.alarms.map(({ alarm }) => alarm)).toMatchObject([
      { ...custom, Threshold: 5 },
      { ...custom, Threshold: 4.5 },
    ]);
    const Metrics = [{ Id: "m1", Expression: "1", ReturnData: true }];
    await scene.policy({
      PolicyName: "mine",
      PolicyType: "TargetTrackingScaling",
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 5, CustomizedMetricSpecification: { Metrics } },
    });
    expect(scene.alarms).toEqual([]);
  });
});

describe("a registration", () => {
  test("brings the capacity into its range", async () => {
    const scene = await Scene.of(1);
    await scene.call("RegisterScalableTarget", { MinCapacity: 2, MaxCapacity: 3 });
    await scene.pass(10);
    expect(scene.desired).toBe(2);
    await scene.call("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 1 });
    await scene.pass(10);
    expect(scene.desired).toBe(1);
    const { ScalingActivities } = await scene.call<{ ScalingActivities: object[] }>("DescribeScalingActivities", {});
    expect(ScalingActivities).toMatchObject([{ Cause: "maximum capacity was set to 1" }, { Cause: "minimum capacity was set to 2" }]);
  });

  test("goes with its endpoint", async () => {
    const scene = await Scene.of(1);
    await scene.call("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 2 });
    await scene.policy(tracking(60));
    await scene.region.endpoints.delete("e");
    await scene.autoscaler.tick();
    expect([scene.region.scaling.targets.list(), scene.region.scaling.policies.list()]).toEqual([[], []]);
  });

  test("changes its range when a scheduled action is due", async () => {
    const scene = await Scene.of(1);
    await scene.call("RegisterScalableTarget", { MinCapacity: 1, MaxCapacity: 2 });
    const action = {
      ScheduledActionName: "morning",
      Schedule: "cron(5 9 * * ? 2026)",
      ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 4 },
    };
    await scene.call("PutScheduledAction", action);
    const [kept] = scene.region.scaling.scheduledActions.entries();
    await scene.region.scaling.scheduledActions.put(kept?.key ?? "", {
      ...(kept?.resource as never as object),
      createdAt: scene.now,
    } as never);
    await scene.pass(290);
    expect(scene.desired).toBe(1);
    await scene.pass(20);
    expect(scene.desired).toBe(3);
    expect(scene.region.scaling.targets.list()).toMatchObject([{ min: 3, max: 4 }]);
  });
});

describe("an asynchronous endpoint", () => {
  const StepScalingPolicyConfiguration = {
    AdjustmentType: "ChangeInCapacity" as const,
    StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
  };
  const wake: MetricAlarm = {
    Namespace: "AWS/SageMaker",
    MetricName: "HasBacklogWithoutCapacity",
    Dimensions: [{ Name: "EndpointName", Value: "e" }],
    Statistic: "Average",
    Period: 60,
    EvaluationPeriods: 2,
    Threshold: 1,
    ComparisonOperator: "GreaterThanOrEqualToThreshold",
    StateValue: "OK",
  };
  const CustomizedMetricSpecification = {
    MetricName: "ApproximateBacklogSizePerInstance",
    Namespace: "AWS/SageMaker",
    Dimensions: [{ Name: "EndpointName", Value: "e" }],
    Statistic: "Average" as const,
  };

  async function asleep(): Promise<Scene> {
    const scene = await Scene.of(1, true);
    await scene.call("RegisterScalableTarget", { MinCapacity: 0, MaxCapacity: 5 });
    const TargetTrackingScalingPolicyConfiguration = { TargetValue: 5, CustomizedMetricSpecification };
    await scene.policy({ PolicyName: "backlog", PolicyType: "TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration });
    const PolicyARN = await scene.policy({ PolicyName: "wake", PolicyType: "StepScaling", StepScalingPolicyConfiguration });
    scene.alarms.push({ name: "wake", arn: "arn", policyArns: [PolicyARN], alarm: wake });
    await scene.pass(900);
    expect(scene.desired).toBe(0);
    return scene;
  }

  test("sleeps after fifteen minutes without a backlog, and wakes two minutes after a request by its alarm", async () => {
    const scene = await asleep();
    await scene.pass(600);
    scene.backlog = { approximateBacklogSize: 1, hasBacklogWithoutCapacity: true, approximateAgeOfOldestRequest: 1 };
    await scene.pass(110);
    expect(scene.desired).toBe(0);
    await scene.pass(20);
    expect(scene.desired).toBe(1);
    expect(scene.set).toContain("wake ALARM");
  });

  test("scales with its backlog, from zero too", async () => {
    const scene = await asleep();
    await scene.pass(600);
    scene.alarms.splice(0);
    scene.backlog = { approximateBacklogSize: 18, hasBacklogWithoutCapacity: true, approximateAgeOfOldestRequest: 1 };
    await scene.pass(200);
    expect(scene.desired).toBe(4);
  });

  test("wakes once when its alarm is raised by hand, whatever the metric says", async () => {
    const scene = await asleep();
    await scene.pass(600);
    const alarm = scene.alarms.find(({ name }) => name === "wake");
    scene.alarms.splice(0);
    const byHand = { ...wake, StateValue: "ALARM" as const, StateReason: "set by the user", StateUpdatedTimestamp: new Date(1) };
    scene.alarms.push({ ...(alarm as PolicyAlarm), alarm: byHand });
    await scene.pass(60);
    expect(scene.desired).toBe(1);
    expect(scene.set.filter((each) => each.startsWith("wake ")).at(-1)).toBe("wake OK");
  });
});

test.each([
  ["0", "SLIPWAY_SCALING_SPEED: got 0; allowed is a number from 1 (as on AWS) to 3600"],
  ["fast", "SLIPWAY_SCALING_SPEED: got fast; allowed is a number from 1 (as on AWS) to 3600"],
])("a speed of %s is refused", (given, fault) => {
  expect(() => scalingSettings({ SLIPWAY_SCALING_SPEED: given })).toThrow(fault);
});

test("the speed is 30 unless it is set, and the platform looks ten times a second at most", () => {
  expect(scalingSettings({})).toEqual({ speed: 30, tick: 10_000 / 30 });
  expect(scalingSettings({ SLIPWAY_SCALING_SPEED: "600" })).toEqual({ speed: 600, tick: 100 });
});
