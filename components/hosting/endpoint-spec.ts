import { type Checks, count, type Excluded, flag, join, map, object, required, sagemakerName } from "../arguments";
import type { Problems } from "../errors/problems";
import { checkDataCapture, type DataCaptureArgs, dataCaptureChecks } from "./data-capture";
import {
  checkInstanceSettings,
  enableSsmAccess,
  type InstanceSpec,
  instanceSettingsChecks,
  managedInstanceScaling,
} from "./instance-settings";
import { checkInstances, type InstancesArgs, instanceSpec, instancesChecks } from "./instances-spec";
import { checkRollout, type RolloutArgs, rolloutChecks } from "./rollout-spec";
import {
  checkVariants,
  type ShadowArgs,
  shadowChecks,
  shadowSpec,
  type VariantArgs,
  type VariantSpec,
  variantChecks,
  variantSpec,
} from "./variant-spec";

/** The production variant every endpoint has. Its name stays the same over all updates, which deployment guardrails and scaling rely on. */
export const variantName = "main";

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
  /** AMI with the drivers of GPU or Neuron instances, such as `al2-ami-sagemaker-inference-gpu-3-1`; SageMaker's choice when left out. */
  inferenceAmiVersion?: string;
  /** No network for the container. Default: false. */
  networkIsolation?: boolean;
  /** Weight of what is declared here among `variants`: it gets this share of the sum of all weights of the requests. A whole number from 0 to 1000, default 1. */
  weight?: number;
  /** Further variants that answer a share of the requests, by name; at most 9. Not with `shadow`. */
  variants?: { [name: string]: VariantArgs };
  /** A variant that gets copies of requests, and whose answers nobody sees. Not with `variants`. */
  shadow?: ShadowArgs;
  /** Copies of requests and answers in S3. */
  dataCapture?: DataCaptureArgs;
  /** How it moves to a new configuration. When left out, AWS's way: all at once to a second fleet. */
  rollout?: RolloutArgs;
}

const variantNames = {
  ...sagemakerName,
  pattern: /^(?!(main|shadow)$)[a-zA-Z0-9](-*[a-zA-Z0-9])*$/,
  allowed: `${sagemakerName.allowed}, other than "main" and "shadow"`,
};

const { instanceType: typeCheck, ...settingsChecks } = instanceSettingsChecks;

export const realtimeChecks: Checks<RealtimeArgs> = {
  instanceType: required(typeCheck),
  instances: object(instancesChecks),
  ...settingsChecks,
  networkIsolation: flag,
  weight: count(0, 1000),
  variants: map(object(variantChecks), { min: 1, max: 9, key: variantNames }),
  shadow: object(shadowChecks),
  dataCapture: object(dataCaptureChecks),
  rollout: object(rolloutChecks),
};

/** What is not offered for real-time endpoints. */
export const realtimeExclusions: Excluded = { managedInstanceScaling, enableSsmAccess };

/** A real-time endpoint's arguments with all defaults, units in seconds. Undefined where AWS decides. */
export interface RealtimeSpec extends InstanceSpec {
  readonly networkIsolation: boolean;
  readonly weight: number;
  /** Variants beside the main one. */
  readonly variants: readonly VariantSpec[];
  readonly shadow: VariantSpec | undefined;
  readonly dataCapture: DataCaptureArgs | undefined;
  readonly rollout: RolloutArgs | undefined;
}

/** Rules between arguments. */
export function checkRealtimeRules(args: RealtimeArgs, path: string, problems: Problems): void {
  checkInstances(args, path, problems);
  checkInstanceSettings(args.instanceType, args, path, problems);
  checkVariants(args, path, problems);
  if (typeof args.dataCapture === "object" && args.dataCapture !== null) {
    checkDataCapture(args.dataCapture, join(path, "dataCapture"), problems);
  }
  if (typeof args.rollout === "object" && args.rollout !== null) {
    const variants = [args, ...Object.values(args.variants ?? {}).filter((variant) => typeof variant === "object" && variant !== null)];
    const fleet = {
      instanceTypes: variants.map(({ instanceType }) => instanceType),
      counts: variants.map(({ instances }) => instances?.min ?? 1),
    };
    checkRollout(args.rollout, fleet, join(path, "rollout"), problems);
  }
}

/** Fills in defaults. Expects arguments that passed the checks. */
export function realtimeSpec(args: RealtimeArgs): RealtimeSpec {
  // Other languages leave an argument out as null.
  const [shadow, dataCapture, rollout] = [args.shadow ?? undefined, args.dataCapture ?? undefined, args.rollout ?? undefined];
  return {
    ...instanceSpec(args, args.instances ?? undefined),
    networkIsolation: args.networkIsolation ?? false,
    // A shadow gets the share that its weight is of this one. Whole numbers: fractions never compare equal to what AWS gives back.
    weight: shadow === undefined ? (args.weight ?? 1) : 100,
    variants: Object.entries(args.variants ?? {}).map(([name, variant]) => variantSpec(name, variant, args)),
    shadow: shadow === undefined ? undefined : shadowSpec(shadow, args),
    dataCapture,
    rollout,
  };
}
