// SlipwayClientError
// ├── UnknownModelError        the outputs name no such model
// ├── StackOutputsError        the outputs of a stack cannot be read
// ├── UnsupportedKindError     the endpoint cannot answer while the caller waits
// ├── PayloadTooLargeError     the request is over the service's limit; nothing was sent
// ├── EndpointNotFoundError    the endpoint does not exist in this account and region
// ├── ModelError               the container answered with an error of its own
// ├── NotReadyError            throttled, scaling or unavailable, still so after all retries
// ├── AccessDeniedError        credentials are missing, expired or not allowed to invoke
// ├── InvokeTimeoutError       no answer within `timeoutMs`
// ├── ResponseError            the answer is not what its content type says
// └── ServiceError             anything else the service refused

/** Every error of this client. `retryable` says whether the same call may work later. */
export class SlipwayClientError extends Error {
  readonly retryable: boolean;

  constructor(message: string, options: { readonly retryable?: boolean; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.retryable = options.retryable ?? false;
  }
}

/** The outputs name no such model; `known` are those they do name. */
export class UnknownModelError extends SlipwayClientError {
  constructor(
    readonly model: string,
    readonly known: readonly string[],
  ) {
    super(`There is no model "${model}"; the outputs name ${known.length === 0 ? "none" : known.join(", ")}.`);
  }
}

/** The outputs of a stack cannot be read. */
export class StackOutputsError extends SlipwayClientError {}

/** The endpoint cannot answer while the caller waits. */
export class UnsupportedKindError extends SlipwayClientError {}

/** The request is over the service's limit; nothing was sent. Sizes in bytes. */
export class PayloadTooLargeError extends SlipwayClientError {
  constructor(
    readonly bytes: number,
    readonly limit: number,
    readonly kind: string,
  ) {
    super(`The request has ${bytes} bytes; a ${kind} endpoint takes at most ${limit}.`);
  }
}

/** The endpoint does not exist in this account and region. */
export class EndpointNotFoundError extends SlipwayClientError {
  constructor(
    readonly endpointName: string,
    cause: unknown,
  ) {
    super(`There is no endpoint "${endpointName}" in this account and region.`, { cause });
  }
}

/** The container answered with an error of its own. */
export class ModelError extends SlipwayClientError {
  /** HTTP status of the container's answer. */
  readonly originalStatus: number | undefined;
  /** Body of the container's answer, as text. */
  readonly originalMessage: string | undefined;
  readonly logStreamArn: string | undefined;
  /** What the container says of the error, when its answer is the JSON of Slipway's container kit. */
  readonly detail: ModelErrorDetail | undefined;

  constructor(
    model: string,
    known: { status?: number | undefined; message?: string | undefined; logStreamArn?: string | undefined; cause: unknown },
  ) {
    const detail = readDetail(known.message);
    const said = detail === undefined ? (known.message ?? "no message") : `${detail.type}: ${detail.message}`;
    super(`The model "${model}" answered ${known.status ?? "with an error"}: ${said}`, { cause: known.cause });
    this.originalStatus = known.status;
    this.originalMessage = known.message;
    this.logStreamArn = known.logStreamArn;
    this.detail = detail;
  }
}

export interface ModelErrorDetail {
  readonly type: string;
  readonly message: string;
  /** The user's own line, such as `model.py:21`. */
  readonly location: string | undefined;
  readonly id: string | undefined;
}

/** Throttled, scaling or unavailable, and still so after all retries. */
export class NotReadyError extends SlipwayClientError {
  constructor(
    message: string,
    readonly attempts: number,
    cause: unknown,
  ) {
    super(message, { retryable: true, cause });
  }
}

/** Credentials are missing, expired or not allowed to invoke the endpoint. */
export class AccessDeniedError extends SlipwayClientError {}

/** No answer within `timeoutMs`. */
export class InvokeTimeoutError extends SlipwayClientError {
  constructor(
    readonly timeoutMs: number,
    cause: unknown,
  ) {
    super(`No answer within ${timeoutMs} ms.`, { retryable: true, cause });
  }
}

/** The answer is not what its content type says. */
export class ResponseError extends SlipwayClientError {}

/** Anything else the service refused; `code` is AWS's own name for it. */
export class ServiceError extends SlipwayClientError {
  constructor(
    message: string,
    readonly code: string,
    options: { readonly retryable: boolean; readonly cause: unknown },
  ) {
    super(message, options);
  }
}

function readDetail(text: string | undefined): ModelErrorDetail | undefined {
  try {
    const body: unknown = JSON.parse(text ?? "");
    const error = typeof body === "object" && body !== null && "error" in body ? body.error : undefined;
    if (typeof error !== "object" || error === null || !("type" in error) || !("message" in error)) return undefined;
    const { location, id } = error as { location?: unknown; id?: unknown };
    return {
      type: String(error.type),
      message: String(error.message),
      location: typeof location === "string" ? location : undefined,
      id: typeof id === "string" ? id : undefined,
    };
  } catch {
    return undefined;
  }
}
