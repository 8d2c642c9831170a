import type {
  DataCaptureConfigSummary,
  DescribeEndpointCommandOutput,
  PendingProductionVariantSummary,
  ProductionVariantSummary,
} from "@aws-sdk/client-sagemaker";
import type { EndpointHost } from "../hosting/endpoint-host";
import type { VariantView } from "../hosting/variant-view";
import { date } from "./operation";
import type { EndpointRecord } from "./records";
import type { Region } from "./region";

/** An endpoint as DescribeEndpoint shows it: its record, and what of it runs. */
export function describeEndpoint(
  region: Region,
  endpoint: EndpointRecord,
  host: EndpointHost,
): Omit<DescribeEndpointCommandOutput, "$metadata"> {
  const request = region.endpointConfigs.get(endpoint.configName)?.request;
  return {
    EndpointName: endpoint.name,
    EndpointArn: endpoint.arn,
    EndpointConfigName: endpoint.configName,
    EndpointStatus: endpoint.status,
    FailureReason: endpoint.failureReason,
    CreationTime: date(endpoint.createdAt),
    LastModifiedTime: date(endpoint.modifiedAt),
    ProductionVariants: listed(host.liveVariants(region, endpoint.name).map(summary)),
    ShadowProductionVariants: listed(host.shadowVariants(region, endpoint.name).map(summary)),
    DataCaptureConfig: dataCapture(endpoint, request?.DataCaptureConfig),
    LastDeploymentConfig: endpoint.lastDeploymentConfig,
    PendingDeploymentSummary: pendingDeployment(region, endpoint, host),
    AsyncInferenceConfig: request?.AsyncInferenceConfig,
    ExplainerConfig: request?.ExplainerConfig,
  };
}

function listed<T>(items: T[]): T[] | undefined {
  return items.length === 0 ? undefined : items;
}

function summary({ variant, weight, desired, instances, images, startedAt }: VariantView): ProductionVariantSummary {
  return {
    VariantName: variant.VariantName,
    DeployedImages: images.map(({ specified, resolved }) => ({
      SpecifiedImage: specified,
      ResolvedImage: resolved,
      ResolutionTime: date(startedAt),
    })),
    CurrentWeight: weight,
    DesiredWeight: desired.weight,
    ...(desired.serverless === undefined
      ? { CurrentInstanceCount: instances, DesiredInstanceCount: desired.instanceCount }
      : { CurrentServerlessConfig: desired.serverless, DesiredServerlessConfig: desired.serverless }),
    ...(variant.RoutingConfig === undefined ? {} : { RoutingConfig: variant.RoutingConfig }),
    ...(variant.ManagedInstanceScaling === undefined ? {} : { ManagedInstanceScaling: variant.ManagedInstanceScaling }),
  };
}

function pendingDeployment(
  region: Region,
  { name, updating }: EndpointRecord,
  host: EndpointHost,
): DescribeEndpointCommandOutput["PendingDeploymentSummary"] {
  const pending = host.pending(region, name);
  if (updating === undefined || pending === undefined) {
    return undefined;
  }
  const pendingSummary = (view: VariantView): PendingProductionVariantSummary => {
    const { RoutingConfig: _, ...shown } = summary(view);
    return { ...shown, InstanceType: view.variant.InstanceType, VariantStatus: [{ Status: pending.stage }] };
  };
  return {
    EndpointConfigName: updating.configName,
    StartTime: date(updating.startedAt),
    ProductionVariants: pending.variants.map(pendingSummary),
    ShadowProductionVariants: listed(pending.shadows.map(pendingSummary)),
  };
}

function dataCapture(endpoint: EndpointRecord, configured: EndpointRecord["dataCapture"]): DataCaptureConfigSummary | undefined {
  const config = endpoint.dataCapture ?? configured;
  if (config === undefined) {
    return undefined;
  }
  const enabled = config.EnableCapture !== false;
  return {
    EnableCapture: enabled,
    CaptureStatus: enabled && endpoint.status !== "Failed" ? "Started" : "Stopped",
    CurrentSamplingPercentage: config.InitialSamplingPercentage,
    DestinationS3Uri: config.DestinationS3Uri,
    KmsKeyId: config.KmsKeyId ?? "",
  };
}
