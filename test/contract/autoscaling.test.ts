import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  ApplicationAutoScalingClient,
  DeleteScalingPolicyCommand,
  DeleteScheduledActionCommand,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  DescribeScalingPoliciesCommand,
  DescribeScheduledActionsCommand,
  ListTagsForResourceCommand,
  PutScalingPolicyCommand,
  type PutScalingPolicyCommandInput,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-application-auto-scaling";
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
} from "@aws-sdk/client-cloudwatch";
import {
  CreateEndpointConfigCommand,
  DeleteEndpointCommand,
  UpdateEndpointCommand,
  waitUntilEndpointDeleted,
} from "@aws-sdk/client-sagemaker";
import { InvokeEndpointAsyncCommand, InvokeEndpointCommand } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureDevTools } from "../../tools/python/ensure";
import { objectAt } from "./support/async-results";
import { describeEndpoint, inService } from "./support/hosting";
import { account, bucket, region, rejection, type StartedPlatform, startPlatform } from "./support/platform";
import { Gates, serveRuntimeModel } from "./support/runtime-endpoint";

let platform: StartedPlatform;
let scaling: ApplicationAutoScalingClient;
let cloudwatch: CloudWatchClient;
let image: string;
const gates = new Gates();
const dimension = { ServiceNamespace: "sagemaker", ScalableDimension: "sagemaker:variant:DesiredInstanceCount" } as const;
const patient = { timeout: 60_000 };

beforeAll(async () => {
  // A tenth of a second for each of AWS's minutes.
  process.env.SLIPWAY_SCALING_SPEED = "600";
  process.env.SLIPWAY_MAX_REPLICAS = "3";
  platform = await startPlatform();
  const common = { endpoint: platform.endpointUrl, region, credentials: { accessKeyId: "test", secretAccessKey: "test" }, maxAttempts: 1 };
  scaling = new ApplicationAutoScalingClient(common);
  cloudwatch = new CloudWatchClient(common);
  image = (await platform.build("runtime")).uri;
  await serveRuntimeModel(platform.sagemaker, { name: "now", image, gates });
  await serveRuntimeModel(platform.sagemaker, { name: "later", image, gates, more: asynchronous });
});
afterAll(async () => {
  delete process.env.SLIPWAY_SCALING_SPEED;
  delete process.env.SLIPWAY_MAX_REPLICAS;
  scaling?.destroy();
  cloudwatch?.destroy();
  await platform?.stop();
  gates.remove();
});

const asynchronous = {
  AsyncInferenceConfig: {
    OutputConfig: { S3OutputPath: `s3://${bucket}/scaled` },
    ClientConfig: { MaxConcurrentInvocationsPerInstance: 2 },
  },
};

function of(endpoint: string) {
  return { ...dimension, ResourceId: `endpoint/${endpoint}/variant/primary` };
}

async function counts(endpoint: string): Promise<(number | undefined)[]> {
  const { ProductionVariants: [variant] = [] } = await describeEndpoint(platform, endpoint);
  return [variant?.DesiredInstanceCount, variant?.CurrentInstanceCount];
}

function hold(gate: string): Promise<unknown> {
  return platform.runtime.send(new InvokeEndpointCommand({ EndpointName: "now", Body: JSON.stringify({ do: "hold", gate }) }));
}

const tracking: Pick<PutScalingPolicyCommandInput, "PolicyName" | "PolicyType" | "TargetTrackingScalingPolicyConfiguration"> = {
  PolicyName: "concurrency",
  PolicyType: "TargetTrackingScaling",
  TargetTrackingScalingPolicyConfiguration: {
    TargetValue: 2,
    PredefinedMetricSpecification: { PredefinedMetricType: "SageMakerVariantConcurrentRequestsPerModelHighResolution" },
    ScaleInCooldown: 0,
    ScaleOutCooldown: 0,
  },
};

