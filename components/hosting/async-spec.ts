import type * as pulumi from "@pulumi/pulumi";
import {
  amount,
  type Checks,
  count,
  duration,
  type Excluded,
  flag,
  instanceType,
  isLater,
  join,
  list,
  object,
  oneOf,
  required,
  seconds,
  show,
  text,
} from "../arguments";
import type { Problems } from "../errors/problems";
import {
  checkInstanceSettings,
  enableSsmAccess,
  type InstanceSpec,
  instanceSettingsChecks,
  managedInstanceScaling,
} from "./instance-settings";
import { checkRollout, type RolloutArgs, rolloutChecks } from "./rollout-spec";
import { checkScheduledActions, type ScheduledActionArgs, scheduledActionsCheck, widest } from "./scheduled-actions";

/** How many instances work on requests. With `max` greater than `min` the number follows what waits. */
export interface AsyncInstancesArgs {
  /** Least. With 0 there is no instance while nothing waits, and a request that comes then starts the first. Range 0 to 1000, default 1. */
  min?: number;
  /** Most. Range `min` to 1000, and 1 at least. Default: `min`, or 1 when that is 0. */
  max?: number;
  /** Requests per instance, those that wait and those under way, that scaling aims at. Range 0.1 to 10000, default 5, the value of AWS's documentation. Not with `oldestRequestAge`. */
  backlogPerInstance?: number;
  /** Age of the oldest request that scaling aims at, such as "60s". Range 1s to 6h. Not with `backlogPerInstance`. */
  oldestRequestAge?: string;
  /** Time after instances were added until more are. Range 0s to 1h, default 5m. */
  scaleOutCooldown?: string;
  /** Time after instances were removed until more are. Range 0s to 1h, default 10m. */
  scaleInCooldown?: string;
  /** Other bounds at certain times, by the names of your choice; with a `max` of 0 nothing is worked on. */
  scheduledActions?: { [name: string]: ScheduledActionArgs };
}

/** Who is told when a request has its result, or has failed. Without an ARN, `ModelService` makes a topic for each of the two. */
export interface AsyncNotificationsArgs {
  /** ARN of a topic of yours for results. */
  successTopicArn?: pulumi.Input<string>;
  /** ARN of a topic of yours for failures. */
  errorTopicArn?: pulumi.Input<string>;
  /** Messages that carry the answer itself when it has 128 KB at most: SUCCESS_NOTIFICATION_TOPIC, ERROR_NOTIFICATION_TOPIC or both. Default: none. */
  includeResponseIn?: string[];
}

/** An asynchronous endpoint: requests wait in a queue, inputs and results are in S3. For large inputs, long predictions and bursts. */
export interface AsyncArgs {
  /** Instance type, such as `ml.g5.xlarge`. */
  instanceType: string;
  instances?: AsyncInstancesArgs;
  /** S3 prefix callers put inputs under. Default: `s3://<bucket>/async/<model>/input` in the platform's bucket. */
  input?: pulumi.Input<string>;
  /** S3 prefix of results. Default: `s3://<bucket>/async/<model>/output` in the platform's bucket. */
  output?: pulumi.Input<string>;
  /** S3 prefix of what failed requests leave. Default: `s3://<bucket>/async/<model>/failure` in the platform's bucket. */
  failurePath?: pulumi.Input<string>;
  /** Messages in SNS topics; `{}` makes a topic for results and one for failures. None when left out. */
  notifications?: AsyncNotificationsArgs;
  /** Requests an instance works on at a time. Range 1 to 1000; SageMaker's choice when left out. */
  maxConcurrentInvocationsPerInstance?: number;
  /** Volume of each instance in GB. Range 1 to 512; SageMaker's choice when left out. Not for instance types with disks of their own. */
  volumeSizeInGb?: number;
  /** How long a container may take until `/ping` answers 200. Range 60s to 1h; SageMaker's default (8 minutes) when left out. */
  startupTimeout?: string;
  /** How long the model data may take to download. Range 60s to 1h. */
  downloadTimeout?: string;
  /** AMI with the drivers of GPU or Neuron instances, such as `al2-ami-sagemaker-inference-gpu-3-1`; SageMaker's choice when left out. */
  inferenceAmiVersion?: string;
  /** No network for the container. Default: false. */
  networkIsolation?: boolean;
  /** How it moves to a new configuration. When left out, AWS's way: all at once to a second fleet. */
  rollout?: RolloutArgs;
}

