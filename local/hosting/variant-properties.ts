import type { ProductionVariant, ProductionVariantServerlessConfig } from "@aws-sdk/client-sagemaker";

/** What an endpoint's variant was told to be after its configuration was written; a member left out is as configured. */
export interface VariantProperties {
  readonly weight?: number;
  readonly instanceCount?: number;
  readonly serverless?: Partial<Pick<ProductionVariantServerlessConfig, "MaxConcurrency" | "ProvisionedConcurrency">>;
}

/** By variant name. */
export type PropertiesByVariant = Readonly<Record<string, VariantProperties>>;

/** A variant as it is to be: its configuration and what was changed since. */
export interface DesiredVariant {
  readonly weight: number;
  readonly instanceCount: number;
  readonly serverless: ProductionVariantServerlessConfig | undefined;
}

export function desiredVariant(variant: ProductionVariant, properties: VariantProperties = {}): DesiredVariant {
  const { ServerlessConfig: configured } = variant;
  return {
    weight: properties.weight ?? variant.InitialVariantWeight ?? 1,
    instanceCount: properties.instanceCount ?? variant.InitialInstanceCount ?? variant.ManagedInstanceScaling?.MinInstanceCount ?? 1,
    serverless: configured === undefined ? undefined : changedServerless(configured, properties.serverless),
  };
}

function changedServerless(
  configured: ProductionVariantServerlessConfig,
  { MaxConcurrency, ProvisionedConcurrency }: NonNullable<VariantProperties["serverless"]> = {},
): ProductionVariantServerlessConfig {
  return {
    ...configured,
    ...(MaxConcurrency === undefined ? {} : { MaxConcurrency }),
    ...(ProvisionedConcurrency === undefined ? {} : { ProvisionedConcurrency }),
  };
}
