import type * as pulumi from "@pulumi/pulumi";
import { type Checks, count, isLater, join, object, required, show } from "../arguments";
import type { Problems } from "../errors/problems";
import { contentChecks } from "./content-rules";
import { checkInstanceSettings, type InstanceSettingsArgs, type InstanceSpec, instanceSettingsChecks } from "./instance-settings";
import { checkInstances, type InstancesArgs, instanceSpec, instancesChecks } from "./instances-spec";
import type { ModelContent } from "./model-content";

/** A further variant of a real-time endpoint. Where nothing else is said it is like the main one, also in its model. */
export interface VariantArgs {
  /** It gets this share of the sum of all weights of the requests. A whole number from 0 to 1000; with 0 it answers only those that name it. */
  weight: number;
  /** Image by digest. Default: the main variant's. */
  image?: pulumi.Input<string>;
  /** S3 URI of `model.tar.gz`. Default: the main variant's. */
  modelDataUrl?: pulumi.Input<string>;
  /** In its place, S3 prefix whose objects are the model as they are. Default: the main variant's. */
  modelDataPrefix?: pulumi.Input<string>;
  /** Environment of its container, beside the main variant's. */
  environment?: { [name: string]: pulumi.Input<string> };
  /** Instance type. Default: the main variant's, with its volume and its AMI. */
  instanceType?: string;
  /** Instances of its own. Default: one. */
  instances?: InstancesArgs;
  /** Volume of each instance in GB. Range 1 to 512. */
  volumeSizeInGb?: number;
  /** How long a container may take until `/ping` answers 200. Range 60s to 1h. Default: as the main variant. */
  startupTimeout?: string;
  /** How long the model data may take to download. Range 60s to 1h. Default: as the main variant. */
  downloadTimeout?: string;
  /** LEAST_OUTSTANDING_REQUESTS or RANDOM. Default: as the main variant. */
  routing?: string;
  /** AMI with the drivers of GPU or Neuron instances. */
  inferenceAmiVersion?: string;
}

/** A variant that gets copies of requests. What it answers is measured and captured, and never returned. */
export interface ShadowArgs {
  /** Share of the requests that is copied to it, in percent. Range 1 to 100. */
  samplingPercentage: number;
  /** Image by digest. Default: the main variant's. */
  image?: pulumi.Input<string>;
  /** S3 URI of `model.tar.gz`. Default: the main variant's. */
  modelDataUrl?: pulumi.Input<string>;
  /** In its place, S3 prefix whose objects are the model as they are. Default: the main variant's. */
  modelDataPrefix?: pulumi.Input<string>;
  /** Environment of its container, beside the main variant's. */
  environment?: { [name: string]: pulumi.Input<string> };
  /** Instance type. Default: the main variant's, with its volume and its AMI. */
  instanceType?: string;
  /** Number of its instances, which is not scaled. Range 1 to 1000, default 1. */
  instanceCount?: number;
  /** Volume of each instance in GB. Range 1 to 512. */
  volumeSizeInGb?: number;
  /** How long a container may take until `/ping` answers 200. Range 60s to 1h. Default: as the main variant. */
  startupTimeout?: string;
  /** How long the model data may take to download. Range 60s to 1h. Default: as the main variant. */
  downloadTimeout?: string;
  /** LEAST_OUTSTANDING_REQUESTS or RANDOM. Default: as the main variant. */
  routing?: string;
  /** AMI with the drivers of GPU or Neuron instances. */
  inferenceAmiVersion?: string;
}

export const variantChecks: Checks<VariantArgs> = {
  weight: required(count(0, 1000)),
  ...contentChecks,
  ...instanceSettingsChecks,
  instances: object(instancesChecks),
};

export const shadowChecks: Checks<ShadowArgs> = {
  samplingPercentage: required(count(1, 100)),
  ...contentChecks,
  ...instanceSettingsChecks,
  instanceCount: count(1, 1000),
};

