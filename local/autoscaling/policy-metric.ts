import type { TargetTrackingScalingPolicyConfiguration } from "@aws-sdk/client-application-auto-scaling";
import type { MetricName } from "./endpoint-series";
import type { Statistic } from "./metric-series";
import type { ScalableTargetRecord } from "./records";

/** What a target tracking policy follows, and the alarms that AWS makes for it. */
export interface TrackedMetric extends MetricName {
  readonly statistic: Statistic;
  /** Seconds of a period of the alarm that scales out, which three of them raise. */
  readonly period: number;
}

const namespace = "AWS/SageMaker";

/** The metric of a policy; `undefined` when it is none of those the platform knows by itself. */
export function trackedMetric(
  tracking: TargetTrackingScalingPolicyConfiguration | undefined,
  { endpoint, variant }: Pick<ScalableTargetRecord, "endpoint" | "variant">,
): TrackedMetric | undefined {
  const dimensions = [
    { Name: "EndpointName", Value: endpoint },
    { Name: "VariantName", Value: variant },
  ];
  const customized = tracking?.CustomizedMetricSpecification;
  switch (tracking?.PredefinedMetricSpecification?.PredefinedMetricType) {
    case "SageMakerVariantInvocationsPerInstance":
      return { name: "InvocationsPerInstance", dimensions, statistic: "Sum", period: 60 };
    case "SageMakerVariantConcurrentRequestsPerModelHighResolution":
      return { name: "ConcurrentRequestsPerModel", dimensions, statistic: "Average", period: 10 };
    default:
      if (customized?.MetricName === undefined || customized.Namespace !== namespace) {
        return undefined;
      }
      return {
        name: customized.MetricName,
        dimensions: customized.Dimensions ?? [],
        statistic: customized.Statistic ?? "Average",
        period: 60,
      };
  }
}
