import { amount, type Checks, count, duration, isLater, join, seconds, show } from "../arguments";
import type { Problems } from "../errors/problems";
import type { InstanceSettingsArgs, InstanceSpec } from "./instance-settings";
import { checkScheduledActions, type ScheduledActionArgs, scheduledActionsCheck, widest } from "./scheduled-actions";

/** How many instances serve. With `max` greater than `min` the number follows the load. */
export interface InstancesArgs {
  /** Least, and the number to begin with. Range 1 to 1000, default 1. */
  min?: number;
  /** Most. Range `min` to 1000, default `min`. */
  max?: number;
  /** Requests in flight per instance that scaling aims at. Range 0.1 to 10000, default 5, the value of AWS's documentation. Not with `requestsPerSecond`. */
  concurrency?: number;
  /** Requests per second one instance can take, by a load test; scaling aims at `safetyFactor` of it. Range 0.01 to 100000. */
  requestsPerSecond?: number;
  /** Share of `requestsPerSecond` that scaling aims at. Range 0.1 to 1, default 0.5, AWS's factor to begin with. */
  safetyFactor?: number;
  /** Time after instances were added until more are. Range 0s to 1h; AWS's default (5 minutes) when left out. */
  scaleOutCooldown?: string;
  /** Time after instances were removed until more are. Range 0s to 1h; AWS's default (5 minutes) when left out. */
  scaleInCooldown?: string;
  /** Other bounds at certain times, by the names of your choice. */
  scheduledActions?: { [name: string]: ScheduledActionArgs };
}

export const instancesChecks: Checks<InstancesArgs> = {
  min: count(1, 1000),
  max: count(1, 1000),
  concurrency: amount(0.1, 10_000),
  requestsPerSecond: amount(0.01, 100_000),
  safetyFactor: amount(0.1, 1),
  scaleOutCooldown: duration("0s", "1h"),
  scaleInCooldown: duration("0s", "1h"),
  scheduledActions: scheduledActionsCheck(1),
};

/** The instances of one variant. */
export interface VariantInstances {
  readonly instanceType?: string;
  readonly instances?: InstancesArgs;
}

/** Rules of the instances of one variant, whose number follows a load, a schedule or nothing. */
export function checkInstances(args: VariantInstances, path: string, problems: Problems): void {
  const { min, max, concurrency, requestsPerSecond, safetyFactor, scaleOutCooldown, scaleInCooldown, scheduledActions } =
    args.instances ?? {};
  checkInstanceRules(args, path, problems);
  if (isLater(min) || isLater(max) || (max ?? 1) > (min ?? 1) || scheduledActions !== undefined) {
    return;
  }
  for (const [key, value] of Object.entries({ concurrency, requestsPerSecond, safetyFactor, scaleOutCooldown, scaleInCooldown })) {
    if (value !== undefined) {
      problems.add(
        join(path, `instances.${key}`),
        `got ${show(value)}, but nothing is scaled; give an instances.max greater than instances.min, ${min ?? 1}, or remove it`,
      );
    }
  }
}

/** Rules between numbers of instances, what they follow, and their type. */
export function checkInstanceRules(args: VariantInstances, path: string, problems: Problems): void {
  const { min, max, concurrency, requestsPerSecond, safetyFactor, scheduledActions } = args.instances ?? {};
  if (concurrency !== undefined && requestsPerSecond !== undefined) {
    problems.add(
      join(path, "instances.requestsPerSecond"),
      `got ${show(requestsPerSecond)} together with concurrency ${show(concurrency)}; scaling follows one of them: remove the other`,
    );
  }
  if (safetyFactor !== undefined && requestsPerSecond === undefined) {
    problems.add(
      join(path, "instances.safetyFactor"),
      `got ${show(safetyFactor)} without requestsPerSecond, which it is a share of; give that too, or remove it`,
    );
  }
  if (isLater(min) || isLater(max)) {
    return;
  }
  const range = { min: min ?? 1, max: max ?? min ?? 1 };
  if (range.min > range.max) {
    problems.add(join(path, "instances.max"), `got ${show(max)}; it must be at least instances.min, ${range.min}`);
  }
  const isScheduled = typeof scheduledActions === "object" && scheduledActions !== null;
  if (isScheduled) {
    checkScheduledActions(scheduledActions, range, join(path, "instances.scheduledActions"), problems);
  }
  if ((range.max > range.min || isScheduled) && /^ml\.t\d/.test(String(args.instanceType))) {
    const [what, which] = range.max > range.min ? [`instances.max ${max}`, "instances.max"] : ["scheduled actions", "them"];
    problems.add(
      join(path, "instanceType"),
      `got ${show(args.instanceType)} with ${what}; AWS does not scale burstable instances: choose another type, such as "ml.m5.large", or remove ${which}`,
    );
  }
}

/** Fills in the defaults of one variant's instances. */
export function instanceSpec(settings: InstanceSettingsArgs, instances: InstancesArgs = {}): InstanceSpec {
  const { min = 1, max = min, scheduledActions } = instances;
  return {
    instanceType: settings.instanceType ?? "",
    minInstances: min,
    maxInstances: max,
    widest: widest({ min, max }, scheduledActions),
    isScaled: max > min || scheduledActions !== undefined,
    volumeSizeInGb: settings.volumeSizeInGb,
    startupTimeoutSeconds: settings.startupTimeout === undefined ? undefined : seconds(settings.startupTimeout, 0),
    downloadTimeoutSeconds: settings.downloadTimeout === undefined ? undefined : seconds(settings.downloadTimeout, 0),
    routing: settings.routing,
    inferenceAmiVersion: settings.inferenceAmiVersion,
  };
}
