import type * as pulumi from "@pulumi/pulumi";
import { type Checks, count, environmentName, isLater, join, map, object, required, show, text } from "../arguments";
import type { Problems } from "../errors/problems";
import { checkInstanceSettings, type InstanceSettingsArgs, type InstanceSpec, instanceSettingsChecks } from "./instance-settings";
import { checkInstances, type InstancesArgs, instanceSpec, instancesChecks } from "./instances-spec";

/** A further variant of a real-time endpoint. Where nothing else is said it is like the main one, also in its model. */
export interface VariantArgs {
  /** It gets this share of the sum of all weights of the requests. A whole number from 0 to 1000; with 0 it answers only those that name it. */
  weight: number;
  /** Image by digest. Default: the main variant's. */
  image?: pulumi.Input<string>;
  /** S3 URI of `model.tar.gz`. Default: the main variant's. */
  modelDataUrl?: pulumi.Input<string>;
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

/** What a variant serves, as far as it is not what the main variant serves. */
export interface VariantContent {
  readonly image?: pulumi.Input<string>;
  readonly modelDataUrl?: pulumi.Input<string>;
  readonly environment?: { [name: string]: pulumi.Input<string> };
}

const contentChecks = {
  image: text({ pattern: /^[^\s@]+@sha256:[0-9a-f]{64}$/, allowed: "an image by digest, <repository>@sha256:<64 hex digits>", max: 255 }),
  modelDataUrl: text({ pattern: /^s3:\/\/[^/]+\/.+\.tar\.gz$/, allowed: "s3://<bucket>/<key>.tar.gz", max: 1024 }),
  environment: map(text({ max: 1024 }), { max: 100, key: environmentName }),
};

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
  readonly content: VariantContent;
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

function contentOf({ image, modelDataUrl, environment }: VariantContent): VariantContent {
  return defined({ image, modelDataUrl, environment });
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(members: T): Defined<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>;
}
