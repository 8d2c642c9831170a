import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { seconds } from "../arguments";
import type { AsyncInstancesArgs } from "./async-spec";
import type { InstancesArgs } from "./instances-spec";

export type TargetTracking = aws.types.input.appautoscaling.PolicyTargetTrackingScalingPolicyConfiguration;

export type StepScaling = aws.types.input.appautoscaling.PolicyStepScalingPolicyConfiguration;

/** Requests in flight per instance in AWS's own example of this policy (https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-code-define.html). */
const usualConcurrency = 5;

/** Share of what an instance can take that AWS recommends to begin with (https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-loadtest.html). */
const usualSafetyFactor = 0.5;

/** Requests per instance in AWS's own example (https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html), as are the cooldowns and the alarm. */
const usualBacklog = 5;

/** Half of the provisioned concurrency stays free for what comes next. */
const usualUtilization = 0.5;

/** Instances of a real-time variant by requests in flight, or by requests per minute. */
export function followLoad({
  concurrency,
  requestsPerSecond,
  safetyFactor,
  scaleInCooldown,
  scaleOutCooldown,
}: InstancesArgs): TargetTracking {
  const tracking =
    requestsPerSecond === undefined
      ? predefined("SageMakerVariantConcurrentRequestsPerModelHighResolution", concurrency ?? usualConcurrency)
      : predefined("SageMakerVariantInvocationsPerInstance", requestsPerSecond * 60 * (safetyFactor ?? usualSafetyFactor));
  return {
    ...tracking,
    ...(scaleInCooldown === undefined ? {} : { scaleInCooldown: seconds(scaleInCooldown, 0) }),
    ...(scaleOutCooldown === undefined ? {} : { scaleOutCooldown: seconds(scaleOutCooldown, 0) }),
  };
}

/** Instances of an asynchronous variant by the requests per instance that wait or are under way, or by the age of the oldest. */
export function followBacklog(endpointName: pulumi.Input<string>, args: AsyncInstancesArgs): TargetTracking {
  const { backlogPerInstance = usualBacklog, oldestRequestAge } = args;
  const metric = (metricName: string, statistic: string) => ({
    customizedMetricSpecification: {
      metricName,
      namespace: "AWS/SageMaker",
      dimensions: [{ name: "EndpointName", value: endpointName }],
      statistic,
    },
  });
  return {
    ...(oldestRequestAge === undefined
      ? { ...metric("ApproximateBacklogSizePerInstance", "Average"), targetValue: backlogPerInstance }
      : { ...metric("ApproximateAgeOfOldestRequest", "Maximum"), targetValue: seconds(oldestRequestAge, 0) }),
    scaleInCooldown: seconds(args.scaleInCooldown, 600),
    scaleOutCooldown: seconds(args.scaleOutCooldown, 300),
  };
}

/** One instance more for requests that wait while there is none: target tracking alone would wait until more than its target do. */
export function wakeUp({ scaleOutCooldown }: AsyncInstancesArgs): StepScaling {
  return {
    adjustmentType: "ChangeInCapacity",
    metricAggregationType: "Average",
    cooldown: seconds(scaleOutCooldown, 300),
    stepAdjustments: [{ metricIntervalLowerBound: "0", scalingAdjustment: 1 }],
  };
}

/** When to wake up: requests have waited without an instance for two minutes. */
export const noCapacityAlarm = {
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
} as const;

/** Provisioned concurrency of a serverless variant by the share of it that is in use. */
export function followConcurrency(utilization = usualUtilization): TargetTracking {
  return predefined("SageMakerVariantProvisionedConcurrencyUtilization", utilization);
}

function predefined(predefinedMetricType: string, targetValue: number): TargetTracking {
  return { predefinedMetricSpecification: { predefinedMetricType }, targetValue };
}
