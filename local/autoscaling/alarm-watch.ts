import type { MetricAlarm, StateValue } from "@aws-sdk/client-cloudwatch";
import type { EndpointSeries } from "./endpoint-series";
import type { Statistic } from "./metric-series";
import type { PolicyAlarm, PolicyAlarms } from "./policy-alarms";
import type { ScalingPolicyRecord } from "./records";
import { stepped, type Wish } from "./scaling-decision";
import { type Looks, usualCooldown } from "./target-tracking";
import { isTrackingAlarm } from "./tracking-alarms";

/** Real milliseconds between two readings of the alarms. */
const readAgain = 1_000;

/** Seconds of AWS between two actions of an alarm that stays in ALARM. */
const actAgain = 60;

/** How CloudWatch, and what stands for it here, begins the reason of a state it came to by itself. */
const ownReason = "Threshold Crossed";

interface Verdict {
  readonly state: StateValue;
  /** The newest value less the threshold. */
  readonly distance: number;
}

interface Reading {
  readonly at: number;
  readonly alarms: readonly PolicyAlarm[];
}

/**
 * The alarms of scaling policies. Those on metrics the platform knows by itself are evaluated here, in the time of scaling, and their state is told to
 * CloudWatch; of others CloudWatch's own state counts. They trigger step scaling; those of target tracking show what it sees. An alarm of a step that
 * somebody raised by hand counts once.
 */
export class AlarmWatch {
  private readonly readings = new Map<string, Reading>();
  /** When an alarm acted last (seconds of AWS), and by which raising by hand. */
  private readonly acted = new Map<string, number>();
  private readonly raised = new Map<string, number>();

  constructor(
    private readonly alarms: PolicyAlarms,
    private readonly series: EndpointSeries,
    private readonly looks: Looks,
    private readonly log: (line: string) => void,
  ) {}

  /** Reads the alarms again when it is time to, and tells CloudWatch of those whose state has changed. `now` is in real milliseconds. */
  async read(region: string, now: number): Promise<void> {
    if (now - (this.readings.get(region)?.at ?? Number.NEGATIVE_INFINITY) < readAgain) {
      return;
    }
    try {
      const alarms = await this.alarms.of(region);
      this.readings.set(region, { at: now, alarms });
      for (const { name, alarm } of alarms) {
        const verdict = this.judge(region, alarm);
        const handled = isTrackingAlarm(name) || this.raised.get(`${region}/${name}`) === raisedAt(alarm) || !isRaisedByHand(alarm);
        if (verdict !== undefined && verdict.state !== alarm.StateValue && handled) {
          await this.alarms.set(region, name, verdict.state, `${ownReason}: seen by the local endpoint in the time of its scaling.`);
        }
      }
    } catch (error) {
      this.readings.set(region, { at: now, alarms: this.readings.get(region)?.alarms ?? [] });
      this.log(`the alarms of scaling policies cannot be read: ${String(error)}`);
    }
  }

  /** What the policies want whose alarms are in ALARM. `seconds` is the time of scaling. */
  wishes(region: string, policies: readonly ScalingPolicyRecord[], seconds: number): Wish[] {
    return policies.flatMap((policy) =>
      (this.readings.get(region)?.alarms ?? [])
        .filter(({ policyArns, alarm }) => policyArns.includes(policy.arn) && alarm.ActionsEnabled !== false)
        .flatMap((alarm) => this.wish(region, policy, alarm, seconds)),
    );
  }

  private wish(region: string, policy: ScalingPolicyRecord, { name, alarm }: PolicyAlarm, seconds: number): Wish[] {
    const { step } = policy;
    const distance = this.firing(`${region}/${name}`, region, alarm, `${region}/${name}/${policy.arn}`, seconds);
    if (step === undefined || distance === undefined) {
      return [];
    }
    // A step scales out or in whatever the capacity is, but for an exact one, of which the comparison tells.
    const probe = 1_000;
    const direction = stepped(step, probe, distance) < probe && step.AdjustmentType !== "ExactCapacity" ? "in" : "out";
    const wish = {
      cause: `monitor alarm ${name} in state ALARM triggered policy ${policy.name}`,
      cooldown: step.Cooldown ?? usualCooldown,
      from: (capacity: number) => stepped(step, capacity, distance),
    };
    return step.AdjustmentType === "ExactCapacity"
      ? [
          { ...wish, direction: "out" },
          { ...wish, direction: "in" },
        ]
      : [{ ...wish, direction }];
  }

  /** The distance of the metric from the threshold when the alarm acts now. */
  private firing(name: string, region: string, alarm: MetricAlarm, key: string, seconds: number): number | undefined {
    const verdict = this.judge(region, alarm);
    if (verdict !== undefined && verdict.state !== "ALARM" && isRaisedByHand(alarm) && this.raised.get(name) !== raisedAt(alarm)) {
      this.raised.set(name, raisedAt(alarm));
      return 0;
    }
    const state = verdict?.state ?? alarm.StateValue;
    if (state !== "ALARM") {
      this.acted.delete(key);
      return undefined;
    }
    if (seconds - (this.acted.get(key) ?? Number.NEGATIVE_INFINITY) < actAgain) {
      return undefined;
    }
    this.acted.set(key, seconds);
    return verdict?.distance ?? 0;
  }

  /** The state of an alarm on a metric that the platform knows; `undefined` for others. */
  private judge(region: string, alarm: MetricAlarm): Verdict | undefined {
    const { MetricName, Namespace, Dimensions = [], Period = 60, EvaluationPeriods = 1, Threshold = 0 } = alarm;
    const series =
      Namespace === "AWS/SageMaker" && MetricName !== undefined
        ? this.series.find(region, { name: MetricName, dimensions: Dimensions })
        : undefined;
    if (series === undefined) {
      return undefined;
    }
    const statistic: Statistic = alarm.Statistic ?? "Average";
    const values = series.datapoints(EvaluationPeriods, this.looks(Period), statistic, Period / 60);
    if (values === undefined) {
      return { state: "INSUFFICIENT_DATA", distance: 0 };
    }
    const breaching = values.filter((value) => breaches(value, alarm.ComparisonOperator, Threshold)).length;
    const state = breaching >= (alarm.DatapointsToAlarm ?? EvaluationPeriods) ? "ALARM" : "OK";
    return { state, distance: (values.at(-1) ?? 0) - Threshold };
  }
}

function isRaisedByHand({ StateValue, StateReason = "" }: MetricAlarm): boolean {
  return StateValue === "ALARM" && !StateReason.startsWith(ownReason);
}

function raisedAt({ StateUpdatedTimestamp }: MetricAlarm): number {
  return StateUpdatedTimestamp?.getTime() ?? 0;
}

function breaches(value: number, operator: MetricAlarm["ComparisonOperator"], threshold: number): boolean {
  switch (operator) {
    case "GreaterThanThreshold":
      return value > threshold;
    case "LessThanThreshold":
      return value < threshold;
    case "LessThanOrEqualToThreshold":
      return value <= threshold;
    default:
      return value >= threshold;
  }
}
