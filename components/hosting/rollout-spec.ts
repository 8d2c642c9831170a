import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import {
  type Checks,
  count,
  duration,
  isLater,
  join,
  list,
  object,
  oneOf,
  parseDuration,
  required,
  seconds,
  show,
  text,
} from "../arguments";
import type { Problems } from "../errors/problems";

/** A share of an endpoint's instances. */
export interface CapacitySizeArgs {
  /** INSTANCE_COUNT or CAPACITY_PERCENT. */
  type: string;
  /** Instances, or percent of them. */
  value: number;
}

/** How an endpoint moves to a new configuration, and what makes it go back. */
export interface RolloutArgs {
  /** ALL_AT_ONCE, CANARY (a first share, then the rest) or LINEAR (share by share) to a second fleet, or ROLLING (batch by batch, without one). */
  type: string;
  /** First share of CANARY. At most half of the instances. */
  canarySize?: CapacitySizeArgs;
  /** Each share of LINEAR. A tenth to half of the instances. */
  linearStepSize?: CapacitySizeArgs;
  /** Each batch of ROLLING. 5 percent to half of the instances. */
  maximumBatchSize?: CapacitySizeArgs;
  /** Each batch of the way back of ROLLING. Default, AWS's: all at once. */
  rollbackMaximumBatchSize?: CapacitySizeArgs;
  /** Time that the alarms are watched after each step. Range 0s to 1h, default 5m. */
  waitInterval?: string;
  /** Time that the old fleet stays after the last step. Range 0s to 1h, default 0s. Not for ROLLING. */
  terminationWait?: string;
  /** Longest a rollout may take before it goes back. Range 10m to 4h, and more than all waiting. Default: an hour more than that, at most 4h. */
  maximumExecutionTimeout?: string;
  /** Names of 1 to 10 CloudWatch alarms, each of which makes the endpoint go back. Default: those of the endpoint that are of errors, latency and failures. */
  alarms?: pulumi.Input<string>[];
}

const capacitySize = object<CapacitySizeArgs>({
  type: required(oneOf("INSTANCE_COUNT", "CAPACITY_PERCENT")),
  value: required(count(1, 1000)),
});

export const rolloutChecks: Checks<RolloutArgs> = {
  type: required(oneOf("ALL_AT_ONCE", "CANARY", "LINEAR", "ROLLING")),
  canarySize: capacitySize,
  linearStepSize: capacitySize,
  maximumBatchSize: capacitySize,
  rollbackMaximumBatchSize: capacitySize,
  waitInterval: duration("0s", "1h"),
  terminationWait: duration("0s", "1h"),
  maximumExecutionTimeout: duration("10m", "4h"),
  alarms: list(text({ max: 255 }), { min: 1, max: 10 }),
};

const longest = 14_400;

type SizeName = "canarySize" | "linearStepSize" | "maximumBatchSize" | "rollbackMaximumBatchSize";

/** The size that a type goes by, and its least and greatest percentage. */
const sizeOf: Readonly<Record<string, { readonly name: SizeName; readonly least: number } | undefined>> = {
  CANARY: { name: "canarySize", least: 1 },
  LINEAR: { name: "linearStepSize", least: 10 },
  ROLLING: { name: "maximumBatchSize", least: 5 },
};

/** What a rollout goes over: the production variants of the endpoint. */
export interface Fleet {
  readonly instanceTypes: readonly unknown[];
  /** The least number of instances that each variant has. */
  readonly counts: readonly unknown[];
}

/** Rules between arguments, and between them and the endpoint's instances. */
export function checkRollout(args: RolloutArgs, fleet: Fleet, path: string, problems: Problems): void {
  const { type, alarms, terminationWait } = args;
  const own = sizeOf[type];
  for (const name of ["canarySize", "linearStepSize", "maximumBatchSize", "rollbackMaximumBatchSize"] as const) {
    const isOwn = name === own?.name || (name === "rollbackMaximumBatchSize" && type === "ROLLING");
    if (args[name] !== undefined && !isOwn) {
      problems.add(join(path, name), `got ${show(args[name])} with type ${show(type)}, which has no such size; remove it`);
    }
  }
  if (own !== undefined) {
    checkSize(args[own.name], own.least, fleet, join(path, own.name), type, problems);
  }
  if (type === "ROLLING" && terminationWait !== undefined) {
    problems.add(
      join(path, "terminationWait"),
      `got ${show(terminationWait)} with type "ROLLING", which has no second fleet to end; remove it`,
    );
  }
  if (type === "ROLLING" && fleet.counts.length > 1) {
    problems.add(
      join(path, "type"),
      'got "ROLLING" for an endpoint of several variants; AWS rolls one variant only: choose ALL_AT_ONCE, CANARY or LINEAR',
    );
  }
  const inf1 = fleet.instanceTypes.find((each) => /^ml\.inf1\./.test(String(each)));
  if (inf1 !== undefined && type !== "ALL_AT_ONCE") {
    problems.add(
      join(path, "type"),
      `got ${show(type)} for ${String(inf1)}; AWS moves Inf1 instances all at once only: choose ALL_AT_ONCE or another instance type`,
    );
  }
  if (Array.isArray(alarms) && new Set(alarms.filter((each) => !isLater(each))).size < alarms.filter((each) => !isLater(each)).length) {
    problems.add(join(path, "alarms"), `got ${show(alarms)}; each alarm can be there once`);
  }
  checkTimes(args, fleet, path, problems);
}

