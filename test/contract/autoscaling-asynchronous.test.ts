import {
  type ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  DescribeScalingPoliciesCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import {
  type CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
} from "@aws-sdk/client-cloudwatch";
import { DeleteEndpointCommand, waitUntilEndpointDeleted } from "@aws-sdk/client-sagemaker";
import { InvokeEndpointAsyncCommand } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { objectAt } from "./support/async-results";
import { describeEndpoint } from "./support/hosting";
import type { StartedPlatform } from "./support/platform";
import { serveRuntimeModel } from "./support/runtime-endpoint";
import { asynchronous, of, patient, ScalingPlatform } from "./support/scaling";

let started: ScalingPlatform;
let platform: StartedPlatform;
let scaling: ApplicationAutoScalingClient;
let cloudwatch: CloudWatchClient;

beforeAll(async () => {
  started = await ScalingPlatform.start();
  ({ platform, scaling, cloudwatch } = started);
  const { image, gates } = started;
  await serveRuntimeModel(platform.sagemaker, { name: "later", image, gates, more: asynchronous });
});
afterAll(() => started?.stop());

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
    await expect.poll(() => started.counts("later"), patient).toEqual([0, 0]);
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
    expect(await started.counts("later")).toEqual([0, 0]);
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
    await expect.poll(() => started.counts("later"), patient).toEqual([0, 0]);
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
        "InvocationFailures",
      ]);
  });

  test("tells how many of its requests failed", async () => {
    const Body = JSON.stringify({ do: "status", code: 500, text: "broken" });
    await platform.runtime.send(new InvokeEndpointAsyncCommand({ EndpointName: "later", Body }));
    const failures = async () => {
      const { Datapoints = [] } = await cloudwatch.send(
        new GetMetricStatisticsCommand({
          Namespace: "AWS/SageMaker",
          MetricName: "InvocationFailures",
          Dimensions: [
            { Name: "EndpointName", Value: "later" },
            { Name: "VariantName", Value: "primary" },
          ],
          StartTime: new Date(Date.now() - 3_600_000),
          EndTime: new Date(Date.now() + 3_600_000),
          Period: 60,
          Statistics: ["Sum", "SampleCount"],
        }),
      );
      const total = (of: "Sum" | "SampleCount") => Datapoints.reduce((sum, point) => sum + (point[of] ?? 0), 0);
      return [total("Sum"), total("SampleCount")];
    };
    await expect.poll(failures, patient).toEqual([1, 4]);
  });

  test("takes its registration and policies with it when it is deleted", async () => {
    await platform.sagemaker.send(new DeleteEndpointCommand({ EndpointName: "later" }));
    const left = await scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "sagemaker" }));
    expect(left.ScalableTargets).toEqual([]);
    expect((await scaling.send(new DescribeScalingPoliciesCommand({ ServiceNamespace: "sagemaker" }))).ScalingPolicies).toEqual([]);
    await waitUntilEndpointDeleted(
      { client: platform.sagemaker, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 },
      { EndpointName: "later" },
    );
  });
});
