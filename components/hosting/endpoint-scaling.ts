import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Checks, checkArguments, instanceType, isLater, object, required, sagemakerName, show, text } from "../arguments";
import { childOf, componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";
import { checkInstanceRules, type InstancesArgs, instancesChecks, variantName } from "./endpoint-spec";

export interface EndpointScalingArgs {
  /** Name of the endpoint, known once it is in service. */
  endpointName: pulumi.Input<string>;
  /** Name of the variant that is scaled. Default: main. */
  variantName?: string;
  /** Instance type of the variant. Burstable types (ml.t2) cannot be scaled. */
  instanceType: string;
  /** Between how many instances, and for which load. `max` must be greater than `min`. */
  instances: InstancesArgs;
}

export const endpointScalingChecks: Checks<EndpointScalingArgs> = {
  endpointName: required(text()),
  variantName: text(sagemakerName),
  instanceType: required(instanceType),
  instances: required(object(instancesChecks)),
};

export interface EndpointScalingNodes {
  readonly target: aws.appautoscaling.Target;
  readonly policy: aws.appautoscaling.Policy;
}

/** Requests in flight per instance in AWS's own example of this policy (https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-code-define.html). */
const usualConcurrency = 5;

/** Share of what an instance can take that AWS recommends to begin with (https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-loadtest.html). */
const safetyFactor = 0.5;

/**
 * Scales the instances of an endpoint's variant with its load, by target tracking with AWS's default cooldowns of 300 seconds. The load is requests in flight
 * per instance, seen within seconds, or, with `requestsPerSecond`, requests per minute and instance.
 */
export class EndpointScaling extends pulumi.ComponentResource {
  /** Identifier of what is scaled: `endpoint/<endpoint>/variant/<variant>`. */
  declare readonly resourceId: pulumi.Output<string>;

  constructor(name: string, args: EndpointScalingArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(endpointScalingChecks, args, "", problems);
    if (problems.faults.length === 0) {
      checkInstanceRules(args, "", problems);
      checkRange(args.instances, problems);
    }
    problems.throwIfAny("EndpointScaling", name);
    super(componentType("EndpointScaling"), name, {}, opts);
    const nodes = createScaling(this, name, args);
    keepNodes(this, nodes);
    this.resourceId = nodes.target.resourceId;
    this.registerOutputs({ resourceId: this.resourceId });
  }

  get nodes(): EndpointScalingNodes {
    return nodesOf(this);
  }
}

function checkRange({ min, max }: InstancesArgs, problems: Problems): void {
  if (!isLater(min) && !isLater(max) && (max ?? min ?? 1) === (min ?? 1)) {
    problems.add("instances.max", `got ${show(max)}; to scale it must be greater than instances.min, ${min ?? 1}`);
  }
}

function createScaling(parent: EndpointScaling, name: string, args: EndpointScalingArgs): EndpointScalingNodes {
  const { min = 1, max = min } = args.instances;
  // An endpoint that changes its instance type removes the registration before (see ScalingPause), so it is made anew after. There is one registration per
  // variant: made before the old one is deleted, it would be deleted with it.
  const anew = { replacementTrigger: args.instanceType, deleteBeforeReplace: true };
  const target = new aws.appautoscaling.Target(
    name,
    {
      serviceNamespace: "sagemaker",
      scalableDimension: "sagemaker:variant:DesiredInstanceCount",
      resourceId: pulumi.interpolate`endpoint/${args.endpointName}/variant/${args.variantName ?? variantName}`,
      minCapacity: min,
      maxCapacity: max,
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
      targetTrackingScalingPolicyConfiguration: trackedLoad(args.instances),
    },
    // With its registration AWS deletes the policy too.
    childOf(parent, anew),
  );
  return { target, policy };
}

function trackedLoad({
  concurrency,
  requestsPerSecond,
}: InstancesArgs): aws.types.input.appautoscaling.PolicyTargetTrackingScalingPolicyConfiguration {
  const metric = (predefinedMetricType: string) => ({ predefinedMetricSpecification: { predefinedMetricType } });
  return requestsPerSecond === undefined
    ? { ...metric("SageMakerVariantConcurrentRequestsPerModelHighResolution"), targetValue: concurrency ?? usualConcurrency }
    : { ...metric("SageMakerVariantInvocationsPerInstance"), targetValue: requestsPerSecond * 60 * safetyFactor };
}
