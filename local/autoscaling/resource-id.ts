import type { ProductionVariant } from "@aws-sdk/client-sagemaker";
import { given } from "../control-plane/operation";
import type { EndpointRecord } from "../control-plane/records";
import type { Region } from "../control-plane/region";
import { invalid, ServiceError } from "../control-plane/service-error";
import type { ScalableTargetRecord } from "./records";
import type { TargetIdentity } from "./scaling-state";

/** The dimensions that are served; AWS has a third one of SageMaker, for inference components. */
export const instanceCount = "sagemaker:variant:DesiredInstanceCount";
const provisionedConcurrency = "sagemaker:variant:DesiredProvisionedConcurrency";

/** The members by which every request names a target. */
interface Named {
  readonly ServiceNamespace?: string | undefined;
  readonly ResourceId?: string | undefined;
  readonly ScalableDimension?: string | undefined;
}

/** Refuses the namespaces of other services, which nothing here scales. */
export function checkNamespace(namespace: string | undefined): void {
  if (namespace !== "sagemaker") {
    throw invalid(`The local endpoint scales SageMaker only: got the service namespace ${namespace}; allowed is sagemaker.`);
  }
}

/** The target a request names, whether it is registered or not. */
export function identityOf({ ServiceNamespace, ResourceId, ScalableDimension }: Named): TargetIdentity {
  checkNamespace(ServiceNamespace);
  const dimension = given(ScalableDimension);
  if (dimension !== instanceCount && dimension !== provisionedConcurrency) {
    throw invalid(
      `Unsupported service namespace, resource type or scalable dimension: got ${dimension}; ` +
        `the local endpoint serves ${instanceCount} and ${provisionedConcurrency}.`,
    );
  }
  return { resourceId: given(ResourceId), dimension };
}

/** Endpoint and variant in `endpoint/NAME/variant/NAME`. */
export function partsOf(resourceId: string): { readonly endpoint: string; readonly variant: string } {
  const [, endpoint, variant] = /^endpoint\/([^/]+)\/variant\/([^/]+)$/.exec(resourceId) ?? [];
  if (endpoint === undefined || variant === undefined) {
    throw invalid(
      `Unsupported service namespace, resource type or scalable dimension: got the resource ID ${resourceId}; ` +
        "of the namespace sagemaker it has the form endpoint/NAME/variant/NAME.",
    );
  }
  return { endpoint, variant };
}

/** The registered target a request names. Throws AWS's ObjectNotFoundException. */
export function registered(region: Region, named: Named): ScalableTargetRecord {
  const identity = identityOf(named);
  const target = region.scaling.target(identity);
  if (target === undefined) {
    throw notRegistered(identity);
  }
  return target;
}

export function notRegistered({ resourceId, dimension }: TargetIdentity): ServiceError {
  return new ServiceError(
    "ObjectNotFoundException",
    `No scalable target registered for service namespace: sagemaker, resource ID: ${resourceId}, scalable dimension: ${dimension}`,
  );
}

export interface ScaledVariant {
  readonly endpoint: EndpointRecord;
  readonly variant: ProductionVariant;
  readonly isAsync: boolean;
}

/** The variant a resource ID names, by the configuration that serves; `undefined` when it is not there. */
export function scaledVariant(region: Region, resourceId: string): ScaledVariant | undefined {
  const names = partsOf(resourceId);
  const endpoint = region.endpoints.get(names.endpoint);
  const request = region.endpointConfigs.get(endpoint?.configName ?? "")?.request;
  const variant = request?.ProductionVariants?.find(({ VariantName }) => VariantName === names.variant);
  if (endpoint === undefined || endpoint.status === "Deleting" || variant === undefined) {
    return undefined;
  }
  return { endpoint, variant, isAsync: request?.AsyncInferenceConfig !== undefined };
}