const s3Prefix = text({ pattern: /^s3:\/\/[^/]+(\/.*)?$/, allowed: "s3://<bucket>/<prefix>", max: 512 });

const topicArn = text({
  pattern: /^arn:aws[a-z-]*:sns:[a-z0-9-]*:\d{12}:[a-zA-Z0-9_.-]+$/,
  allowed: "the ARN of an SNS topic, arn:aws:sns:<region>:<account>:<topic>",
});

export const asyncInstancesChecks: Checks<AsyncInstancesArgs> = {
  min: count(0, 1000),
  max: count(1, 1000),
  backlogPerInstance: amount(0.1, 10_000),
  oldestRequestAge: duration("1s", "6h"),
  scaleOutCooldown: duration("0s", "1h"),
  scaleInCooldown: duration("0s", "1h"),
  scheduledActions: scheduledActionsCheck(0),
};

const topics = { SUCCESS_NOTIFICATION_TOPIC: "successTopicArn", ERROR_NOTIFICATION_TOPIC: "errorTopicArn" } as const;

export const asyncNotificationsChecks: Checks<AsyncNotificationsArgs> = {
  successTopicArn: topicArn,
  errorTopicArn: topicArn,
  includeResponseIn: list(oneOf(...Object.keys(topics)), { min: 1, max: 2 }),
};

export const asyncChecks: Checks<AsyncArgs> = {
  instanceType: required(instanceType),
  instances: object(asyncInstancesChecks, {
    concurrency: "an asynchronous endpoint publishes no requests in flight: give backlogPerInstance or oldestRequestAge",
    requestsPerSecond: "an asynchronous endpoint publishes no invocations: give backlogPerInstance or oldestRequestAge",
  }),
  input: s3Prefix,
  output: s3Prefix,
  failurePath: s3Prefix,
  notifications: object(asyncNotificationsChecks),
  maxConcurrentInvocationsPerInstance: count(1, 1000),
  volumeSizeInGb: instanceSettingsChecks.volumeSizeInGb,
  startupTimeout: instanceSettingsChecks.startupTimeout,
  downloadTimeout: instanceSettingsChecks.downloadTimeout,
  inferenceAmiVersion: instanceSettingsChecks.inferenceAmiVersion,
  networkIsolation: flag,
  rollout: object(rolloutChecks),
};

/** What AWS does not have for asynchronous endpoints. */
export const asyncExclusions: Excluded = {
  routing: "requests wait in one queue, and any instance with room takes the next: remove it",
  dataCapture: "AWS does not capture the data of asynchronous endpoints, whose inputs and results are in S3 anyway: remove it",
  variants: "an asynchronous endpoint has one variant here: remove it, or serve with realtime",
  weight: "an asynchronous endpoint has one variant here: remove it, or serve with realtime",
  shadow: "AWS copies the requests of real-time endpoints only: remove it, or serve with realtime",
  managedInstanceScaling,
  enableSsmAccess,
};

/** An asynchronous endpoint's arguments with all defaults, units in seconds. Undefined where AWS decides. */
export interface AsyncSpec extends InstanceSpec {
  readonly networkIsolation: boolean;
  readonly rollout: RolloutArgs | undefined;
}

/** Between how many instances an endpoint is scaled; the same number twice when it is not. */
export function asyncRange({ min = 1, max }: AsyncInstancesArgs = {}): { readonly min: number; readonly max: number } {
  return { min, max: max ?? Math.max(1, min) };
}

