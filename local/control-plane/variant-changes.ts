import type { DesiredWeightAndCapacity, ProductionVariant, UpdateEndpointCommandInput } from "@aws-sdk/client-sagemaker";
import { desiredVariant, type PropertiesByVariant, type VariantProperties } from "../hosting/variant-properties";
import { given } from "./operation";
import type { EndpointConfigRecord, EndpointRecord } from "./records";
import type { Region } from "./region";
import { invalid } from "./service-error";

/** What an endpoint's variants are to be after UpdateEndpointWeightsAndCapacities. */
export function changedProperties(
  region: Region,
  endpoint: EndpointRecord,
  changes: readonly DesiredWeightAndCapacity[],
): PropertiesByVariant {
  const variants = variantsOf(region.endpointConfigs.get(endpoint.configName));
  const result: Record<string, VariantProperties> = { ...endpoint.variants };
  for (const { VariantName, DesiredWeight, DesiredInstanceCount, ServerlessUpdateConfig } of changes) {
    const name = given(VariantName);
    const variant = variants.find((each) => each.VariantName === name);
    if (variant === undefined) {
      throw invalid(`The variant name(s) "${name}" is/are not present within endpoint configuration "${endpoint.configName}".`);
    }
    const isServerless = variant.ServerlessConfig !== undefined;
    if (isServerless && DesiredInstanceCount !== undefined) {
      throw invalid(`DesiredInstanceCount cannot be set for the serverless variant ${name}; use ServerlessUpdateConfig.`);
    }
    if (!isServerless && ServerlessUpdateConfig !== undefined) {
      throw invalid(`ServerlessUpdateConfig cannot be set for the variant ${name}, which is not serverless.`);
    }
    if (DesiredInstanceCount === 0 && region.endpointConfigs.get(endpoint.configName)?.request.AsyncInferenceConfig === undefined) {
      throw invalid(`DesiredInstanceCount of the variant ${name} must be 1 at least: only asynchronous endpoints scale to zero.`);
    }
    result[name] = {
      ...result[name],
      ...(DesiredWeight === undefined ? {} : { weight: DesiredWeight }),
      ...(DesiredInstanceCount === undefined ? {} : { instanceCount: DesiredInstanceCount }),
      ...(ServerlessUpdateConfig === undefined ? {} : { serverless: { ...result[name]?.serverless, ...ServerlessUpdateConfig } }),
    };
    checkConcurrency(name, variant, result[name]);
  }
  return result;
}

/**
 * What of the endpoint's present state an UpdateEndpoint keeps against the new configuration: nothing, unless RetainAllVariantProperties; then
 * weights and instance counts of the variants both have, and data capture, but for what ExcludeRetainedVariantProperties names.
 */
export function retainedProperties(
  region: Region,
  endpoint: EndpointRecord,
  next: EndpointConfigRecord,
  input: UpdateEndpointCommandInput,
): Pick<EndpointRecord, "variants" | "dataCapture"> {
  if (input.RetainAllVariantProperties !== true) {
    return {};
  }
  const excluded = new Set((input.ExcludeRetainedVariantProperties ?? []).map(({ VariantPropertyType }) => VariantPropertyType));
  const present = region.endpointConfigs.get(endpoint.configName);
  const variants: Record<string, VariantProperties> = {};
  for (const { VariantName = "" } of variantsOf(next)) {
    const old = variantsOf(present).find((variant) => variant.VariantName === VariantName);
    if (old !== undefined) {
      const { weight, instanceCount } = desiredVariant(old, endpoint.variants?.[VariantName]);
      variants[VariantName] = {
        ...(excluded.has("DesiredWeight") ? {} : { weight }),
        ...(excluded.has("DesiredInstanceCount") ? {} : { instanceCount }),
      };
    }
  }
  const dataCapture = endpoint.dataCapture ?? present?.request.DataCaptureConfig;
  return { variants, ...(dataCapture === undefined || excluded.has("DataCaptureConfig") ? {} : { dataCapture }) };
}

function variantsOf(config: EndpointConfigRecord | undefined): readonly ProductionVariant[] {
  return [...(config?.request.ProductionVariants ?? []), ...(config?.request.ShadowProductionVariants ?? [])];
}

function checkConcurrency(name: string, variant: ProductionVariant, properties: VariantProperties | undefined): void {
  const { MaxConcurrency = 0, ProvisionedConcurrency = 0 } = desiredVariant(variant, properties).serverless ?? {};
  if (ProvisionedConcurrency > MaxConcurrency) {
    throw invalid(
      `ProvisionedConcurrency ${ProvisionedConcurrency} of the variant ${name} must not exceed MaxConcurrency ${MaxConcurrency}.`,
    );
  }
}
