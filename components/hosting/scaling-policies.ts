import type * as aws from "@pulumi/aws";
import type { InstancesArgs } from "./endpoint-spec";

export type TargetTracking = aws.types.input.appautoscaling.PolicyTargetTrackingScalingPolicyConfiguration;

/** Requests in flight per instance in AWS's own example of this policy (https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-code-define.html). */
const usualConcurrency = 5;

/** Share of what an instance can take that AWS recommends to begin with (https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-loadtest.html). */
const safetyFactor = 0.5;

/** Half of the provisioned concurrency stays free for what comes next. */
const usualUtilization = 0.5;

/** Instances of a real-time variant by requests in flight, or by requests per minute. */
export function followLoad({ concurrency, requestsPerSecond }: InstancesArgs): TargetTracking {
  return requestsPerSecond === undefined
    ? predefined("SageMakerVariantConcurrentRequestsPerModelHighResolution", concurrency ?? usualConcurrency)
    : predefined("SageMakerVariantInvocationsPerInstance", requestsPerSecond * 60 * safetyFactor);
}

/** Provisioned concurrency of a serverless variant by the share of it that is in use. */
export function followConcurrency(utilization = usualUtilization): TargetTracking {
  return predefined("SageMakerVariantProvisionedConcurrencyUtilization", utilization);
}

function predefined(predefinedMetricType: string, targetValue: number): TargetTracking {
  return { predefinedMetricSpecification: { predefinedMetricType }, targetValue };
}
