import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";

/** What the endpoint is asked. */
export interface ModelRequest {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly accept: string;
}

/** Body bytes and media types of an HTTP API request. */
export function requestOf(event: Pick<APIGatewayProxyEventV2, "body" | "headers" | "isBase64Encoded">): ModelRequest {
  const accept = event.headers.accept;
  return {
    body: Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8"),
    contentType: event.headers["content-type"] ?? "application/json",
    // curl and browsers send a wildcard, which says nothing: the model's own default is meant.
    accept: accept === undefined || accept.includes("*/*") ? "application/json" : accept,
  };
}

/** The model's answer; bytes that are not text travel in base64, which API Gateway decodes. */
export function answerOf(body: Uint8Array | undefined, contentType: string | undefined): APIGatewayProxyStructuredResultV2 {
  const type = contentType ?? "application/octet-stream";
  const isText = /^(text\/|application\/(json|jsonlines|x-ndjson|xml)|[^;]+\+(json|xml))/.test(type);
  return {
    statusCode: 200,
    headers: { "content-type": type },
    body: Buffer.from(body ?? new Uint8Array()).toString(isText ? "utf8" : "base64"),
    isBase64Encoded: !isText,
  };
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

/** The error a caller sees: the model's own status and body when the model answered, else one sentence that tells nothing of the account. */
export function problemOf(error: unknown): APIGatewayProxyStructuredResultV2 {
  const { name, OriginalStatusCode, OriginalMessage } = fieldsOf(error);
  if (name === "ModelError" && typeof OriginalStatusCode === "number") {
    const body = typeof OriginalMessage === "string" ? OriginalMessage : "";
    return {
      statusCode: OriginalStatusCode,
      headers: { "content-type": isJson(body) ? "application/json" : "text/plain; charset=utf-8" },
      body,
    };
  }
  const statusCode = statusByError[name] ?? 502;
  const message =
    statusCode === 504
      ? "the model did not answer in time"
      : statusCode === 429
        ? "too many requests; try again shortly"
        : "the model could not be reached";
  return {
    statusCode,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ error: { type: name, message: statusCode === 400 ? "the request was not accepted by the endpoint" : message } }),
  };
}

function fieldsOf(error: unknown): { readonly name: string; readonly OriginalStatusCode?: unknown; readonly OriginalMessage?: unknown } {
  return typeof error === "object" && error !== null
    ? { name: "Error", ...error, ...("name" in error ? { name: String(error.name) } : {}) }
    : { name: "Error" };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
