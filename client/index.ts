export { type ClientOptions, type ModelAddress, SlipwayClient, type StackAddress } from "./client";
export {
  AccessDeniedError,
  EndpointNotFoundError,
  InvokeTimeoutError,
  ModelError,
  type ModelErrorDetail,
  NotReadyError,
  PayloadTooLargeError,
  ResponseError,
  ServiceError,
  SlipwayClientError,
  StackOutputsError,
  UnknownModelError,
  UnsupportedKindError,
} from "./errors";
export { defaultTimeoutMs, payloadLimits } from "./limits";
export type { Answer, InvokeOptions, Model } from "./model";
export type { DeployedModel, EndpointKind } from "./model-outputs";
export type { RetryPolicy } from "./retry";
