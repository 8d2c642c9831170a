import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { awsAccess, unlessUnseen } from "../aws/access";
import { type AwsAccess, awsClients } from "../aws/clients";
import { childOf } from "../component";
import { hasLocalStorage } from "../instance-storage";
import type { PlatformValues } from "../platform/platform-exports";
import { recordedChild } from "../recorded-state";
import { dataCaptureConfig } from "./data-capture";
import { describeEndpoint } from "./endpoint-gate";
import { variantName } from "./endpoint-spec";
import { initialCounts, type LiveCounts } from "./instance-count";
import type { InstanceSpec } from "./instance-settings";
import type { ServingSpec } from "./serving";
import { configurationType } from "./serving-kind";
import { volumeKey } from "./volume-key";

/** What a configuration is made of, beside how the model is served. */
export interface ConfigurationParts {
  readonly parent: pulumi.Resource;
  /** Name of the endpoint's component. */
  readonly name: string;
  /** Name of the model. */
  readonly modelName: string;
  readonly platform: PlatformValues;
  /** What each variant serves, by its name. */
  readonly models: Readonly<Record<string, aws.sagemaker.Model>>;
  readonly endpointName: pulumi.Output<string>;
  /** What makes it asynchronous; undefined when it is not. */
  readonly asyncInferenceConfig: aws.types.input.sagemaker.EndpointConfigurationAsyncInferenceConfig | undefined;
  readonly tags: pulumi.Input<{ [key: string]: pulumi.Input<string> }> | undefined;
}

type ServerlessSpec = Extract<ServingSpec, { kind: "serverless" }>;
/** What production and shadow variants have in common. */
type Variant = Omit<aws.types.input.sagemaker.EndpointConfigurationProductionVariant, "coreDumpConfig">;

/** A variant on instances, of any role. */
interface Member extends InstanceSpec {
  readonly name: string;
  readonly weight: number;
}

export function createConfiguration(parts: ConfigurationParts, spec: ServingSpec): aws.sagemaker.EndpointConfiguration {
  const members = spec.kind === "serverless" ? serverlessMembers(parts, spec) : instanceMembers(parts, spec);
  return new aws.sagemaker.EndpointConfiguration(`${parts.name}-config`, { ...members, tags: parts.tags }, childOf(parts.parent));
}

function serverlessMembers({ models }: ConfigurationParts, spec: ServerlessSpec): aws.sagemaker.EndpointConfigurationArgs {
  const { memorySizeInMb, maxConcurrency, provisionedConcurrency } = spec;
  const serverlessConfig = { memorySizeInMb, maxConcurrency, ...(provisionedConcurrency === undefined ? {} : { provisionedConcurrency }) };
  return { productionVariants: [{ variantName, modelName: models[variantName]?.name, initialVariantWeight: 1, serverlessConfig }] };
}

function instanceMembers(
  parts: ConfigurationParts,
  spec: Exclude<ServingSpec, { kind: "serverless" }>,
): aws.sagemaker.EndpointConfigurationArgs {
  const { name, modelName, platform, models, asyncInferenceConfig } = parts;
  const others = spec.kind === "realtime" ? spec.variants : [];
  const shadows = spec.kind === "realtime" && spec.shadow !== undefined ? [spec.shadow] : [];
  const production: Member[] = [{ ...spec, name: variantName, weight: spec.kind === "realtime" ? spec.weight : 1 }, ...others];
  const types = [...production, ...shadows].map(({ instanceType }) => instanceType);
  const capture = spec.kind === "realtime" ? spec.dataCapture : undefined;
  const config = {
    ...(shadows.length === 0 ? {} : { shadowProductionVariants: shadows.map((variant) => variantMembers(variant, models)) }),
    ...(asyncInferenceConfig === undefined ? {} : { asyncInferenceConfig }),
    ...(capture === undefined ? {} : { dataCaptureConfig: dataCaptureConfig(capture, platform, modelName) }),
    ...(types.every(hasLocalStorage) ? {} : { kmsKeyArn: platform.kmsKeyArn.apply((key) => volumeKey(name, key, types)) }),
  };
  const wanted = production.map((variant) => variantMembers(variant, models));
  const counts = countsOf(parts, production, { ...config, productionVariants: wanted });
  return {
    ...config,
    productionVariants: wanted.map((variant, index) =>
      production[index]?.isScaled
        ? { ...variant, initialInstanceCount: counts.apply((all) => all[String(variant.variantName)] ?? 1) }
        : variant,
    ),
  };
}

function variantMembers(variant: Member, models: ConfigurationParts["models"]): Variant {
  const { name, weight, instanceType, isScaled, minInstances, volumeSizeInGb, startupTimeoutSeconds, downloadTimeoutSeconds, routing } =
    variant;
  return {
    variantName: name,
    modelName: (models[name] ?? models[variantName])?.name,
    // A whole number: fractional weights never compare equal to what AWS gives back, and would replace the configuration each time.
    initialVariantWeight: weight,
    instanceType,
    ...(isScaled ? {} : { initialInstanceCount: minInstances }),
    volumeSizeInGb,
    containerStartupHealthCheckTimeoutInSeconds: startupTimeoutSeconds,
    modelDataDownloadTimeoutInSeconds: downloadTimeoutSeconds,
    ...(variant.inferenceAmiVersion === undefined ? {} : { inferenceAmiVersion: variant.inferenceAmiVersion }),
    ...(routing === undefined ? {} : { routingConfigs: [{ routingStrategy: routing }] }),
  };
}

/** What each scaled variant begins with, by its name. */
function countsOf(
  parts: ConfigurationParts,
  variants: readonly Member[],
  wanted: pulumi.Input<object>,
): pulumi.Output<Record<string, number>> {
  const { parent, name, platform, endpointName } = parts;
  const scaled = variants
    .filter(({ isScaled }) => isScaled)
    // A configuration begins with one instance at least, also where scaling then goes down to none.
    .map(({ name: variant, minInstances, widest: { min, max } }) => ({
      variant,
      start: Math.max(1, minInstances),
      min: Math.max(1, min),
      max,
    }));
  const recorded = recordedChild(`${name}-config`, configurationType, parent);
  return pulumi.all([wanted, recorded, endpointName, awsAccess(platform)]).apply(([config, known, itsName, access]) =>
    initialCounts({
      scaled,
      wanted: config,
      recorded: known,
      live: async () => (await unlessUnseen(() => liveCounts(itsName, access))) ?? {},
    }),
  );
}

/** How many instances each variant of the endpoint is meant to have now. */
async function liveCounts(endpointName: string, access: AwsAccess): Promise<LiveCounts> {
  const { ProductionVariants = [] } = (await describeEndpoint(endpointName, await awsClients(access))) ?? {};
  return Object.fromEntries(ProductionVariants.map(({ VariantName = "", DesiredInstanceCount }) => [VariantName, DesiredInstanceCount]));
}
