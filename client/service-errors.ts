import {
  AccessDeniedError,
  EndpointNotFoundError,
  InvokeTimeoutError,
  ModelError,
  NotReadyError,
  ServiceError,
  SlipwayClientError,
} from "./errors";
import type { DeployedModel } from "./model-outputs";

const notReady = new Set([
  "ThrottlingException",
  "Throttling",
  "TooManyRequestsException",
  "RequestLimitExceeded",
  "ModelNotReadyException",
  "ServiceUnavailable",
  "ServiceUnavailableException",
]);
const denied = new Set([
  "AccessDeniedException",
  "AccessDenied",
  "ExpiredTokenException",
  "ExpiredToken",
  "UnrecognizedClientException",
  "InvalidSignatureException",
  "InvalidClientTokenId",
  "MissingAuthenticationToken",
  "CredentialsProviderError",
]);
const network = new Set(["ECONNRESET", "ECONNREFUSED", "EPIPE", "ETIMEDOUT", "EAI_AGAIN"]);

/** True for what may be repeated without doing anything twice that did not fail: the request was refused before the model saw it. */
export function isRetryable(error: unknown): boolean {
  const { code, status } = describe(error);
  return notReady.has(code) || status === 503 || status === 429 || code === "ECONNREFUSED";
}

/** The typed error for whatever the SDK threw. */
export function toClientError(
  error: unknown,
  model: DeployedModel,
  call: { attempts: number; timeoutMs: number; timedOut: boolean; aborted: boolean },
): unknown {
  if (error instanceof SlipwayClientError || error instanceof TypeError) return error;
  if (call.timedOut) return new InvokeTimeoutError(call.timeoutMs, error);
  if (call.aborted) return error;
  const { code, status, message, fields } = describe(error);
  if (code === "ModelError") {
    return new ModelError(model.name, {
      status: typeof fields.OriginalStatusCode === "number" ? fields.OriginalStatusCode : undefined,
      message: typeof fields.OriginalMessage === "string" ? fields.OriginalMessage : undefined,
      logStreamArn: typeof fields.LogStreamArn === "string" ? fields.LogStreamArn : undefined,
      cause: error,
    });
  }
  if (/endpoint .* not found/i.test(message)) return new EndpointNotFoundError(model.endpointName, error);
  if (denied.has(code) || status === 403) return new AccessDeniedError(message, { cause: error });
  if (isRetryable(error)) return new NotReadyError(`${code}: ${message} (after ${call.attempts} attempts)`, call.attempts, error);
  return new ServiceError(message, code, { retryable: network.has(code) || (status ?? 0) >= 500, cause: error });
}

function describe(error: unknown): { code: string; status: number | undefined; message: string; fields: Record<string, unknown> } {
  if (!(error instanceof Error)) return { code: "Unknown", status: undefined, message: String(error), fields: {} };
  const fields = error as Error & { code?: unknown; $metadata?: { httpStatusCode?: number } } & Record<string, unknown>;
  const code = typeof fields.code === "string" && network.has(fields.code) ? fields.code : error.name;
  return { code, status: fields.$metadata?.httpStatusCode, message: error.message, fields };
}
