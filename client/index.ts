export type { AsyncAnswer, WaitOptions } from "./async-result";
export type { CallOptions } from "./call";
export { type ModelAddress, SlipwayClient } from "./client";
export { bytes, type Codec, csv, json, text } from "./codec";
export type { ClientOptions } from "./connections";
export {
  AccessDeniedError,
  ConnectionError,
  EndpointNotFoundError,
  InvalidRequestError,
  InvokeTimeoutError,
  ModelNotReadyError,
  NotReadyError,
  ParameterStoreError,
  PayloadTooLargeError,
  ResponseError,
  ServiceError,
  ServiceUnavailableError,
  SlipwayClientError,
  StackOutputsError,
  StorageError,
  ThrottledError,
  UnknownModelError,
  UnsupportedKindError,
} from "./errors";
export { defaultTimeoutMs, payloadLimits } from "./limits";
export type { Answer, InvokeOptions, Model, ModelCodecs, StreamOptions } from "./model";
export { AsyncInvocationError, ModelError, type ModelErrorDetail, ModelStreamError, WaitTimeoutError } from "./model-errors";
export type { DeployedModel, EndpointKind } from "./model-outputs";
export { type NumericArray, npy } from "./npy";
export type { ParameterAddress } from "./parameters";
export type { RetryPolicy } from "./retry";
export type { StackAddress } from "./stack-outputs";
export type { StreamStart } from "./stream";
export type { StreamForm, StreamForms } from "./stream-forms";
export type { AsyncProgress, Submission, SubmitOptions } from "./submission";