describe("the API", () => {
  test("registers a variant, shows it, and changes only what is given", async () => {
    const { ScalableTargetARN } = await scaling.send(new RegisterScalableTargetCommand({ ...of("now"), MinCapacity: 1, MaxCapacity: 2 }));
    expect(ScalableTargetARN).toMatch(new RegExp(`^arn:aws:application-autoscaling:${region}:${account}:scalable-target/[0-9a-f]{32}$`));
    const suspended = { SuspendedState: { DynamicScalingInSuspended: true } };
    await scaling.send(new RegisterScalableTargetCommand({ ...of("now"), MaxCapacity: 3, ...suspended }));
    const { ScalableTargets } = await scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "sagemaker" }));
    expect(ScalableTargets).toEqual([
      {
        ...of("now"),
        MinCapacity: 1,
        MaxCapacity: 3,
        RoleARN: `arn:aws:iam::${account}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint`,
        CreationTime: expect.any(Date),
        SuspendedState: { DynamicScalingInSuspended: true, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false },
        ScalableTargetARN,
      },
    ]);
  });

  test("tags a target", async () => {
    const { ScalableTargets: [target] = [] } = await scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "sagemaker" }));
    const ResourceARN = target?.ScalableTargetARN;
    await scaling.send(new TagResourceCommand({ ResourceARN, Tags: { team: "ml", stage: "test" } }));
    await scaling.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["stage"] }));
    expect((await scaling.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags).toEqual({ team: "ml" });
    const unknown = new ListTagsForResourceCommand({ ResourceARN: `${ResourceARN?.slice(0, -1)}x` });
    expect((await rejection(scaling.send(unknown))).name).toBe("ResourceNotFoundException");
  });

  test("puts, pages and deletes policies", async () => {
    const named = (PolicyName: string) => new PutScalingPolicyCommand({ ...of("now"), ...tracking, PolicyName });
    for (const name of ["a", "b", "c"]) {
      const { PolicyARN } = await scaling.send(named(name));
      expect(PolicyARN).toMatch(
        new RegExp(
          `^arn:aws:autoscaling:${region}:${account}:scalingPolicy:[0-9a-f-]{36}:resource/sagemaker/endpoint/now/variant/primary:policyName/${name}$`,
        ),
      );
    }
    const first = await scaling.send(new DescribeScalingPoliciesCommand({ ...of("now"), MaxResults: 2 }));
    expect(first.ScalingPolicies?.map(({ PolicyName }) => PolicyName)).toEqual(["a", "b"]);
    const rest = await scaling.send(new DescribeScalingPoliciesCommand({ ...of("now"), MaxResults: 2, NextToken: first.NextToken }));
    expect(rest.ScalingPolicies).toEqual([
      {
        ...of("now"),
        PolicyARN: expect.any(String),
        PolicyName: "c",
        PolicyType: "TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration: tracking.TargetTrackingScalingPolicyConfiguration,
        Alarms: [],
        CreationTime: expect.any(Date),
      },
    ]);
    expect((await rejection(scaling.send(new DescribeScalingPoliciesCommand({ ...of("now"), NextToken: "x" })))).name).toBe(
      "InvalidNextTokenException",
    );
    for (const PolicyName of ["a", "b", "c"]) {
      await scaling.send(new DeleteScalingPolicyCommand({ ...of("now"), PolicyName }));
    }
    const again = await rejection(scaling.send(new DeleteScalingPolicyCommand({ ...of("now"), PolicyName: "a" })));
    expect(again.name).toBe("ObjectNotFoundException");
  });

  test("keeps scheduled actions", async () => {
    const action = { ...of("now"), ScheduledActionName: "nightly" };
    const capacities = { ScalableTargetAction: { MinCapacity: 1, MaxCapacity: 1 } };
    await scaling.send(
      new PutScheduledActionCommand({ ...action, ...capacities, Schedule: "cron(0 3 * * ? 2190)", Timezone: "Europe/Berlin" }),
    );
    const { ScheduledActions } = await scaling.send(new DescribeScheduledActionsCommand({ ...of("now") }));
    expect(ScheduledActions).toEqual([
      {
        ...action,
        ...capacities,
        ScheduledActionARN: expect.stringMatching(
          /:scheduledAction:[0-9a-f-]{36}:resource\/sagemaker\/endpoint\/now\/variant\/primary:scheduledActionName\/nightly$/,
        ),
        Schedule: "cron(0 3 * * ? 2190)",
        Timezone: "Europe/Berlin",
        CreationTime: expect.any(Date),
      },
    ]);
    await scaling.send(new DeleteScheduledActionCommand(action));
    expect((await rejection(scaling.send(new DeleteScheduledActionCommand(action)))).name).toBe("ObjectNotFoundException");
  });

  test.each([
    [
      "an endpoint that is not there",
      { ResourceId: "endpoint/none/variant/primary" },
      "SageMaker endpoint variant doesn't exist: endpoint/none/variant/primary",
    ],
    [
      "a variant that is not there",
      { ResourceId: "endpoint/later/variant/none" },
      "SageMaker endpoint variant doesn't exist: endpoint/later/variant/none",
    ],
    [
      "a resource id of another form",
      { ResourceId: "endpoint/later" },
      "of the namespace sagemaker it has the form endpoint/NAME/variant/NAME",
    ],
    ["another service", { ServiceNamespace: "ecs" as const }, "got the service namespace ecs; allowed is sagemaker"],
    [
      "a namespace AWS does not have",
      { ServiceNamespace: "ec3" as "ec2" },
      "Value 'ec3' at 'serviceNamespace' failed to satisfy constraint: Member must satisfy enum value set",
    ],
    ["no capacities", {}, "MinCapacity and MaxCapacity are required to register a new scalable target"],
    ["a range upside down", { MinCapacity: 2, MaxCapacity: 1 }, "Maximum capacity cannot be less than minimum capacity"],
    [
      "a dimension that does not fit",
      { ScalableDimension: "sagemaker:variant:DesiredProvisionedConcurrency" as const, MinCapacity: 1, MaxCapacity: 2 },
      "which is not serverless",
    ],
  ])("refuses to register %s", async (_, given, message) => {
    const error = await rejection(scaling.send(new RegisterScalableTargetCommand({ ...of("later"), ...given })));
    expect([error.name, error.message]).toEqual(["ValidationException", expect.stringContaining(message)]);
  });

  test("lets only asynchronous variants have none as their minimum", async () => {
    const error = await rejection(scaling.send(new RegisterScalableTargetCommand({ ...of("now"), MinCapacity: 0 })));
    expect([error.name, error.message]).toEqual(["ValidationException", expect.stringContaining("Minimum capacity cannot be less than 1")]);
  });

  test("refuses policies of variants that are not registered, and those that make no sense", async () => {
    const unregistered = await rejection(scaling.send(new PutScalingPolicyCommand({ ...of("later"), ...tracking })));
    expect([unregistered.name, unregistered.message]).toEqual([
      "ObjectNotFoundException",
      "No scalable target registered for service namespace: sagemaker, resource ID: endpoint/later/variant/primary, scalable dimension: sagemaker:variant:DesiredInstanceCount",
    ]);
    const gap = [
      { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 5, ScalingAdjustment: 1 },
      { MetricIntervalLowerBound: 10, ScalingAdjustment: 2 },
    ];
    const StepScalingPolicyConfiguration = { AdjustmentType: "ChangeInCapacity" as const, StepAdjustments: gap };
    const step = new PutScalingPolicyCommand({ ...of("now"), PolicyName: "s", PolicyType: "StepScaling", StepScalingPolicyConfiguration });
    expect((await rejection(scaling.send(step))).message).toContain("can't have gaps between them");
  });

  test("is the same to boto3", async () => {
    await scaling.send(new DeregisterScalableTargetCommand(of("now")));
    const { python } = await ensureDevTools();
    const script = join(__dirname, "boto3_autoscaling.py");
    const { stdout } = await promisify(execFile)(python, [script, platform.endpointUrl, "now"]);
    expect(JSON.parse(stdout)).toEqual({
      unregistered: ["ObjectNotFoundException", expect.stringContaining("No scalable target registered")],
      tags: { team: "data", stage: "test" },
      policies: [["per-instance", "TargetTrackingScaling", true]],
      target: [1, 2, true],
      zero: "ValidationException",
      foreign: "ValidationException",
      gone: [],
      twice: "ObjectNotFoundException",
    });
  });
});

