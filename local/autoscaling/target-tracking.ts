import type { EndpointSeries } from "./endpoint-series";
import { trackedMetric } from "./policy-metric";
import type { ScalableTargetRecord, ScalingPolicyRecord } from "./records";
import { proportional, type Wish } from "./scaling-decision";
import { minutesBelow, periodsAbove, shareBelow, type TrackingAlarm, trackingAlarmName } from "./tracking-alarms";

/** Seconds, for variants of SageMaker. */
export const usualCooldown = 300;

/** How many looks at the metrics make a period of so many seconds of AWS. */
export type Looks = (seconds: number) => number;

/** What the policies of a target that track a metric want now. Those that may scale in do so only when all of them want to. */
export function trackingWishes(
  target: ScalableTargetRecord,
  policies: readonly ScalingPolicyRecord[],
  region: string,
  series: EndpointSeries,
  looks: Looks,
): Wish[] {
  const wishes: Wish[] = [];
  let agreed = true;
  for (const policy of policies) {
    const { tracking } = policy;
    const metric = trackedMetric(tracking, target);
    const values = metric === undefined ? undefined : series.find(region, metric);
    if (tracking === undefined || metric === undefined || values === undefined) {
      continue;
    }
    const goal = tracking.TargetValue ?? 0;
    const above = values.datapoints(periodsAbove, looks(metric.period), metric.statistic, metric.period / 60);
    const newest = above?.at(-1) ?? 0;
    if (above?.every((value) => value > goal) === true) {
      wishes.push({
        direction: "out",
        cause: cause(policy, "AlarmHigh"),
        cooldown: tracking.ScaleOutCooldown ?? usualCooldown,
        from: (capacity) => proportional(capacity, newest, goal),
      });
    }
    if (tracking.DisableScaleIn === true) {
      continue;
    }
    const below = values.datapoints(minutesBelow, looks(60), metric.statistic, 1);
    if (below?.every((value) => value < goal * shareBelow) !== true) {
      agreed = false;
      continue;
    }
    const highest = Math.max(...below);
    wishes.push({
      direction: "in",
      cause: cause(policy, "AlarmLow"),
      cooldown: tracking.ScaleInCooldown ?? usualCooldown,
      from: (capacity) => (highest === 0 ? 0 : proportional(capacity, highest, goal)),
    });
  }
  return agreed ? wishes : wishes.filter(({ direction }) => direction === "out");
}

function cause(policy: ScalingPolicyRecord, alarm: TrackingAlarm): string {
  return `monitor alarm ${trackingAlarmName(policy, alarm)} in state ALARM triggered policy ${policy.name}`;
}