function checkSize(size: unknown, least: number, { counts }: Fleet, path: string, type: string, problems: Problems): void {
  if (!isSize(size)) {
    if (size === undefined) {
      problems.add(path, `is missing; type "${type}" needs it, such as { type: "CAPACITY_PERCENT", value: 20 }`);
    }
    return;
  }
  if (size.type === "CAPACITY_PERCENT" && (size.value < least || size.value > 50)) {
    problems.add(path, `got ${size.value} percent; allowed is ${least} to 50 percent of the instances`);
  }
  const fewest = Math.min(...counts.filter((each) => typeof each === "number"));
  if (size.type === "INSTANCE_COUNT" && Number.isFinite(fewest) && (size.value * 2 > fewest || size.value * 100 < least * fewest)) {
    problems.add(
      path,
      `got ${size.value} of ${fewest} instance${fewest === 1 ? "" : "s"}; allowed is ${least} to 50 percent of them: give another number, have more instances.min, or choose ALL_AT_ONCE`,
    );
  }
}

function checkTimes(args: RolloutArgs, fleet: Fleet, path: string, problems: Problems): void {
  const given = [args.waitInterval, args.terminationWait, args.maximumExecutionTimeout].map((each) =>
    each === undefined ? 0 : parseDuration(each),
  );
  if (given.includes(undefined) || (sizeOf[args.type] !== undefined && !isSize(args[sizeOf[args.type]?.name ?? "canarySize"]))) {
    return;
  }
  const waiting = waitingTime(args, fleet);
  const limit = args.maximumExecutionTimeout === undefined ? longest : (given[2] ?? 0);
  if (limit <= waiting) {
    problems.add(
      join(path, args.maximumExecutionTimeout === undefined ? "waitInterval" : "maximumExecutionTimeout"),
      `got ${show(args.maximumExecutionTimeout ?? args.waitInterval)}; the rollout waits ${waiting} seconds in all, and must end before ${limit}: wait less, take larger steps${limit < longest ? ", or allow more time" : ""}`,
    );
  }
}

/** Seconds that a rollout waits after its steps, and before the old fleet goes. */
function waitingTime(args: RolloutArgs, { counts }: Fleet): number {
  const size = args[sizeOf[args.type]?.name ?? "canarySize"];
  const fewest = Math.min(...counts.filter((each) => typeof each === "number"), 1000);
  const share = !isSize(size) ? 1 : size.type === "CAPACITY_PERCENT" ? size.value / 100 : size.value / fewest;
  const steps = args.type === "ALL_AT_ONCE" ? 1 : args.type === "CANARY" ? 2 : Math.ceil(1 / share);
  return steps * seconds(args.waitInterval, 300) + seconds(args.terminationWait, 0);
}

function isSize(size: unknown): size is CapacitySizeArgs {
  return typeof size === "object" && size !== null && "type" in size && "value" in size && typeof size.value === "number";
}

type DeploymentConfig = aws.types.input.sagemaker.EndpointDeploymentConfig;

/** Seconds after which a rollout goes back. */
export function executionTimeout(args: RolloutArgs, fleet: Fleet): number {
  return seconds(args.maximumExecutionTimeout, Math.min(longest, waitingTime(args, fleet) + 3600));
}

/** Fills in defaults. Expects arguments that passed the checks. */
export function deploymentConfig(args: RolloutArgs, fleet: Fleet): DeploymentConfig {
  const { type, alarms, canarySize, linearStepSize, maximumBatchSize, rollbackMaximumBatchSize } = args;
  const waitIntervalInSeconds = seconds(args.waitInterval, 300);
  const maximumExecutionTimeoutInSeconds = executionTimeout(args, fleet);
  return {
    ...(type === "ROLLING" && maximumBatchSize !== undefined
      ? {
          rollingUpdatePolicy: {
            maximumBatchSize,
            ...(rollbackMaximumBatchSize === undefined ? {} : { rollbackMaximumBatchSize }),
            waitIntervalInSeconds,
            maximumExecutionTimeoutInSeconds,
          },
        }
      : {
          blueGreenUpdatePolicy: {
            trafficRoutingConfiguration: {
              type,
              waitIntervalInSeconds,
              ...(canarySize === undefined ? {} : { canarySize }),
              ...(linearStepSize === undefined ? {} : { linearStepSize }),
            },
            terminationWaitInSeconds: seconds(args.terminationWait, 0),
            maximumExecutionTimeoutInSeconds,
          },
        }),
    ...(alarms === undefined ? {} : { autoRollbackConfiguration: { alarms: alarms.map((alarmName) => ({ alarmName })) } }),
  };
}
