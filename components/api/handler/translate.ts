import { type ApiAnswer, type ApiRequest, refusal } from "./event";

/** What the endpoint is asked. */
export interface ModelRequest {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** As the caller sent it; undefined when it sent none. */
  readonly accept: string | undefined;
}

/** Largest bodies that InvokeEndpoint takes, in bytes: for an endpoint on instances, and for a serverless one. */
const maxBodyBytes = 6_291_456;
const maxServerlessBodyBytes = 4_194_304;

/** Largest answer of a function that is not streamed, in bytes of the JSON it is wrapped in (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
const maxAnswerBytes = 6_291_456;

/** Body bytes and media types of a request. */
export function modelRequest({ body, headers }: Pick<ApiRequest, "body" | "headers">): ModelRequest {
  // A wildcard, or none at all, leaves the answer's type to the model, which alone knows what it answers text with.
  return { body, contentType: headers["content-type"] ?? "application/json", accept: headers.accept };
}

/** The model's answer; bytes that are not text travel in base64, which API Gateway decodes. */
export function answerOf(body: Uint8Array | undefined, contentType: string | undefined): ApiAnswer {
  const type = contentType ?? "application/octet-stream";
  const isText = /^(text\/|application\/(json|jsonlines|x-ndjson|xml)|[^;]+\+(json|xml))/.test(type);
  const answer = {
    statusCode: 200,
    headers: { "content-type": type },
    body: Buffer.from(body ?? new Uint8Array()).toString(isText ? "utf8" : "base64"),
    isBase64Encoded: !isText,
  };
  // Quotes and line breaks of a text double in the wrapping JSON; smaller ones need no look.
  const isLarge = answer.body.length > maxAnswerBytes / 6 && Buffer.byteLength(JSON.stringify(answer)) > maxAnswerBytes;
  return isLarge
    ? refusal(
        502,
        "AnswerTooLarge",
        `the model answered ${body?.byteLength} bytes, and a function hands on ${maxAnswerBytes} bytes at most, binary ones in base64; ` +
          "ask for less in each request, or serve with async, whose results are in S3",
      )
    : answer;
}

/** The answer to a request that no endpoint would take; undefined when the endpoint is to be asked. */
export function refusalOf(bytes: number): ApiAnswer | undefined {
  return bytes > maxBodyBytes ? tooLarge(bytes, `at most ${maxBodyBytes} bytes`) : undefined;
}

/** The same, for its media types: AWS takes at most 1024 characters of ASCII, and a header can carry no others. */
export function mediaTypeRefusal({ headers }: Pick<ApiRequest, "headers">): ApiAnswer | undefined {
  const name = ["content-type", "accept"].find((each) => !isHeaderValue(headers[each] ?? ""));
  return name === undefined ? undefined : refusal(400, "InvalidHeader", `${name} takes at most 1024 visible ASCII characters and spaces`);
}

/** Whether a text can be sent as a media type: without line ends, which would begin another header. */
function isHeaderValue(text: string): boolean {
  return /^[\t\x20-\x7e]{0,1024}$/.test(text);
}

function tooLarge(bytes: number, limit: string): ApiAnswer {
  return refusal(
    413,
    "PayloadTooLarge",
    `the request has ${bytes} bytes, and the endpoint takes ${limit}; ` +
      "send fewer records in each request, or give large inputs to an asynchronous endpoint, which reads them from S3",
  );
}

/** Status by error name of the SageMaker runtime; what is not listed is the service's own fault. */
const statusByError: Readonly<Record<string, number>> = {
  ModelNotReadyException: 429,
  ThrottlingException: 429,
  TooManyRequestsException: 429,
  ValidationError: 400,
  ValidationException: 400,
  ServiceUnavailable: 503,
  ServiceUnavailableException: 503,
  TimeoutError: 504,
  AbortError: 504,
};

/**
 * The error a caller sees: the model's own status and body when the model answered, else one sentence that tells nothing of the account. `bytes` is the
 * size of the request's body.
 */
export function problemOf(error: unknown, bytes: number): ApiAnswer {
  const { name, message: words, OriginalStatusCode, OriginalMessage, $metadata } = fieldsOf(error);
  if (name === "ModelError" && typeof OriginalStatusCode === "number") {
    const body = typeof OriginalMessage === "string" ? OriginalMessage : "";
    // Neither an error nor an answer, such as a redirect: nobody is sent where a model points to.
    if (OriginalStatusCode < 400 || OriginalStatusCode > 599)
      return refusal(502, name, `the model answered with the status ${OriginalStatusCode}`);
    return {
      statusCode: OriginalStatusCode,
      headers: { "content-type": isJson(body) ? "application/json" : "text/plain; charset=utf-8" },
      body,
    };
  }
  const [, limit] = /'body' failed to satisfy constraint: Member must have length less than or equal to (\d+)/.exec(words ?? "") ?? [];
  if (limit !== undefined) return tooLarge(bytes, `at most ${limit} bytes`);
  if ($metadata?.httpStatusCode === 413)
    return tooLarge(bytes, `at most ${maxBodyBytes} bytes on instances and ${maxServerlessBodyBytes} when it is serverless`);
  const statusCode = statusByError[name] ?? 502;
  const message =
    statusCode === 504
      ? "the model did not answer in time"
      : statusCode === 429
        ? "too many requests; try again shortly"
        : "the model could not be reached";
  return refusal(statusCode, name, statusCode === 400 ? "the request was not accepted by the endpoint" : message);
}

interface ErrorFields {
  readonly name: string;
  readonly message?: string;
  readonly OriginalStatusCode?: unknown;
  readonly OriginalMessage?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

function fieldsOf(error: unknown): ErrorFields {
  if (typeof error !== "object" || error === null) return { name: "Error" };
  return { name: "Error", ...error, ...(error instanceof Error ? { name: error.name, message: error.message } : {}) };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