describe("a real-time endpoint", () => {
  test("scales out with the requests under way on each instance, and in again when they are answered", async () => {
    await scaling.send(new RegisterScalableTargetCommand({ ...of("now"), MinCapacity: 1, MaxCapacity: 3 }));
    await scaling.send(new PutScalingPolicyCommand({ ...of("now"), ...tracking }));
    const held = Promise.all(Array.from({ length: 6 }, () => hold("busy")));
    await expect.poll(() => counts("now"), patient).toEqual([3, 3]);
    gates.open("busy");
    await held;
    await expect.poll(() => counts("now"), patient).toEqual([1, 1]);
    const { ScalingActivities = [] } = await scaling.send(new DescribeScalingActivitiesCommand(of("now")));
    expect(ScalingActivities.at(-1)).toMatchObject({
      ...of("now"),
      StatusCode: "Successful",
      Cause: expect.stringMatching(
        /^monitor alarm TargetTracking-endpoint\/now\/variant\/primary-AlarmHigh-.* in state ALARM triggered policy concurrency$/,
      ),
    });
    await scaling.send(new DeregisterScalableTargetCommand(of("now")));
  });

  test("keeps the instance type of a variant that is registered", async () => {
    await inService(platform, "now");
    await scaling.send(new RegisterScalableTargetCommand({ ...of("now"), MinCapacity: 1, MaxCapacity: 2 }));
    const variant = { VariantName: "primary", ModelName: "now", InitialInstanceCount: 1, InstanceType: "ml.m5.xlarge" as const };
    await platform.sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: "larger", ProductionVariants: [variant] }));
    const update = () => platform.sagemaker.send(new UpdateEndpointCommand({ EndpointName: "now", EndpointConfigName: "larger" }));
    const error = await rejection(update());
    expect([error.name, error.message]).toEqual(["ValidationException", expect.stringContaining("Deregister the scalable target first")]);
    await scaling.send(new DeregisterScalableTargetCommand(of("now")));
    await update();
    await inService(platform, "now");
    expect((await describeEndpoint(platform, "now")).EndpointConfigName).toBe("larger");
  });

  test("is brought into the range it is registered with", async () => {
    await scaling.send(new RegisterScalableTargetCommand({ ...of("now"), MinCapacity: 2, MaxCapacity: 3 }));
    await expect.poll(() => counts("now"), patient).toEqual([2, 2]);
    await scaling.send(new RegisterScalableTargetCommand({ ...of("now"), MinCapacity: 1, MaxCapacity: 1 }));
    await expect.poll(() => counts("now"), patient).toEqual([1, 1]);
    await scaling.send(new DeregisterScalableTargetCommand(of("now")));
  });

  test("has its metrics in CloudWatch under AWS's names", async () => {
    await serveRuntimeModel(platform.sagemaker, { name: "metered", image, gates });
    const invoke = (asked: object) =>
      platform.runtime.send(new InvokeEndpointCommand({ EndpointName: "metered", Body: JSON.stringify(asked) }));
    await invoke({ do: "echo" });
    await invoke({ do: "echo" });
    await rejection(invoke({ do: "status", code: 422, text: "no" }));
    await rejection(invoke({ do: "status", code: 500, text: "broken" }));
    const statistics = async (MetricName: string) => {
      const Dimensions = [
        { Name: "EndpointName", Value: "metered" },
        { Name: "VariantName", Value: "primary" },
      ];
      const window = { StartTime: new Date(Date.now() - 3_600_000), EndTime: new Date(Date.now() + 3_600_000), Period: 60 };
      const Statistics = ["Sum" as const, "SampleCount" as const];
      const command = new GetMetricStatisticsCommand({ Namespace: "AWS/SageMaker", MetricName, Dimensions, ...window, Statistics });
      const { Datapoints = [] } = await cloudwatch.send(command);
      return [Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0), Datapoints.reduce((sum, { SampleCount = 0 }) => sum + SampleCount, 0)];
    };
    await expect.poll(() => statistics("Invocations"), patient).toEqual([4, 4]);
    expect(await statistics("InvocationsPerInstance")).toEqual([4, 4]);
    expect(await statistics("Invocation4XXErrors")).toEqual([1, 4]);
    expect(await statistics("Invocation5XXErrors")).toEqual([1, 4]);
    expect(await statistics("InvocationModelErrors")).toEqual([2, 4]);
    const [microseconds = 0, calls] = await statistics("ModelLatency");
    expect(calls).toBe(4);
    expect(microseconds).toBeGreaterThan(0);
    expect((await statistics("OverheadLatency"))[1]).toBe(4);
  });
});

