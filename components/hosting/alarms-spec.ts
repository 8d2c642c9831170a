import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { amount, type Checks, count, duration, join, seconds, show, topicArns } from "../arguments";
import type { Problems } from "../errors/problems";
import { gpuCount } from "../instance-gpus";
import { variantName } from "./endpoint-spec";
import type { ServingKind, ServingSpec } from "./serving";

/** The CloudWatch alarms of an endpoint. Each is on a metric that its kind publishes; what is missing counts as good. */
export interface AlarmsArgs {
  /** ARNs of SNS topics that hear when an alarm goes off, and when it is over. At most 5. Default: the platform's `alarmTopicArns`. */
  topicArns?: pulumi.Input<string>[];
  /** Percent of the requests of a minute that the model may answer 5XX, in two minutes of three. Range 0 to 100, default 5. Not for `async`. */
  errorPercent?: number;
  /** Milliseconds in which the model answers 99 of 100 requests of a minute, in two minutes of three. Range 1 to 3,600,000, default 30,000. Not for `async`. */
  p99ModelLatencyInMs?: number;
  /** Percent of an instance's memory in use for five minutes. Range 1 to 100, default 90. */
  memoryPercent?: number;
  /** Percent of an instance's disk in use for five minutes. Range 1 to 100, default 75 (data capture stops when disks are fuller). Not for `serverless`. */
  diskPercent?: number;
  /** Percent of the memory of an instance's GPUs in use for five minutes. Range 1 to 100, default 95. Only for instance types with GPUs. */
  gpuMemoryPercent?: number;
  /** Age of the oldest request that waits, for five minutes. Range 1m to 6h, default 30m. Only for `async`. */
  oldestRequestAge?: string;
  /** Requests that may fail in five minutes. Range 0 to 1,000,000, default 5. Only for `async`. */
  failedRequests?: number;
}

export const alarmsChecks: Checks<AlarmsArgs> = {
  topicArns,
  errorPercent: amount(0, 100),
  p99ModelLatencyInMs: count(1, 3_600_000),
  memoryPercent: amount(1, 100),
  diskPercent: amount(1, 100),
  gpuMemoryPercent: amount(1, 100),
  oldestRequestAge: duration("1m", "6h"),
  failedRequests: count(0, 1_000_000),
};

type Threshold = Exclude<keyof AlarmsArgs, "topicArns">;

/** Kinds that publish what an alarm looks at (https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html and its pages on asynchronous and serverless endpoints). */
const publishedBy: Readonly<Record<Threshold, readonly ServingKind[]>> = {
  errorPercent: ["realtime", "serverless"],
  p99ModelLatencyInMs: ["realtime", "serverless"],
  memoryPercent: ["realtime", "serverless", "async"],
  diskPercent: ["realtime", "async"],
  gpuMemoryPercent: ["realtime", "async"],
  oldestRequestAge: ["async"],
  failedRequests: ["async"],
};

/** Thresholds are there for what the endpoint publishes. */
export function checkAlarms(
  args: AlarmsArgs,
  spec: Pick<ServingSpec, "kind"> & { readonly types: readonly unknown[] },
  path: string,
  problems: Problems,
): void {
  for (const [name, kinds] of Object.entries(publishedBy) as [Threshold, readonly ServingKind[]][]) {
    const given = args[name];
    if (given !== undefined && given !== null && !kinds.includes(spec.kind)) {
      problems.add(
        join(path, name),
        `got ${show(given)} with ${spec.kind}, which publishes no such metric; it is for ${kinds.join(" and ")}: remove it`,
      );
    }
  }
  const { gpuMemoryPercent: gpu } = args;
  const isIdle = spec.types.length > 0 && spec.types.every((type) => typeof type === "string" && gpuCount(type) === 0);
  if (gpu !== undefined && gpu !== null && spec.kind !== "serverless" && isIdle) {
    problems.add(
      join(path, "gpuMemoryPercent"),
      `got ${show(gpu)} for ${spec.types.join(", ")}, whose GPUs are none or not known here; remove it`,
    );
  }
}

/** One alarm of one endpoint, but for names and topics. */
export interface AlarmPlan {
  /** What it is of: `errors`, or `errors-b` of the variant b. */
  readonly title: string;
  /** Undefined for metrics of the whole endpoint. */
  readonly variant: string | undefined;
  /** Whether a rollout that names no alarms goes back when it goes off. */
  readonly guards: boolean;
  readonly settings: Pick<
    aws.cloudwatch.MetricAlarmArgs,
    | "alarmDescription"
    | "namespace"
    | "metricName"
    | "statistic"
    | "extendedStatistic"
    | "threshold"
    | "period"
    | "evaluationPeriods"
    | "datapointsToAlarm"
  >;
}

/** AWS takes at most this many alarms for a rollout. */
const mostGuards = 10;

