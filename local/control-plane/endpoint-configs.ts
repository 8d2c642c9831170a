import type {
  CreateEndpointConfigCommandInput,
  CreateEndpointConfigCommandOutput,
  DeleteEndpointConfigCommandInput,
  DeleteEndpointConfigCommandOutput,
  DescribeEndpointConfigCommandInput,
  DescribeEndpointConfigCommandOutput,
  ListEndpointConfigsCommandInput,
  ListEndpointConfigsCommandOutput,
  ProductionVariant,
} from "@aws-sdk/client-sagemaker";
import { findModel } from "./models";
import { date, given, type Operation, operation } from "./operation";
import { listPage } from "./pagination";
import type { EndpointConfigRecord, ModelRecord } from "./records";
import type { Region } from "./region";
import { invalid, notFound } from "./service-error";
import { addTags, removeTags } from "./tags";

export function endpointConfigOperations(): Record<string, Operation> {
  return {
    CreateEndpointConfig: operation<CreateEndpointConfigCommandInput, CreateEndpointConfigCommandOutput>(async (input, { region }) => {
      const { Tags, ...request } = input;
      const name = given(input.EndpointConfigName);
      const arn = region.arn("endpoint-config", name);
      checkVariants(region, [...given(input.ProductionVariants), ...(input.ShadowProductionVariants ?? [])]);
      checkShadows(input);
      if (region.endpointConfigs.has(name)) {
        throw invalid(`Cannot create already existing endpoint configuration "${arn}".`);
      }
      const shadows = input.ShadowProductionVariants;
      const weighed = {
        ProductionVariants: given(input.ProductionVariants).map(withWeight),
        ...(shadows === undefined ? {} : { ShadowProductionVariants: shadows.map(withWeight) }),
      };
      await region.endpointConfigs.put(name, { name, arn, request: { ...request, ...weighed }, createdAt: Date.now() });
      await addTags(region, arn, Tags);
      return { EndpointConfigArn: arn };
    }),
    DescribeEndpointConfig: operation<DescribeEndpointConfigCommandInput, DescribeEndpointConfigCommandOutput>((input, { region }) => {
      const { arn, request, createdAt } = findEndpointConfig(region, given(input.EndpointConfigName));
      return {
        ...request,
        EndpointConfigName: request.EndpointConfigName,
        EndpointConfigArn: arn,
        ProductionVariants: request.ProductionVariants,
        CreationTime: date(createdAt),
        EnableNetworkIsolation: request.EnableNetworkIsolation ?? false,
      };
    }),
    ListEndpointConfigs: operation<ListEndpointConfigsCommandInput, ListEndpointConfigsCommandOutput>((input, { region }) => {
      const { items, nextToken } = listPage(region.endpointConfigs.list(), input);
      return {
        EndpointConfigs: items.map((config) => ({
          EndpointConfigName: config.name,
          EndpointConfigArn: config.arn,
          CreationTime: date(config.createdAt),
        })),
        NextToken: nextToken,
      };
    }),
    DeleteEndpointConfig: operation<DeleteEndpointConfigCommandInput, DeleteEndpointConfigCommandOutput>(async (input, { region }) => {
      const { name, arn } = findEndpointConfig(region, given(input.EndpointConfigName));
      await region.endpointConfigs.delete(name);
      await removeTags(region, arn);
      return {};
    }),
  };
}

export function findEndpointConfig(region: Region, name: string): EndpointConfigRecord {
  const config = region.endpointConfigs.get(name);
  if (config === undefined) {
    throw notFound(`Could not find endpoint configuration "${region.arn("endpoint-config", name)}".`);
  }
  return config;
}

function withWeight(variant: ProductionVariant): ProductionVariant {
  return { ...variant, InitialVariantWeight: variant.InitialVariantWeight ?? 1 };
}

function checkShadows({
  ProductionVariants = [],
  ShadowProductionVariants = [],
  DataCaptureConfig,
}: CreateEndpointConfigCommandInput): void {
  const isServerless = ProductionVariants.some(({ ServerlessConfig }) => ServerlessConfig !== undefined);
  if (isServerless && DataCaptureConfig !== undefined && DataCaptureConfig.EnableCapture !== false) {
    throw invalid("Data capture is not supported for serverless variants; leave DataCaptureConfig out.");
  }
  if (ShadowProductionVariants.length === 0) {
    return;
  }
  if (ProductionVariants.length > 1 || ShadowProductionVariants.length > 1) {
    throw invalid("With ShadowProductionVariants there can be one production variant and one shadow variant only.");
  }
  if (isServerless || ShadowProductionVariants.some(({ ServerlessConfig }) => ServerlessConfig !== undefined)) {
    throw invalid("Shadow variants are not supported for serverless variants.");
  }
}

function checkVariants(region: Region, variants: readonly ProductionVariant[]): void {
  const names = new Set<string>();
  for (const variant of variants) {
    const name = given(variant.VariantName);
    if (names.has(name)) {
      throw invalid(`The variant name ${name} is used more than once; variant names must be unique within an endpoint configuration.`);
    }
    names.add(name);
    const model = variant.ModelName === undefined ? undefined : findModel(region, variant.ModelName);
    if (variant.ServerlessConfig !== undefined) {
      checkServerless(name, variant, variants.length, model);
    } else if (variant.InstanceType === undefined) {
      throw invalid(`Variant ${name} must have an InstanceType or a ServerlessConfig.`);
    } else if (variant.InitialInstanceCount === undefined && variant.ManagedInstanceScaling === undefined) {
      throw invalid(`Variant ${name} must have an InitialInstanceCount.`);
    }
  }
}

function checkServerless(name: string, variant: ProductionVariant, count: number, model: ModelRecord | undefined): void {
  const { MaxConcurrency, MemorySizeInMB, ProvisionedConcurrency } = variant.ServerlessConfig ?? {};
  if (variant.InstanceType !== undefined || variant.InitialInstanceCount !== undefined) {
    throw invalid(`Variant ${name} cannot have both a ServerlessConfig and an InstanceType or InitialInstanceCount.`);
  }
  if (count > 1) {
    throw invalid("A serverless endpoint can have one production variant only.");
  }
  const containers = model?.request.Containers?.length ?? 1;
  if (containers > 1) {
    throw invalid(`Serverless endpoints do not support inference pipelines: model ${model?.name} has ${containers} containers.`);
  }
  if (MemorySizeInMB !== undefined && MemorySizeInMB % 1_024 !== 0) {
    throw invalid(`Memory size ${MemorySizeInMB} is not supported; use 1024, 2048, 3072, 4096, 5120 or 6144.`);
  }
  if (ProvisionedConcurrency !== undefined && ProvisionedConcurrency > (MaxConcurrency ?? 0)) {
    throw invalid(`ProvisionedConcurrency ${ProvisionedConcurrency} must not exceed MaxConcurrency ${MaxConcurrency}.`);
  }
}
