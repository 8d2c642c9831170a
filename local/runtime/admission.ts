import type { Region } from "../control-plane/region";
import type { EndpointHost } from "../hosting/endpoint-host";
import type { LiveEndpoint } from "../hosting/live-endpoint";
import { type LiveVariant, NotServing, StillStarting } from "../hosting/live-variant";
import type { Invocation, ServingInstance } from "../hosting/serving-instance";
import type { RequestMembers } from "./request-members";
import { RuntimeError, validationError } from "./runtime-error";

/** In these states an endpoint answers invocations. */
const serving: ReadonlySet<string> = new Set(["InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed"]);

export type EndpointKind = "synchronous" | "asynchronous";

/** The endpoint of that name, which must serve and be of the kind that the operation is for. */
export function servingEndpoint(endpoints: EndpointHost, region: Region, name: string, kind: EndpointKind): LiveEndpoint {
  const record = region.endpoints.get(name);
  const live = endpoints.find(region, name);
  if (record === undefined || live === undefined || !serving.has(record.status)) {
    throw validationError(`Endpoint ${name} of account ${region.account} not found.`, "NO_SUCH_ENDPOINT");
  }
  const isAsync = live.config.request.AsyncInferenceConfig !== undefined;
  if (isAsync && kind === "synchronous") {
    throw validationError(`Endpoint ${name} of account ${region.account} is asynchronous: it accepts InvokeEndpointAsync only.`);
  }
  if (!isAsync && kind === "asynchronous") {
    throw validationError(
      `Endpoint ${name} of account ${region.account} is not asynchronous: its configuration has no AsyncInferenceConfig. ` +
        "It accepts InvokeEndpoint and InvokeEndpointWithResponseStream only.",
    );
  }
  return live;
}

/** Refuses members that ask for what the endpoint does not have. */
export function refuseForeignMembers(endpoint: LiveEndpoint, name: string, members: RequestMembers): void {
  if (members.TargetModel !== undefined) {
    throw validationError(
      `Endpoint ${name} is not a multi-model endpoint and does not support target model header.`,
      "TARGET_MODEL_HEADER_NOT_SUPPORTED",
    );
  }
  if (members.InferenceComponentName !== undefined) {
    throw validationError(
      "Inference Component Name header is not allowed for endpoints to which you dont plan to deploy inference components. " +
        "Please remove the Inference Component Name header and try again.",
    );
  }
  if (members.EnableExplanations !== undefined && endpoint.config.request.ExplainerConfig === undefined) {
    throw validationError(`Endpoint ${name} has no ExplainerConfig and does not support enable explanations header.`);
  }
}

export function chooseVariant(endpoint: LiveEndpoint, name: string, target: string | undefined): LiveVariant {
  const variant = endpoint.choose(target);
  if (variant === undefined) {
    throw validationError(
      target === undefined ? `Endpoint ${name} has no production variant.` : `Variant ${target} not found for endpoint ${name}.`,
    );
  }
  return variant;
}

/** The one of a variant's containers that a request is for; `undefined` for all of them in turn. */
export function targetContainer({ directContainers }: LiveVariant, name: string, members: RequestMembers): string | undefined {
  const { TargetContainerHostname: asked } = members;
  if (directContainers === undefined) {
    if (asked !== undefined) {
      throw validationError(
        `Endpoint ${name} is not a multi-container endpoint with direct invocation and does not support target container hostname header.`,
        "TARGET_CONTAINER_HOSTNAME_HEADER_NOT_SUPPORTED",
      );
    }
    return undefined;
  }
  if (asked === undefined) {
    throw validationError(
      `Endpoint ${name} is a multi-container endpoint with direct invocation and requires target container hostname header: ` +
        `one of ${directContainers.join(", ")}.`,
    );
  }
  if (!directContainers.includes(asked)) {
    throw validationError(
      `Target container hostname ${asked} not found for endpoint ${name}: its containers are ${directContainers.join(", ")}.`,
    );
  }
  return asked;
}

/**
 * A place for one request at an instance. A serverless variant whose concurrency is used up throttles, as AWS does, without a queue. With `patience` a
 * request waits so many milliseconds for a cold start, and then is ModelNotReadyException, which AWS has for InvokeEndpoint alone.
 */
export async function admit(
  variant: LiveVariant,
  eligible?: (instance: ServingInstance) => boolean,
  container?: string,
  patience?: number,
): Promise<Invocation> {
  const limit = variant.maxConcurrency;
  if (limit !== undefined && variant.inFlight >= limit) {
    throw new RuntimeError("ThrottlingException", `Rate exceeded: variant ${variant.name} answers ${limit} requests at the same time.`);
  }
  try {
    return await variant.admit(eligible, container, patience);
  } catch (error) {
    if (error instanceof StillStarting) {
      throw new RuntimeError("ModelNotReadyException", error.message);
    }
    throw error instanceof NotServing ? unavailable(error.message) : error;
  }
}

export function unavailable(message: string): RuntimeError {
  return new RuntimeError("ServiceUnavailable", message);
}