const requests = "AWS/SageMaker";
const instances = "/aws/sagemaker/Endpoints";
const twoMinutesOfThree = { period: 60, evaluationPeriods: 3, datapointsToAlarm: 2 };
const fiveMinutes = { period: 60, evaluationPeriods: 5, datapointsToAlarm: 5 };

/** The alarms of an endpoint, with all defaults. Expects arguments that passed the checks. */
export function alarmPlans(args: AlarmsArgs | undefined, spec: ServingSpec): AlarmPlan[] {
  // Other languages leave an argument out as null.
  const given: AlarmsArgs = Object.fromEntries(Object.entries(args ?? {}).filter(([, value]) => value !== null));
  const variants = [
    { name: variantName, instanceType: spec.kind === "serverless" ? "" : spec.instanceType },
    ...(spec.kind === "realtime" ? spec.variants : []),
  ];
  const plans = [
    ...variants.flatMap(({ name, instanceType }) => variantPlans(given, spec.kind, instanceType).map((plan) => ofVariant(plan, name))),
    ...(spec.kind === "async" ? queuePlans(given) : []),
  ];
  const isLatencyToo = plans.filter(({ guards }) => guards).length <= mostGuards;
  return plans.map((plan) => ({ ...plan, guards: plan.guards && (isLatencyToo || plan.settings.metricName !== "ModelLatency") }));
}

type VariantPlan = Omit<AlarmPlan, "variant">;

function ofVariant(plan: VariantPlan, name: string): AlarmPlan {
  return { ...plan, variant: name, title: name === variantName ? plan.title : `${plan.title}-${name}` };
}

function variantPlans(args: AlarmsArgs, kind: ServingKind, instanceType: string): VariantPlan[] {
  const {
    errorPercent = 5,
    p99ModelLatencyInMs = 30_000,
    memoryPercent = 90,
    diskPercent = 75,
    gpuMemoryPercent = 95,
    failedRequests = 5,
  } = args;
  const used = (title: string, metricName: string, threshold: number, alarmDescription: string): VariantPlan => ({
    title,
    guards: false,
    settings: { alarmDescription, namespace: instances, metricName, statistic: "Maximum", threshold, ...fiveMinutes },
  });
  const memory = used(
    "memory",
    "MemoryUtilization",
    memoryPercent,
    `More than ${memoryPercent} percent of the memory in use for five minutes`,
  );
  const gpus = gpuCount(instanceType);
  const disks =
    kind === "serverless"
      ? []
      : [used("disk", "DiskUtilization", diskPercent, `More than ${diskPercent} percent of the disk in use for five minutes`)];
  const gpuMemory =
    gpus === 0
      ? []
      : [
          used(
            "gpu-memory",
            "GPUMemoryUtilization",
            // The metric is the sum over the instance's GPUs.
            gpuMemoryPercent * gpus,
            `More than ${gpuMemoryPercent} percent of the memory of ${gpus === 1 ? "the GPU" : `${gpus} GPUs`} in use for five minutes`,
          ),
        ];
  const answers =
    kind === "async"
      ? [
          {
            title: "failures",
            guards: true,
            settings: {
              alarmDescription: `More than ${failedRequests} requests failed within five minutes`,
              namespace: requests,
              metricName: "InvocationFailures",
              statistic: "Sum",
              threshold: failedRequests,
              period: 300,
              evaluationPeriods: 1,
              datapointsToAlarm: 1,
            },
          },
        ]
      : [
          {
            title: "errors",
            guards: true,
            settings: {
              alarmDescription: `More than ${errorPercent} percent of the requests of a minute were answered 5XX by the model, in two minutes of three`,
              namespace: requests,
              metricName: "Invocation5XXErrors",
              statistic: "Average",
              threshold: errorPercent / 100,
              ...twoMinutesOfThree,
            },
          },
          {
            title: "latency",
            guards: true,
            settings: {
              alarmDescription: `One of 100 requests of a minute took the model longer than ${p99ModelLatencyInMs} ms, in two minutes of three`,
              namespace: requests,
              metricName: "ModelLatency",
              extendedStatistic: "p99",
              // The metric is in microseconds.
              threshold: p99ModelLatencyInMs * 1000,
              ...twoMinutesOfThree,
            },
          },
        ];
  return [...answers, memory, ...disks, ...gpuMemory];
}

function queuePlans({ oldestRequestAge = "30m" }: AlarmsArgs): AlarmPlan[] {
  return [
    {
      title: "oldest-request",
      variant: undefined,
      guards: false,
      settings: {
        alarmDescription: `The oldest request has waited longer than ${oldestRequestAge} for five minutes`,
        namespace: requests,
        metricName: "ApproximateAgeOfOldestRequest",
        statistic: "Maximum",
        threshold: seconds(oldestRequestAge, 0),
        ...fiveMinutes,
      },
    },
  ];
}
