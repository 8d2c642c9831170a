import {
  AccessDeniedError,
  ConnectionError,
  EndpointNotFoundError,
  InvalidRequestError,
  ModelNotReadyError,
  PayloadTooLargeError,
  ServiceError,
  ServiceUnavailableError,
  SlipwayClientError,
  ThrottledError,
} from "./errors";
import { payloadLimits } from "./limits";
import { ModelError } from "./model-errors";
import type { DeployedModel } from "./model-outputs";

const throttled = new Set(["ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"]);
const unavailable = new Set(["ServiceUnavailable", "ServiceUnavailableException"]);
const denied = new Set([
  "AccessDeniedException",
  "AccessDenied",
  "ExpiredTokenException",
  "ExpiredToken",
  "UnrecognizedClientException",
  "InvalidSignatureException",
  "InvalidClientTokenId",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "MissingAuthenticationToken",
  "CredentialsProviderError",
]);
const invalid = new Set(["ValidationError", "ValidationException", "SerializationException"]);
const tooLarge = new Set(["RequestEntityTooLarge", "RequestEntityTooLargeException", "PayloadTooLargeException"]);
/** Before anything was sent. */
const unreached = new Set(["ECONNREFUSED", "EAI_AGAIN", "ENOTFOUND", "ENETUNREACH", "EHOSTUNREACH", "NoConnection"]);
/** In the middle of a request or its answer. */
const lost = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT", "ERR_STREAM_PREMATURE_CLOSE", "UND_ERR_SOCKET"]);

/** An error as the AWS SDK throws it. */
export interface SdkFailure {
  /** AWS's code, or that of the system call. */
  readonly code: string;
  readonly status: number | undefined;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function describe(error: unknown): SdkFailure {
  if (!(error instanceof Error)) return { code: "Unknown", status: undefined, message: String(error), fields: {} };
  const fields = error as Error & { code?: unknown; $metadata?: { httpStatusCode?: number } } & Record<string, unknown>;
  const system = typeof fields.code === "string" && (unreached.has(fields.code) || lost.has(fields.code)) ? fields.code : undefined;
  // The SDK gives its own time limit for connecting no code.
  const unconnected =
    error.name === "TimeoutError" && error.message.includes("did not establish a connection") ? "NoConnection" : undefined;
  const code = system ?? unconnected ?? error.name;
  return { code, status: fields.$metadata?.httpStatusCode, message: error.message || code, fields };
}

/**
 * Whether to ask again: what was refused before the model saw it, always; what the model may have seen, only when the caller says that a second time
 * does no harm.
 */
export function isRetryable(error: unknown, idempotent = false): boolean {
  const { code, status, fields } = describe(error);
  if (code === "ModelError") return idempotent && [429, 502, 503, 504].includes(Number(fields.OriginalStatusCode));
  if (throttled.has(code) || unavailable.has(code) || code === "ModelNotReadyException" || status === 503 || status === 429) return true;
  if (unreached.has(code)) return code !== "ENOTFOUND";
  return idempotent && (lost.has(code) || (status ?? 0) >= 500);
}

/** Whether this is about the connection and not an answer of the service. */
export function isConnectionFailure(error: unknown): boolean {
  const { code } = describe(error);
  return unreached.has(code) || lost.has(code);
}

/** The typed error for whatever the SDK threw. */
export function toClientError(error: unknown, model: DeployedModel, attempts: number): unknown {
  if (error instanceof SlipwayClientError || error instanceof TypeError) return error;
  const { code, status, message, fields } = describe(error);
  const times = attempts === 1 ? "" : ` (${attempts} attempts)`;
  if (code === "ModelError") {
    return new ModelError(model.name, {
      status: typeof fields.OriginalStatusCode === "number" ? fields.OriginalStatusCode : undefined,
      message: typeof fields.OriginalMessage === "string" ? fields.OriginalMessage : undefined,
      logStreamArn: typeof fields.LogStreamArn === "string" ? fields.LogStreamArn : undefined,
      cause: error,
    });
  }
  if (unreached.has(code)) return new ConnectionError(`${code}: ${message}${times}.`, false, attempts, error);
  if (lost.has(code)) return new ConnectionError(`${code}: the connection was lost: ${message}${times}.`, true, attempts, error);
  if (/endpoint .* not found/i.test(message)) return new EndpointNotFoundError(model.endpointName, error);
  if (tooLarge.has(code) || status === 413) return new PayloadTooLargeError(undefined, payloadLimits[model.kind], model.kind, error);
  if (denied.has(code) || status === 403) return accessDenied(message, "sagemaker:InvokeEndpoint or sagemaker:InvokeEndpointAsync", error);
  if (throttled.has(code)) {
    const advice = "Send fewer requests at a time, or raise the endpoint's concurrency or instances.";
    return new ThrottledError(`${code}: ${message}${times}.`, advice, attempts, error);
  }
  if (code === "ModelNotReadyException" || status === 429) {
    return new ModelNotReadyError(
      `${code}: ${message}${times}.`,
      "Try again when the model is loaded; that takes up to minutes.",
      attempts,
      error,
    );
  }
  if (unavailable.has(code) || status === 503) {
    const advice = "Try again later; when it lasts, look at the endpoint's instances and log.";
    return new ServiceUnavailableError(`${code}: ${message}${times}.`, advice, attempts, error);
  }
  if (invalid.has(code)) return new InvalidRequestError(message, error);
  return new ServiceError(message, code, { retryable: (status ?? 0) >= 500, cause: error });
}

export function accessDenied(message: string, actions: string, cause: unknown): AccessDeniedError {
  return new AccessDeniedError(
    message,
    `Renew the credentials, or allow them ${actions}; aws sts get-caller-identity shows whose they are.`,
    { cause },
  );
}

export function isDenied(error: unknown): boolean {
  const { code, status } = describe(error);
  return denied.has(code) || status === 403;
}
