import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { awsAccess, unlessUnseen } from "../aws/access";
import { type AwsAccess, awsClients } from "../aws/clients";
import { childOf } from "../component";
import { hasLocalStorage } from "../instance-storage";
import type { PlatformValues } from "../platform/platform-exports";
import { recordedChild } from "../recorded-state";
import { describeEndpoint } from "./endpoint-gate";
import { variantName } from "./endpoint-spec";
import { initialCount } from "./instance-count";
import type { ServingSpec } from "./serving";
import { configurationType } from "./serving-kind";

/** What a configuration is made of, beside how the model is served. */
export interface ConfigurationParts {
  readonly parent: pulumi.Resource;
  /** Name of the endpoint's component. */
  readonly name: string;
  readonly platform: PlatformValues;
  readonly model: aws.sagemaker.Model;
  readonly endpointName: pulumi.Output<string>;
  /** What makes it asynchronous; undefined when it is not. */
  readonly asyncInferenceConfig: aws.types.input.sagemaker.EndpointConfigurationAsyncInferenceConfig | undefined;
  readonly tags: pulumi.Input<{ [key: string]: pulumi.Input<string> }> | undefined;
}

type InstanceSpec = Exclude<ServingSpec, { kind: "serverless" }>;

export function createConfiguration(parts: ConfigurationParts, spec: ServingSpec): aws.sagemaker.EndpointConfiguration {
  const variant = {
    variantName,
    modelName: parts.model.name,
    // Fractional weights never compare equal to what AWS gives back, and would replace the configuration each time.
    initialVariantWeight: 1,
    ...(spec.kind === "serverless" ? { serverlessConfig: serverlessConfig(spec) } : instanceMembers(parts, spec)),
  };
  // A key encrypts the volumes of instances: serverless containers have none.
  const hasVolume = spec.kind !== "serverless" && !hasLocalStorage(spec.instanceType);
  return new aws.sagemaker.EndpointConfiguration(
    `${parts.name}-config`,
    {
      productionVariants: [variant],
      ...(parts.asyncInferenceConfig === undefined ? {} : { asyncInferenceConfig: parts.asyncInferenceConfig }),
      ...(hasVolume ? { kmsKeyArn: parts.platform.kmsKeyArn } : {}),
      tags: parts.tags,
    },
    childOf(parts.parent),
  );
}

type Variant = aws.types.input.sagemaker.EndpointConfigurationProductionVariant;

function serverlessConfig({
  memorySizeInMb,
  maxConcurrency,
  provisionedConcurrency,
}: Extract<ServingSpec, { kind: "serverless" }>): Variant["serverlessConfig"] {
  return { memorySizeInMb, maxConcurrency, ...(provisionedConcurrency === undefined ? {} : { provisionedConcurrency }) };
}

function instanceMembers({ parent, name, platform, model, endpointName }: ConfigurationParts, spec: InstanceSpec): Partial<Variant> {
  const recorded = recordedChild(`${name}-config`, configurationType, parent);
  // A configuration begins with one instance at least, also where scaling then goes down to none.
  const initialInstanceCount = pulumi
    .all([model.name, recorded, endpointName, awsAccess(platform)])
    .apply(([modelName, known, itsName, access]) =>
      initialCount({
        ...spec,
        minInstances: Math.max(1, spec.minInstances),
        modelName,
        recorded: known,
        live: () => unlessUnseen(() => liveCount(itsName, access)),
      }),
    );
  return {
    instanceType: spec.instanceType,
    initialInstanceCount: spec.maxInstances > spec.minInstances ? initialInstanceCount : spec.minInstances,
    volumeSizeInGb: spec.volumeSizeInGb,
    containerStartupHealthCheckTimeoutInSeconds: spec.startupTimeoutSeconds,
    modelDataDownloadTimeoutInSeconds: spec.downloadTimeoutSeconds,
    ...(spec.routing === undefined ? {} : { routingConfigs: [{ routingStrategy: spec.routing }] }),
  };
}

/** How many instances the endpoint is meant to have now. */
async function liveCount(endpointName: string, access: AwsAccess): Promise<number | undefined> {
  const endpoint = await describeEndpoint(endpointName, await awsClients(access));
  return endpoint?.ProductionVariants?.find((variant) => variant.VariantName === variantName)?.DesiredInstanceCount;
}
