// SlipwayClientError
// ├── UnknownModelError         the outputs, parameters or map name no such model
// ├── StackOutputsError         the outputs of a stack cannot be read
// ├── ParameterStoreError       the parameters that describe models cannot be read
// ├── UnsupportedKindError      the endpoint is not of the kind that the call is for
// ├── PayloadTooLargeError      the request is over the service's limit
// ├── EndpointNotFoundError     the endpoint does not exist in this account and region
// ├── InvalidRequestError       the service refused the request's form
// ├── AccessDeniedError         credentials are missing, expired or not allowed
// ├── NotReadyError             refused for now, still so after all retries
// │   ├── ThrottledError        too many requests
// │   ├── ModelNotReadyError    the model is being loaded or scaled
// │   └── ServiceUnavailableError
// ├── ConnectionError           no connection, or it was lost
// ├── InvokeTimeoutError        no answer within `timeoutMs`
// ├── WaitTimeoutError          no asynchronous result within `timeoutMs`; the request goes on
// ├── ModelError                the container answered with an error of its own
// ├── ModelStreamError          a streamed answer broke off
// ├── AsyncInvocationError      an asynchronous request failed
// ├── StorageError              S3 or SQS refused
// ├── ResponseError             the answer is not what its content type says
// └── ServiceError              anything else the service refused

export interface ErrorOptions {
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/** Every error of this client. */
export class SlipwayClientError extends Error {
  /** Whether the same call may work later. */
  readonly retryable: boolean;

  constructor(
    /** What happened; `message` is this and the advice. */
    readonly summary: string,
    /** What to do about it. */
    readonly advice: string,
    options: ErrorOptions = {},
  ) {
    super(`${summary} ${advice}`.trim(), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.retryable = options.retryable ?? false;
  }
}

/** There is no such model; `known` are those there are. */
export class UnknownModelError extends SlipwayClientError {
  constructor(
    readonly model: string,
    readonly known: readonly string[],
  ) {
    super(
      `There is no model "${model}".`,
      known.length === 0
        ? "No model is known at all: deploy one, or look at where this client finds its models."
        : `Use one of ${known.join(", ")}.`,
    );
  }
}

/** The outputs of a stack cannot be read. */
export class StackOutputsError extends SlipwayClientError {}

/** The parameters that describe models cannot be read. */
export class ParameterStoreError extends SlipwayClientError {}

/** The endpoint is not of the kind that the call is for. */
export class UnsupportedKindError extends SlipwayClientError {}

/** The request is over the service's limit. Sizes in bytes; `bytes` is undefined when the service found it and did not say. */
export class PayloadTooLargeError extends SlipwayClientError {
  constructor(
    readonly bytes: number | undefined,
    readonly limit: number | undefined,
    readonly kind: string,
    cause?: unknown,
  ) {
    super(
      `The request has ${bytes ?? "too many"} bytes${limit === undefined ? "" : `; ${article(kind)} ${kind} endpoint takes at most ${limit}`}.`,
      kind === "async" ? "Send it in parts." : "Send less at once, or serve the model with an asynchronous endpoint, which takes 1 GiB.",
      { cause },
    );
  }
}

/** The endpoint does not exist in this account and region. */
export class EndpointNotFoundError extends SlipwayClientError {
  constructor(
    readonly endpointName: string,
    cause: unknown,
  ) {
    super(
      `There is no endpoint "${endpointName}" in service in this account and region.`,
      "Bring the stack up, or compare region and credentials with the stack's.",
      { cause },
    );
  }
}

/** The service refused the request's form, in its own words. */
export class InvalidRequestError extends SlipwayClientError {
  constructor(message: string, cause: unknown) {
    super(message, "Correct the request; sent again as it is, it will be refused again.", { cause });
  }
}

/** Credentials are missing, expired or not allowed to do this. */
export class AccessDeniedError extends SlipwayClientError {}

/** Refused for now, and still so after `attempts` attempts. */
export class NotReadyError extends SlipwayClientError {
  constructor(
    message: string,
    advice: string,
    readonly attempts: number,
    cause: unknown,
  ) {
    super(message, advice, { retryable: true, cause });
  }
}

/** Too many requests at a time. */
export class ThrottledError extends NotReadyError {}

/** The model is being loaded or scaled. */
export class ModelNotReadyError extends NotReadyError {}

/** The service, or every instance of the endpoint, is unavailable. */
export class ServiceUnavailableError extends NotReadyError {}

/** There was no connection, or it was lost. `sent` says whether the model may have seen the request. */
export class ConnectionError extends SlipwayClientError {
  constructor(
    message: string,
    readonly sent: boolean,
    readonly attempts: number,
    cause: unknown,
  ) {
    super(
      message,
      sent
        ? "The model may have seen the request: send it again only if that does no harm (idempotent: true does so by itself)."
        : "Nothing was sent: look at endpoint URL, region and network.",
      { retryable: true, cause },
    );
  }
}

/** No answer within `timeoutMs`. */
export class InvokeTimeoutError extends SlipwayClientError {
  constructor(
    readonly timeoutMs: number,
    cause: unknown,
    advice = "Give timeoutMs more time, up to the 60 s a model may take; what takes longer is for a streamed answer or an asynchronous endpoint.",
  ) {
    super(`No answer within ${timeoutMs} ms.`, advice, { retryable: true, cause });
  }
}

/** S3 or SQS refused, in its own words; `code` is AWS's name for it. */
export class StorageError extends SlipwayClientError {
  constructor(
    message: string,
    advice: string,
    readonly code: string,
    options: ErrorOptions,
  ) {
    super(message, advice, options);
  }
}

/** The answer is not what its content type says. */
export class ResponseError extends SlipwayClientError {
  constructor(message: string, cause?: unknown) {
    super(message, "Ask for bytes to see what came, or correct the model's content type.", { cause });
  }
}

/** Anything else the service refused; `code` is AWS's own name for it. */
export class ServiceError extends SlipwayClientError {
  constructor(
    message: string,
    readonly code: string,
    options: ErrorOptions,
  ) {
    super(message, options.retryable === true ? "Try again later." : `AWS calls it ${code}.`, options);
  }
}

function article(kind: string): string {
  return /^[aeiou]/.test(kind) ? "an" : "a";
}
