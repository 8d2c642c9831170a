import type { Dimension, PutMetricAlarmCommandInput, StandardUnit } from "@aws-sdk/client-cloudwatch";
import type { PolicyAlarms } from "./policy-alarms";
import { trackedMetric } from "./policy-metric";
import type { ScalableTargetRecord, ScalingPolicyRecord } from "./records";

/** AWS's own alarms of a tracked target: three periods above it scale out, fifteen minutes below nine tenths of it scale in. */
export const periodsAbove = 3;
export const minutesBelow = 15;
export const shareBelow = 0.9;

/** The part that an alarm of a policy has in its scaling. */
export type TrackingAlarm = "AlarmHigh" | "AlarmLow";

const prefix = "TargetTracking-";

/** The name of an alarm that AWS makes for a policy: with the resource, and with the id that the policy has in its ARN. */
export function trackingAlarmName({ resourceId, arn }: Pick<ScalingPolicyRecord, "resourceId" | "arn">, alarm: TrackingAlarm): string {
  return `${prefix}${resourceId}-${alarm}-${/scalingPolicy:([^:]+):/.exec(arn)?.[1] ?? ""}`;
}

/** Whether an alarm is one that was made for a policy, and not one that somebody made. */
export function isTrackingAlarm(name: string): boolean {
  return name.startsWith(prefix);
}

/** Makes the alarms of a target tracking policy what it says now. Throws FailedResourceAccessException when CloudWatch does not take them. */
export async function putTrackingAlarms(
  alarms: PolicyAlarms,
  region: string,
  target: Pick<ScalableTargetRecord, "endpoint" | "variant">,
  policy: ScalingPolicyRecord,
): Promise<void> {
  const wanted = alarmsFor(policy, target);
  const names = wanted.map(({ AlarmName }) => AlarmName);
  await alarms.delete(
    region,
    namesOf(policy).filter((name) => !names.includes(name)),
  );
  for (const alarm of wanted) {
    await alarms.put(region, alarm);
  }
}

/** Takes away the alarms of policies that are no more. */
export async function deleteTrackingAlarms(alarms: PolicyAlarms, region: string, policies: readonly ScalingPolicyRecord[]): Promise<void> {
  await alarms.delete(region, policies.flatMap(namesOf));
}

function namesOf(policy: ScalingPolicyRecord): string[] {
  return policy.type === "TargetTrackingScaling" ? [trackingAlarmName(policy, "AlarmHigh"), trackingAlarmName(policy, "AlarmLow")] : [];
}

function alarmsFor(policy: ScalingPolicyRecord, target: Pick<ScalableTargetRecord, "endpoint" | "variant">): PutMetricAlarmCommandInput[] {
  const metric = alarmMetric(policy, target);
  const goal = policy.tracking?.TargetValue ?? 0;
  if (metric === undefined) {
    return [];
  }
  const common = {
    AlarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${policy.arn}.`,
    ActionsEnabled: true,
    AlarmActions: [policy.arn],
  };
  const { period, ...of } = metric;
  const high: PutMetricAlarmCommandInput = {
    AlarmName: trackingAlarmName(policy, "AlarmHigh"),
    ...common,
    ...of,
    Period: period,
    EvaluationPeriods: periodsAbove,
    Threshold: goal,
    ComparisonOperator: "GreaterThanThreshold",
  };
  const low: PutMetricAlarmCommandInput = {
    AlarmName: trackingAlarmName(policy, "AlarmLow"),
    ...common,
    ...of,
    Period: 60,
    EvaluationPeriods: minutesBelow,
    Threshold: goal * shareBelow,
    ComparisonOperator: "LessThanThreshold",
  };
  return policy.tracking?.DisableScaleIn === true ? [high] : [high, low];
}

type AlarmMetric = Pick<PutMetricAlarmCommandInput, "MetricName" | "Namespace" | "Dimensions" | "Statistic" | "Unit"> & {
  /** Seconds. */
  readonly period: number;
};

/** What the alarms of a policy look at; `undefined` for metric math, of which the local CloudWatch has no alarms. */
function alarmMetric(
  { tracking }: ScalingPolicyRecord,
  target: Pick<ScalableTargetRecord, "endpoint" | "variant">,
): AlarmMetric | undefined {
  const known = trackedMetric(tracking, target);
  if (known !== undefined) {
    const { name, statistic, period, dimensions } = known;
    return { MetricName: name, Namespace: "AWS/SageMaker", Dimensions: complete(dimensions), Statistic: statistic, period };
  }
  if (tracking?.PredefinedMetricSpecification !== undefined) {
    const Dimensions = [
      { Name: "EndpointName", Value: target.endpoint },
      { Name: "VariantName", Value: target.variant },
    ];
    return {
      MetricName: "ServerlessProvisionedConcurrencyUtilization",
      Namespace: "AWS/SageMaker",
      Dimensions,
      Statistic: "Maximum",
      period: 60,
    };
  }
  const { MetricName, Namespace, Dimensions = [], Statistic, Unit } = tracking?.CustomizedMetricSpecification ?? {};
  return MetricName === undefined
    ? undefined
    : {
        MetricName,
        Namespace,
        Dimensions: complete(Dimensions),
        Statistic,
        ...(Unit === undefined ? {} : { Unit: Unit as StandardUnit }),
        period: 60,
      };
}

function complete(dimensions: readonly Pick<Dimension, "Name" | "Value">[]): Dimension[] {
  return dimensions.map(({ Name = "", Value = "" }) => ({ Name, Value }));
}
