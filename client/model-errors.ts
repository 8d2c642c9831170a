import { type ErrorOptions, SlipwayClientError } from "./errors";

/** What Slipway's container kit says of an error. */
export interface ModelErrorDetail {
  readonly type: string;
  readonly message: string;
  /** The user's own line, such as `model.py:21`. */
  readonly location: string | undefined;
  readonly id: string | undefined;
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
    super(`The model "${model}" answered ${known.status ?? "with an error"}: ${said(detail, known.message)}`, adviceOn(known.status), {
      cause: known.cause,
    });
    this.originalStatus = known.status;
    this.originalMessage = known.message;
    this.logStreamArn = known.logStreamArn;
    this.detail = detail;
  }
}

/** A streamed answer broke off. What was read before it stands. */
export class ModelStreamError extends SlipwayClientError {
  constructor(
    model: string,
    message: string,
    /** AWS's code, such as `StreamBroken` or `ModelInvocationTimeExceeded`; `InternalStreamFailure` and a lost connection have their own names. */
    readonly code: string,
    /** Bytes of the answer that came before. */
    readonly bytes: number,
    options: ErrorOptions,
  ) {
    super(
      `The answer of the model "${model}" broke off after ${bytes} bytes: ${message.replace(/\.?$/, ".")}`,
      "What came so far is not the whole answer: ask again if that does no harm, and look at the model's log.",
      options,
    );
  }
}

/** An asynchronous request failed. */
export class AsyncInvocationError extends SlipwayClientError {
  /** AWS's words, from the notification; undefined without a queue. */
  readonly failureReason: string | undefined;
  /** HTTP status of the container's answer, where it is known. */
  readonly originalStatus: number | undefined;
  /** Text of the failure object: the container's answer, or why there was none. */
  readonly originalMessage: string;
  readonly failureLocation: string | undefined;
  readonly detail: ModelErrorDetail | undefined;

  constructor(
    model: string,
    readonly inferenceId: string,
    known: { message: string; reason?: string | undefined; location?: string | undefined },
  ) {
    const detail = readDetail(known.message);
    const originalStatus = statusIn(known.reason) ?? statusIn(known.message);
    super(`The model "${model}" failed on ${inferenceId}: ${said(detail, known.message.trim() || known.reason)}`, adviceOn(originalStatus));
    this.failureReason = known.reason;
    this.originalStatus = originalStatus;
    this.originalMessage = known.message;
    this.failureLocation = known.location;
    this.detail = detail;
  }
}

/** No result within `timeoutMs`. The request goes on. */
export class WaitTimeoutError extends SlipwayClientError {
  constructor(
    readonly timeoutMs: number,
    readonly inferenceId: string,
    readonly outputLocation: string | undefined,
    cause?: unknown,
  ) {
    super(
      `${inferenceId} has no result after ${timeoutMs} ms.`,
      `It goes on: wait again with the same submission${outputLocation === undefined ? "" : `, or look for ${outputLocation} later`}.`,
      { retryable: true, cause },
    );
  }
}

function adviceOn(status: number | undefined): string {
  if (status !== undefined && status >= 400 && status < 500) return "Correct what is sent; the model refused it.";
  return "Look at the model's log and at what was sent.";
}

/** AWS writes `Received server error (503) from …`. */
function statusIn(text: string | undefined): number | undefined {
  const status = /Received (?:client|server) error \((\d{3})\)/.exec(text ?? "")?.[1];
  return status === undefined ? undefined : Number(status);
}

function said(detail: ModelErrorDetail | undefined, message: string | undefined): string {
  const words = detail === undefined ? (message ?? "no message") : `${detail.type}: ${detail.message}`;
  return /[.!?]$/.test(words) ? words : `${words}.`;
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
