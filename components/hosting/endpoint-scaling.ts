import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  amount,
  anything,
  type Checks,
  checkArguments,
  count,
  instanceType,
  isLater,
  object,
  required,
  sagemakerName,
  show,
  text,
} from "../arguments";
import { childOf, componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";
import { type AsyncInstancesArgs, asyncInstancesChecks, asyncRange, checkAsyncInstances } from "./async-spec";
import { variantName } from "./endpoint-spec";
import { checkInstanceRules, type InstancesArgs, instancesChecks } from "./instances-spec";
import { followBacklog, followConcurrency, followLoad, noCapacityAlarm, type TargetTracking, wakeUp } from "./scaling-policies";
import { createScheduledActions, type ScheduledActionArgs, widest } from "./scheduled-actions";

/** Between which provisioned concurrencies a serverless variant is scaled, and at which use of it. */
export interface ProvisionedConcurrencyArgs {
  /** Least. Range 1 to 200. */
  min: number;
  /** Most. Range `min` to 200. */
  max: number;
  /** Share in use that scaling aims at. Range 0.1 to 0.9, default 0.5. */
  utilization?: number;
}

export interface EndpointScalingArgs {
  /** Name of the endpoint, known once it is in service. */
  endpointName: pulumi.Input<string>;
  /** Name of the variant that is scaled. Default: main. */
  variantName?: string;
  /** Instance type of the variant. Burstable types (ml.t2) cannot be scaled. Needed with `instances` and `asyncInstances`. */
  instanceType?: string;
  /** Between how many instances, and for which load. `max` must be greater than `min`, unless there are scheduled actions. Give this, `asyncInstances` or `provisionedConcurrency`. */
  instances?: InstancesArgs;
  /** For the variant of an asynchronous endpoint. `max` must be greater than `min`, unless there are scheduled actions. */
  asyncInstances?: AsyncInstancesArgs;
  /** For a serverless variant. */
  provisionedConcurrency?: ProvisionedConcurrencyArgs;
  /** Tags of the alarm that wakes an asynchronous endpoint; registrations and policies take none. */
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

const provisionedConcurrencyChecks: Checks<ProvisionedConcurrencyArgs> = {
  min: required(count(1, 200)),
  max: required(count(1, 200)),
  utilization: amount(0.1, 0.9),
};

export const endpointScalingChecks: Checks<EndpointScalingArgs> = {
  endpointName: required(text()),
  variantName: text(sagemakerName),
  instanceType,
  instances: object(instancesChecks),
  asyncInstances: object(asyncInstancesChecks),
  provisionedConcurrency: object(provisionedConcurrencyChecks),
  tags: anything,
};

export interface EndpointScalingNodes {
  readonly target: aws.appautoscaling.Target;
  readonly policy: aws.appautoscaling.Policy;
  /** Starts the first instance of an asynchronous endpoint; undefined for one that is never without. */
  readonly wakePolicy: aws.appautoscaling.Policy | undefined;
  readonly wakeAlarm: aws.cloudwatch.MetricAlarm | undefined;
  /** By the names they were declared with. */
  readonly scheduledActions: Readonly<Record<string, aws.appautoscaling.ScheduledAction>>;
}

/**
 * Scales an endpoint's variant with its load, by target tracking with AWS's default cooldowns of 300 seconds. Of instances the load is requests in flight
 * per instance, seen within seconds, or, with `requestsPerSecond`, requests per minute and instance; of an asynchronous endpoint what waits, from no instance
 * at all with a policy and an alarm that start the first; of provisioned concurrency it is the share in use.
 */
export class EndpointScaling extends pulumi.ComponentResource {
  /** Identifier of what is scaled: `endpoint/<endpoint>/variant/<variant>`. */
  declare readonly resourceId: pulumi.Output<string>;

  constructor(name: string, args: EndpointScalingArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(endpointScalingChecks, args, "", problems);
    if (problems.faults.length === 0) {
      checkRules(args, problems);
    }
    problems.throwIfAny("EndpointScaling", name);
    super(componentType("EndpointScaling"), name, {}, opts);
    const nodes = createScaling(this, name, args, scaledBy(args));
    keepNodes(this, nodes);
    this.resourceId = nodes.target.resourceId;
    this.registerOutputs({ resourceId: this.resourceId });
  }

  get nodes(): EndpointScalingNodes {
    return nodesOf(this);
  }
}

function checkRules(args: EndpointScalingArgs, problems: Problems): void {
  const { instanceType: type, instances, asyncInstances, provisionedConcurrency } = args;
  const given = Object.entries({ instances, asyncInstances, provisionedConcurrency }).filter(([, value]) => value !== undefined);
  if (given.length === 0) {
    problems.add(
      "instances",
      "is missing; give instances, asyncInstances for an asynchronous endpoint, or provisionedConcurrency for a serverless one",
    );
  }
  for (const [key, value] of given.slice(1)) {
    problems.add(key, `got ${show(value)} together with ${given[0]?.[0]}; a variant is scaled in one way: remove one of the two`);
  }
  if (type === undefined && (instances !== undefined || asyncInstances !== undefined)) {
    problems.add("instanceType", 'is missing; instances have a type, such as "ml.m5.large"');
  } else if (instances !== undefined && type !== undefined) {
    checkInstanceRules({ instanceType: type, instances }, "", problems);
    checkRange("instances", { min: instances.min ?? 1, max: instances.max ?? instances.min ?? 1 }, instances, problems);
  } else if (asyncInstances !== undefined) {
    checkAsyncInstances(type, asyncInstances, "asyncInstances", problems);
    checkRange("asyncInstances", asyncRange(asyncInstances), asyncInstances, problems);
  }
  if (provisionedConcurrency !== undefined && provisionedConcurrency.max <= provisionedConcurrency.min) {
    const { min, max } = provisionedConcurrency;
    problems.add("provisionedConcurrency.max", `got ${max}; to scale it must be greater than provisionedConcurrency.min, ${min}`);
  }
}

function checkRange(path: string, { min, max }: Range, given: InstancesArgs | AsyncInstancesArgs, problems: Problems): void {
  if (!isLater(min) && !isLater(max) && max === min && given.scheduledActions === undefined) {
    problems.add(`${path}.max`, `got ${show(given.max)}; to scale it must be greater than ${path}.min, ${min}`);
  }
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** What is scaled, between which bounds, and what it follows. */
interface Scaled extends Range {
  readonly dimension: string;
  readonly tracking: TargetTracking;
  /** Another one is registered anew. */
  readonly trigger: string;
  readonly scheduledActions: Readonly<Record<string, ScheduledActionArgs>>;
}

function scaledBy(args: EndpointScalingArgs): Scaled {
  const { instanceType: trigger = "", instances = {}, asyncInstances, provisionedConcurrency } = args;
  if (provisionedConcurrency !== undefined) {
    const { min, max, utilization } = provisionedConcurrency;
    const dimension = "sagemaker:variant:DesiredProvisionedConcurrency";
    return { dimension, min, max, tracking: followConcurrency(utilization), trigger: "serverless", scheduledActions: {} };
  }
  const dimension = "sagemaker:variant:DesiredInstanceCount";
  if (asyncInstances !== undefined) {
    const { scheduledActions = {} } = asyncInstances;
    return {
      dimension,
      ...asyncRange(asyncInstances),
      tracking: followBacklog(args.endpointName, asyncInstances),
      trigger,
      scheduledActions,
    };
  }
  const { min = 1, max = min, scheduledActions = {} } = instances;
  return { dimension, min, max, tracking: followLoad(instances), trigger, scheduledActions };
}

function createScaling(parent: EndpointScaling, name: string, args: EndpointScalingArgs, scaled: Scaled): EndpointScalingNodes {
  // An endpoint that changes its instance type removes the registration before (see ScalingPause), so it is made anew after. There is one registration per
  // variant: made before the old one is deleted, it would be deleted with it. With its registration AWS deletes the policies too.
  const anew = childOf(parent, { replacementTrigger: scaled.trigger, deleteBeforeReplace: true });
  const target = new aws.appautoscaling.Target(
    name,
    {
      serviceNamespace: "sagemaker",
      scalableDimension: scaled.dimension,
      resourceId: pulumi.interpolate`endpoint/${args.endpointName}/variant/${args.variantName ?? variantName}`,
      minCapacity: scaled.min,
      maxCapacity: scaled.max,
    },
    anew,
  );
  const { serviceNamespace, scalableDimension, resourceId } = target;
  const variant = { serviceNamespace, scalableDimension, resourceId };
  const policy = new aws.appautoscaling.Policy(
    `${name}-policy`,
    { ...variant, policyType: "TargetTrackingScaling", targetTrackingScalingPolicyConfiguration: scaled.tracking },
    anew,
  );
  const scheduledActions = createScheduledActions(name, scaled.scheduledActions, variant, anew);
  if (args.asyncInstances === undefined || widest(scaled, scaled.scheduledActions).min > 0) {
    return { target, policy, wakePolicy: undefined, wakeAlarm: undefined, scheduledActions };
  }
  const wakePolicy = new aws.appautoscaling.Policy(
    `${name}-wake-policy`,
    { ...variant, policyType: "StepScaling", stepScalingPolicyConfiguration: wakeUp(args.asyncInstances) },
    anew,
  );
  const wakeAlarm = new aws.cloudwatch.MetricAlarm(
    `${name}-wake`,
    { ...noCapacityAlarm, dimensions: { EndpointName: args.endpointName }, alarmActions: [wakePolicy.arn], tags: args.tags },
    childOf(parent),
  );
  return { target, policy, wakePolicy, wakeAlarm, scheduledActions };
}
