import type { StepScalingPolicyConfiguration } from "@aws-sdk/client-application-auto-scaling";
import type { ScalableTargetRecord } from "./records";

/** What a policy wants: how it makes another capacity out of one. */
export interface Wish {
  readonly direction: "out" | "in";
  /** Why, as the activity tells it. */
  readonly cause: string;
  /** AWS's seconds after the change in which it is not repeated. */
  readonly cooldown: number;
  /** The capacity it would make of this one. */
  from(capacity: number): number;
}

/** The change that was made last. Times are seconds of AWS. */
export interface LastChange {
  readonly direction: "out" | "in";
  readonly at: number;
  readonly cooldown: number;
  readonly before: number;
}

export interface Situation {
  readonly target: Pick<ScalableTargetRecord, "min" | "max" | "suspended">;
  readonly capacity: number;
  readonly now: number;
  readonly last: LastChange | undefined;
  readonly wishes: readonly Wish[];
}

export interface Change {
  readonly capacity: number;
  readonly direction: "out" | "in";
  readonly cause: string;
  readonly cooldown: number;
}

/**
 * What becomes of the policies' wishes. The largest capacity wins. Within the cooldown of a scale-out only one that is larger scales out, reckoned from
 * the capacity before; nothing scales in within a cooldown.
 */
export function decide({ target, capacity, now, last, wishes }: Situation): Change | undefined {
  const within = (wanted: number): number => Math.min(target.max, Math.max(target.min, wanted));
  const cooling = last !== undefined && now < last.at + last.cooldown;
  const base = cooling && last.direction === "out" ? last.before : capacity;
  const best = (direction: Wish["direction"], from: number): Change | undefined =>
    wishes
      .filter((wish) => wish.direction === direction)
      .map((wish) => ({ capacity: within(wish.from(from)), direction, cause: wish.cause, cooldown: wish.cooldown }))
      .reduce<Change | undefined>((most, each) => (most === undefined || each.capacity > most.capacity ? each : most), undefined);
  const out = target.suspended.DynamicScalingOutSuspended ? undefined : best("out", base);
  if (out !== undefined) {
    return out.capacity > capacity ? out : undefined;
  }
  if (cooling || target.suspended.DynamicScalingInSuspended) {
    return undefined;
  }
  const into = best("in", capacity);
  return into !== undefined && into.capacity < capacity ? into : undefined;
}

/** The capacity in proportion to how far a metric per instance is from its target. */
export function proportional(capacity: number, value: number, target: number): number {
  return Math.ceil((Math.max(1, capacity) * value) / target - 1e-9);
}

/** The capacity after the step that is meant for a metric's distance from the alarm's threshold; the same when there is no such step. */
export function stepped(step: StepScalingPolicyConfiguration, capacity: number, distance: number): number {
  const found = (step.StepAdjustments ?? []).find(({ MetricIntervalLowerBound: low, MetricIntervalUpperBound: high }) =>
    distance >= 0
      ? distance >= (low ?? Number.NEGATIVE_INFINITY) && distance < (high ?? Number.POSITIVE_INFINITY)
      : distance > (low ?? Number.NEGATIVE_INFINITY) && distance <= (high ?? Number.POSITIVE_INFINITY),
  );
  const adjustment = found?.ScalingAdjustment;
  if (adjustment === undefined) {
    return capacity;
  }
  switch (step.AdjustmentType) {
    case "ExactCapacity":
      return adjustment;
    case "PercentChangeInCapacity":
      return capacity + percentChange(capacity, adjustment, step.MinAdjustmentMagnitude ?? 1);
    default:
      return capacity + adjustment;
  }
}

/** As AWS rounds: away from zero below one, else towards zero; and never less than the magnitude asked for. */
function percentChange(capacity: number, percent: number, magnitude: number): number {
  const change = (capacity * percent) / 100;
  const whole = Math.abs(change) < 1 ? Math.sign(change) : Math.trunc(change);
  return Math.sign(percent) * Math.max(Math.abs(whole), magnitude);
}