/** The main variant as far as the others have to do with it. */
interface MainVariant extends InstanceSettingsArgs {
  readonly instances?: InstancesArgs;
  readonly weight?: number;
  readonly variants?: { [name: string]: VariantArgs };
  readonly shadow?: ShadowArgs;
}

/** Rules between the variants of an endpoint, and of each. */
export function checkVariants(main: MainVariant, path: string, problems: Problems): void {
  const { weight, variants, shadow } = main;
  const others = Object.entries(isObject(variants) ? variants : {}).filter(([, variant]) => isObject(variant));
  for (const [name, variant] of others) {
    checkOne(main, variant, join(path, `variants.${name}`), problems);
    checkInstances({ ...variant, instanceType: variant.instanceType ?? main.instanceType ?? "" }, join(path, `variants.${name}`), problems);
  }
  if (weight !== undefined && others.length === 0) {
    problems.add(join(path, "weight"), `got ${show(weight)}, but nothing is weighed against it; give variants too, or remove it`);
  } else if (others.length > 0 && [weight ?? 1, ...others.map(([, variant]) => variant.weight)].every((each) => each === 0)) {
    problems.add(join(path, "weight"), "got 0, as all variants have; one of them must get the requests: give it a weight of 1 or more");
  }
  if (isObject(shadow)) {
    checkOne(main, shadow, join(path, "shadow"), problems);
    if (others.length > 0) {
      problems.add(
        join(path, "shadow"),
        `got ${show(shadow)} together with variants ${others.map(([name]) => name).join(", ")}; AWS copies requests of one variant only: remove variants or shadow`,
      );
    }
  }
}

function checkOne(main: MainVariant, variant: VariantArgs | ShadowArgs, path: string, problems: Problems): void {
  const type = variant.instanceType ?? main.instanceType;
  checkInstanceSettings(type, variant, path, problems);
}

function isObject<T extends object>(value: T | undefined): value is T {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isLater(value);
}

/** A variant with all defaults. */
export interface VariantSpec extends InstanceSpec {
  readonly name: string;
  readonly weight: number;
  /** What it serves, as far as that is not what the main variant serves. */
  readonly content: ModelContent;
  readonly instances: InstancesArgs;
}

export function variantSpec(name: string, args: VariantArgs, main: InstanceSettingsArgs): VariantSpec {
  const instances = args.instances ?? {};
  return { ...instanceSpec(inherited(args, main), instances), name, weight: args.weight, content: contentOf(args), instances };
}

/** Its weight is the percentage: the main variant has a weight of 100. */
export function shadowSpec(args: ShadowArgs, main: InstanceSettingsArgs): VariantSpec {
  const instances = { min: args.instanceCount ?? 1 };
  return {
    ...instanceSpec(inherited(args, main), instances),
    name: "shadow",
    weight: args.samplingPercentage,
    content: contentOf(args),
    instances,
  };
}

/** Volume and AMI come with the instance type they were chosen for. */
function inherited(args: InstanceSettingsArgs, main: InstanceSettingsArgs): InstanceSettingsArgs {
  const { instanceType, volumeSizeInGb, startupTimeout, downloadTimeout, routing, inferenceAmiVersion } = args;
  const ofType = instanceType === undefined || instanceType === main.instanceType ? main : {};
  return defined({
    instanceType: instanceType ?? main.instanceType,
    volumeSizeInGb: volumeSizeInGb ?? ofType.volumeSizeInGb,
    startupTimeout: startupTimeout ?? main.startupTimeout,
    downloadTimeout: downloadTimeout ?? main.downloadTimeout,
    routing: routing ?? main.routing,
    inferenceAmiVersion: inferenceAmiVersion ?? ofType.inferenceAmiVersion,
  });
}

function contentOf({ image, modelDataUrl, modelDataPrefix, environment }: VariantArgs | ShadowArgs): ModelContent {
  return defined({ image, modelDataUrl, modelDataPrefix, environment });
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(members: T): Defined<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>;
}