/** Rules between arguments. */
export function checkAsyncRules(args: AsyncArgs, path: string, problems: Problems): void {
  const { instances, notifications, rollout } = args;
  checkInstanceSettings(args.instanceType, args, path, problems);
  if (typeof instances === "object" && instances !== null) {
    checkAsyncInstances(args.instanceType, instances, join(path, "instances"), problems);
  }
  if (typeof notifications === "object" && notifications !== null) {
    checkTopics(notifications, join(path, "notifications"), problems);
  }
  if (typeof rollout === "object" && rollout !== null) {
    // While there is no instance, there is none to count: the least that an update begins with is one.
    const counts = [Math.max(1, typeof instances?.min === "number" ? instances.min : 1)];
    checkRollout(rollout, { instanceTypes: [args.instanceType], counts }, join(path, "rollout"), problems);
  }
}

/** Rules between numbers of instances and what they follow. */
export function checkAsyncInstances(type: unknown, instances: AsyncInstancesArgs, path: string, problems: Problems): void {
  const { min, max, backlogPerInstance, oldestRequestAge, scaleInCooldown, scaleOutCooldown, scheduledActions } = instances;
  const followed = { backlogPerInstance, oldestRequestAge, scaleInCooldown, scaleOutCooldown };
  if (followed.backlogPerInstance !== undefined && followed.oldestRequestAge !== undefined) {
    problems.add(
      join(path, "oldestRequestAge"),
      `got ${show(followed.oldestRequestAge)} together with backlogPerInstance ${show(followed.backlogPerInstance)}; scaling follows one of them: remove the other`,
    );
  }
  if (isLater(min) || isLater(max)) {
    return;
  }
  const range = asyncRange(instances);
  const isScheduled = typeof scheduledActions === "object" && scheduledActions !== null;
  if (isScheduled) {
    checkScheduledActions(scheduledActions, range, join(path, "scheduledActions"), problems);
  }
  if (range.min > range.max) {
    problems.add(join(path, "max"), `got ${show(max)}; it must be at least instances.min, ${range.min}`);
  } else if (range.min === range.max && !isScheduled) {
    for (const [key, value] of Object.entries(followed).filter(([, each]) => each !== undefined)) {
      problems.add(
        join(path, key),
        `got ${show(value)}, but nothing is scaled; give an instances.max greater than instances.min, ${range.min}, or remove it`,
      );
    }
  } else if (/^ml\.t\d/.test(String(type))) {
    problems.add(
      path.replace(/instances$/, "instanceType"),
      `got ${show(type)} with ${range.min} to ${range.max} instances; AWS does not scale burstable instances: choose another type, such as "ml.m5.large"`,
    );
  }
}

/** An answer can only be included in a message that is sent. */
function checkTopics(args: AsyncNotificationsArgs, path: string, problems: Problems): void {
  if (!givesTopics(args) || !Array.isArray(args.includeResponseIn)) {
    return;
  }
  args.includeResponseIn.forEach((name, index) => {
    const topic = Object.hasOwn(topics, name) ? topics[name as keyof typeof topics] : undefined;
    if (topic !== undefined && args[topic] === undefined) {
      problems.add(join(path, `includeResponseIn[${index}]`), `got ${show(name)} without ${topic}; give that topic, or remove this entry`);
    }
  });
}

/** Whether a declaration brings topics of its own; when it does not, two are made. */
export function givesTopics({ successTopicArn, errorTopicArn }: AsyncNotificationsArgs): boolean {
  return successTopicArn !== undefined || errorTopicArn !== undefined;
}

/** Fills in defaults. Expects arguments that passed the checks. */
export function asyncSpec(args: AsyncArgs): AsyncSpec {
  const { min, max } = asyncRange(args.instances);
  const scheduledActions = args.instances?.scheduledActions;
  return {
    instanceType: args.instanceType,
    minInstances: min,
    maxInstances: max,
    widest: widest({ min, max }, scheduledActions),
    isScaled: max > min || scheduledActions !== undefined,
    volumeSizeInGb: args.volumeSizeInGb,
    startupTimeoutSeconds: args.startupTimeout === undefined ? undefined : seconds(args.startupTimeout, 0),
    downloadTimeoutSeconds: args.downloadTimeout === undefined ? undefined : seconds(args.downloadTimeout, 0),
    routing: undefined,
    inferenceAmiVersion: args.inferenceAmiVersion,
    networkIsolation: args.networkIsolation ?? false,
    rollout: args.rollout ?? undefined,
  };
}