describe("an asynchronous endpoint", () => {
  const StepScalingPolicyConfiguration = {
    AdjustmentType: "ChangeInCapacity" as const,
    MetricAggregationType: "Average" as const,
    Cooldown: 300,
    StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 1 }],
  };

  test("scales to zero when it is idle, as its backlog policy says", async () => {
    await scaling.send(new RegisterScalableTargetCommand({ ...of("later"), MinCapacity: 0, MaxCapacity: 2 }));
    const CustomizedMetricSpecification = {
      MetricName: "ApproximateBacklogSizePerInstance",
      Namespace: "AWS/SageMaker",
      Dimensions: [{ Name: "EndpointName", Value: "later" }],
      Statistic: "Average" as const,
    };
    const TargetTrackingScalingPolicyConfiguration = { TargetValue: 5, CustomizedMetricSpecification, ScaleInCooldown: 60 };
    const policy = { ...of("later"), PolicyName: "backlog", PolicyType: "TargetTrackingScaling" as const };
    await scaling.send(new PutScalingPolicyCommand({ ...policy, TargetTrackingScalingPolicyConfiguration }));
    await expect.poll(() => counts("later"), patient).toEqual([0, 0]);
    await expect.poll(async () => (await describeEndpoint(platform, "later")).EndpointStatus, patient).toBe("InService");
  });

  test("wakes when a request is queued, answers all that were, and goes back to zero", async () => {
    const policy = { ...of("later"), PolicyName: "wake", PolicyType: "StepScaling" as const };
    const { PolicyARN = "" } = await scaling.send(new PutScalingPolicyCommand({ ...policy, StepScalingPolicyConfiguration }));
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: "later-has-backlog",
        AlarmActions: [PolicyARN],
        Namespace: "AWS/SageMaker",
        MetricName: "HasBacklogWithoutCapacity",
        Dimensions: [{ Name: "EndpointName", Value: "later" }],
        Statistic: "Average",
        Period: 60,
        EvaluationPeriods: 2,
        DatapointsToAlarm: 2,
        Threshold: 1,
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        TreatMissingData: "missing",
      }),
    );
    const { ScalingPolicies: [described] = [] } = await scaling.send(
      new DescribeScalingPoliciesCommand({ ...of("later"), PolicyNames: ["wake"] }),
    );
    expect(described?.Alarms?.map(({ AlarmName }) => AlarmName)).toEqual(["later-has-backlog"]);
    expect(await counts("later")).toEqual([0, 0]);
    const answers = await Promise.all(
      Array.from({ length: 3 }, (_, index) =>
        platform.runtime.send(new InvokeEndpointAsyncCommand({ EndpointName: "later", Body: "x".repeat(index + 1) })),
      ),
    );
    const results = await Promise.all(answers.map(({ OutputLocation }) => objectAt(platform.s3, OutputLocation)));
    expect(results.map(({ text }) => JSON.parse(text).bytes)).toEqual([1, 2, 3]);
    const activities = async () => (await scaling.send(new DescribeScalingActivitiesCommand(of("later")))).ScalingActivities ?? [];
    const woken = (await activities()).find(
      ({ Cause }) => Cause === "monitor alarm later-has-backlog in state ALARM triggered policy wake",
    );
    expect(woken?.Description).toBe("Setting desired instance count to 1.");
    await expect.poll(() => counts("later"), patient).toEqual([0, 0]);
    await expect.poll(async () => (await activities()).every(({ StatusCode }) => StatusCode === "Successful"), patient).toBe(true);
    const alarmState = async () =>
      (await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: ["later-has-backlog"] }))).MetricAlarms?.[0]?.StateValue;
    await expect.poll(alarmState, patient).toBe("OK");
  });

  test("has the metrics of its queue in CloudWatch, and none of a real-time one", async () => {
    const Dimensions = [{ Name: "EndpointName", Value: "later" }];
    const names = async () => {
      const { Metrics = [] } = await cloudwatch.send(new ListMetricsCommand({ Namespace: "AWS/SageMaker", Dimensions }));
      return Metrics.map(({ MetricName }) => MetricName).sort();
    };
    await expect
      .poll(names, patient)
      .toEqual([
        "ApproximateAgeOfOldestRequest",
        "ApproximateBacklogSize",
        "ApproximateBacklogSizePerInstance",
        "HasBacklogWithoutCapacity",
      ]);
  });

  test("takes its registration and policies with it when it is deleted", async () => {
    await platform.sagemaker.send(new DeleteEndpointCommand({ EndpointName: "later" }));
    const left = await scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "sagemaker" }));
    expect(left.ScalableTargets).toEqual([]);
    expect((await scaling.send(new DescribeScalingPoliciesCommand({ ServiceNamespace: "sagemaker" }))).ScalingPolicies).toEqual([]);
    await waitUntilEndpointDeleted({ client: platform.sagemaker, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { EndpointName: "later" });
  });
});
