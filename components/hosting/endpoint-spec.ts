import {
  amount,
  type Checks,
  count,
  duration,
  flag,
  instanceType,
  isLater,
  join,
  object,
  oneOf,
  required,
  seconds,
  show,
} from "../arguments";
import type { Problems } from "../errors/problems";

/** The one production variant. Its name stays the same over all updates, which deployment guardrails and scaling rely on. */
export const variantName = "main";

/** How many instances serve. With `max` greater than `min` the number follows the load. */
export interface InstancesArgs {
  /** Least, and the number to begin with. Range 1 to 1000, default 1. */
  min?: number;
  /** Most. Range `min` to 1000, default `min`. */
  max?: number;
  /** Requests in flight per instance that scaling aims at. Range 0.1 to 10000, default 5, the value of AWS's documentation. Not with `requestsPerSecond`. */
  concurrency?: number;
  /** Requests per second one instance can take, by a load test; scaling aims at half of it, AWS's safety factor to begin with. Range 0.01 to 100000. */
  requestsPerSecond?: number;
}

/** A real-time endpoint: instances that are always there. */
export interface RealtimeArgs {
  /** Instance type, such as `ml.m5.xlarge`. */
  instanceType: string;
  instances?: InstancesArgs;
  /** Volume of each instance in GB. Range 1 to 512; SageMaker's choice when left out. Not for instance types with disks of their own. */
  volumeSizeInGb?: number;
  /** How long a container may take until `/ping` answers 200. Range 60s to 1h; SageMaker's default (8 minutes) when left out. */
  startupTimeout?: string;
  /** How long the model data may take to download. Range 60s to 1h. */
  downloadTimeout?: string;
  /** LEAST_OUTSTANDING_REQUESTS or RANDOM; SageMaker's choice when left out. */
  routing?: string;
  /** No network for the container. Default: false. */
  networkIsolation?: boolean;
}

export const instancesChecks: Checks<InstancesArgs> = {
  min: count(1, 1000),
  max: count(1, 1000),
  concurrency: amount(0.1, 10_000),
  requestsPerSecond: amount(0.01, 100_000),
};

export const realtimeChecks: Checks<RealtimeArgs> = {
  instanceType: required(instanceType),
  instances: object(instancesChecks),
  volumeSizeInGb: count(1, 512),
  startupTimeout: duration("60s", "1h"),
  downloadTimeout: duration("60s", "1h"),
  routing: oneOf("LEAST_OUTSTANDING_REQUESTS", "RANDOM"),
  networkIsolation: flag,
};

/** A real-time endpoint's arguments with all defaults, units in seconds. Undefined where AWS decides. */
export interface RealtimeSpec {
  readonly instanceType: string;
  readonly minInstances: number;
  readonly maxInstances: number;
  readonly volumeSizeInGb: number | undefined;
  readonly startupTimeoutSeconds: number | undefined;
  readonly downloadTimeoutSeconds: number | undefined;
  readonly routing: string | undefined;
  readonly networkIsolation: boolean;
}

/** Rules between arguments. */
export function checkRealtimeRules(args: RealtimeArgs, path: string, problems: Problems): void {
  const { min, max, concurrency, requestsPerSecond } = args.instances ?? {};
  checkInstanceRules(args, path, problems);
  if (isLater(min) || isLater(max) || (max ?? 1) > (min ?? 1)) {
    return;
  }
  for (const [key, value] of Object.entries({ concurrency, requestsPerSecond })) {
    if (value !== undefined) {
      problems.add(
        join(path, `instances.${key}`),
        `got ${show(value)}, but nothing is scaled; give an instances.max greater than instances.min, ${min ?? 1}, or remove it`,
      );
    }
  }
}

/** Rules between numbers of instances and their type. */
export function checkInstanceRules(args: Pick<RealtimeArgs, "instanceType" | "instances">, path: string, problems: Problems): void {
  const { min, max, concurrency, requestsPerSecond } = args.instances ?? {};
  if (concurrency !== undefined && requestsPerSecond !== undefined) {
    problems.add(
      join(path, "instances.requestsPerSecond"),
      `got ${show(requestsPerSecond)} together with concurrency ${show(concurrency)}; scaling follows one of them: remove the other`,
    );
  }
  if (isLater(min) || isLater(max) || max === undefined) {
    return;
  }
  if ((min ?? 1) > max) {
    problems.add(join(path, "instances.max"), `got ${show(max)}; it must be at least instances.min, ${min ?? 1}`);
  }
  if (max > (min ?? 1) && /^ml\.t\d/.test(String(args.instanceType))) {
    problems.add(
      join(path, "instanceType"),
      `got ${show(args.instanceType)} with instances.max ${max}; AWS does not scale burstable instances: choose another type, such as "ml.m5.large", or remove instances.max`,
    );
  }
}

/** Fills in defaults. Expects arguments that passed the checks. */
export function realtimeSpec(args: RealtimeArgs): RealtimeSpec {
  const minInstances = args.instances?.min ?? 1;
  return {
    instanceType: args.instanceType,
    minInstances,
    maxInstances: args.instances?.max ?? minInstances,
    volumeSizeInGb: args.volumeSizeInGb,
    startupTimeoutSeconds: args.startupTimeout === undefined ? undefined : seconds(args.startupTimeout, 0),
    downloadTimeoutSeconds: args.downloadTimeout === undefined ? undefined : seconds(args.downloadTimeout, 0),
    routing: args.routing,
    networkIsolation: args.networkIsolation ?? false,
  };
}
