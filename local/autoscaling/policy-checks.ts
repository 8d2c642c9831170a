import type {
  MetricType,
  StepAdjustment,
  StepScalingPolicyConfiguration,
  TargetTrackingScalingPolicyConfiguration,
} from "@aws-sdk/client-application-auto-scaling";
import { invalid } from "../control-plane/service-error";

/** Step adjustments of one policy, as AWS limits them. */
const maxSteps = 20;

/** Predefined metrics of SageMaker variants; the others are of other services, or of inference components. */
const variantMetrics: readonly MetricType[] = [
  "SageMakerVariantInvocationsPerInstance",
  "SageMakerVariantConcurrentRequestsPerModelHighResolution",
  "SageMakerVariantProvisionedConcurrencyUtilization",
];

/** Throws AWS's ValidationException for a configuration that no policy can have. */
export function checkTargetTracking(
  tracking: TargetTrackingScalingPolicyConfiguration | undefined,
): TargetTrackingScalingPolicyConfiguration {
  if (tracking === undefined) {
    throw invalid("TargetTrackingScalingPolicyConfiguration is required for the policy type TargetTrackingScaling.");
  }
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: customized, TargetValue = 0 } = tracking;
  if ((predefined === undefined) === (customized === undefined)) {
    throw invalid("Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be provided.");
  }
  const type = predefined?.PredefinedMetricType;
  if (type !== undefined && !variantMetrics.includes(type)) {
    throw invalid(`PredefinedMetricType ${type} is not one of a SageMaker variant; allowed are ${variantMetrics.join(", ")}.`);
  }
  if (predefined?.ResourceLabel !== undefined) {
    throw invalid("ResourceLabel can only be given with the metric ALBRequestCountPerTarget.");
  }
  if (customized !== undefined) {
    const { Metrics, MetricName, Namespace, Statistic } = customized;
    const single = MetricName !== undefined && Namespace !== undefined && Statistic !== undefined;
    if (single === (Metrics !== undefined)) {
      throw invalid("CustomizedMetricSpecification must have either Metrics, or MetricName, Namespace and Statistic.");
    }
  }
  if (!(TargetValue > 0)) {
    throw invalid(`TargetValue must be greater than 0: got ${TargetValue}.`);
  }
  checkCooldown("ScaleOutCooldown", tracking.ScaleOutCooldown);
  checkCooldown("ScaleInCooldown", tracking.ScaleInCooldown);
  return tracking;
}

export function checkStepScaling(step: StepScalingPolicyConfiguration | undefined): StepScalingPolicyConfiguration {
  const { AdjustmentType, StepAdjustments = [], MinAdjustmentMagnitude, Cooldown } = step ?? {};
  if (step === undefined || AdjustmentType === undefined) {
    throw invalid("StepScalingPolicyConfiguration with an AdjustmentType is required for the policy type StepScaling.");
  }
  if (StepAdjustments.length === 0 || StepAdjustments.length > maxSteps) {
    throw invalid(`StepAdjustments must have 1 to ${maxSteps} entries: got ${StepAdjustments.length}.`);
  }
  if (MinAdjustmentMagnitude !== undefined && AdjustmentType !== "PercentChangeInCapacity") {
    throw invalid("MinAdjustmentMagnitude can only be given with the adjustment type PercentChangeInCapacity.");
  }
  if (AdjustmentType === "ExactCapacity" && StepAdjustments.some(({ ScalingAdjustment = 0 }) => ScalingAdjustment < 0)) {
    throw invalid("ScalingAdjustment must not be negative with the adjustment type ExactCapacity.");
  }
  checkIntervals(StepAdjustments);
  checkCooldown("Cooldown", Cooldown);
  return step;
}

/** Steps must follow each other without a gap and without an overlap, at most one of them open at each end. */
function checkIntervals(steps: readonly StepAdjustment[]): void {
  const sorted = steps
    .map(({ MetricIntervalLowerBound, MetricIntervalUpperBound }) => ({
      low: MetricIntervalLowerBound ?? Number.NEGATIVE_INFINITY,
      high: MetricIntervalUpperBound ?? Number.POSITIVE_INFINITY,
    }))
    .sort((a, b) => a.low - b.low);
  if (sorted.some(({ low, high }) => low >= high)) {
    throw invalid("MetricIntervalUpperBound must be greater than MetricIntervalLowerBound in every step adjustment.");
  }
  const broken = sorted.slice(1).findIndex(({ low }, index) => low !== sorted[index]?.high);
  if (broken >= 0) {
    throw invalid(
      `Step adjustment intervals can't have gaps between them and can't overlap: one ends at ${sorted[broken]?.high}, ` +
        `the next begins at ${sorted[broken + 1]?.low}.`,
    );
  }
}

function checkCooldown(name: string, seconds: number | undefined): void {
  if (seconds !== undefined && seconds < 0) {
    throw invalid(`${name} must not be negative: got ${seconds}.`);
  }
}
