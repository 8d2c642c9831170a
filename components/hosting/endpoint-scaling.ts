import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import {
  amount,
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
import { checkInstanceRules, type InstancesArgs, instancesChecks, variantName } from "./endpoint-spec";
import { followConcurrency, followLoad, type TargetTracking } from "./scaling-policies";

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
  /** Instance type of the variant. Burstable types (ml.t2) cannot be scaled. Needed with `instances`. */
  instanceType?: string;
  /** Between how many instances, and for which load. `max` must be greater than `min`. Give this or `provisionedConcurrency`. */
  instances?: InstancesArgs;
  /** For a serverless variant. Give this or `instances`. */
  provisionedConcurrency?: ProvisionedConcurrencyArgs;
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
  provisionedConcurrency: object(provisionedConcurrencyChecks),
};

export interface EndpointScalingNodes {
  readonly target: aws.appautoscaling.Target;
  readonly policy: aws.appautoscaling.Policy;
}

/**
 * Scales an endpoint's variant with its load, by target tracking with AWS's default cooldowns of 300 seconds. Of instances the load is requests in flight
 * per instance, seen within seconds, or, with `requestsPerSecond`, requests per minute and instance; of provisioned concurrency it is the share in use.
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
  const { instanceType: type, instances, provisionedConcurrency } = args;
  if (instances === undefined && provisionedConcurrency === undefined) {
    problems.add("instances", "is missing; give instances, or provisionedConcurrency for a serverless variant");
  } else if (instances !== undefined && provisionedConcurrency !== undefined) {
    problems.add(
      "provisionedConcurrency",
      `got ${show(provisionedConcurrency)} together with instances; a variant has one of them: remove the other`,
    );
  }
  if (instances !== undefined && type === undefined) {
    problems.add("instanceType", 'is missing; instances have a type, such as "ml.m5.large"');
  } else if (instances !== undefined && type !== undefined) {
    checkInstanceRules({ instanceType: type, instances }, "", problems);
    checkRange(instances, problems);
  }
  if (provisionedConcurrency !== undefined && provisionedConcurrency.max <= provisionedConcurrency.min) {
    const { min, max } = provisionedConcurrency;
    problems.add("provisionedConcurrency.max", `got ${max}; to scale it must be greater than provisionedConcurrency.min, ${min}`);
  }
}

function checkRange({ min, max }: InstancesArgs, problems: Problems): void {
  if (!isLater(min) && !isLater(max) && (max ?? min ?? 1) === (min ?? 1)) {
    problems.add("instances.max", `got ${show(max)}; to scale it must be greater than instances.min, ${min ?? 1}`);
  }
}

/** What is scaled, between which bounds, and what it follows. */
interface Scaled {
  readonly dimension: string;
  readonly min: number;
  readonly max: number;
  readonly tracking: TargetTracking;
  /** Another one is registered anew. */
  readonly trigger: string;
}

function scaledBy({ instanceType: type = "", instances = {}, provisionedConcurrency }: EndpointScalingArgs): Scaled {
  if (provisionedConcurrency !== undefined) {
    const { min, max, utilization } = provisionedConcurrency;
    const dimension = "sagemaker:variant:DesiredProvisionedConcurrency";
    return { dimension, min, max, tracking: followConcurrency(utilization), trigger: "serverless" };
  }
  const { min = 1, max = min } = instances;
  return { dimension: "sagemaker:variant:DesiredInstanceCount", min, max, tracking: followLoad(instances), trigger: type };
}

function createScaling(parent: EndpointScaling, name: string, args: EndpointScalingArgs, scaled: Scaled): EndpointScalingNodes {
  // An endpoint that changes its instance type removes the registration before (see ScalingPause), so it is made anew after. There is one registration per
  // variant: made before the old one is deleted, it would be deleted with it.
  const anew = { replacementTrigger: scaled.trigger, deleteBeforeReplace: true };
  const target = new aws.appautoscaling.Target(
    name,
    {
      serviceNamespace: "sagemaker",
      scalableDimension: scaled.dimension,
      resourceId: pulumi.interpolate`endpoint/${args.endpointName}/variant/${args.variantName ?? variantName}`,
      minCapacity: scaled.min,
      maxCapacity: scaled.max,
    },
    childOf(parent, anew),
  );
  const policy = new aws.appautoscaling.Policy(
    `${name}-policy`,
    {
      policyType: "TargetTrackingScaling",
      serviceNamespace: target.serviceNamespace,
      scalableDimension: target.scalableDimension,
      resourceId: target.resourceId,
      targetTrackingScalingPolicyConfiguration: scaled.tracking,
    },
    // With its registration AWS deletes the policy too.
    childOf(parent, anew),
  );
  return { target, policy };
}
