import type { APIGatewayProxyEvent, APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";

/** What an HTTP API and a function URL hand over (format 2.0), and a REST API (format 1.0). */
export type ApiEvent = Pick<
  APIGatewayProxyEventV2,
  "body" | "headers" | "isBase64Encoded" | "routeKey" | "rawPath" | "pathParameters" | "requestContext"
>;
export type RestEvent = Pick<APIGatewayProxyEvent, "body" | "headers" | "isBase64Encoded" | "httpMethod" | "resource" | "pathParameters">;

export type ApiAnswer = APIGatewayProxyStructuredResultV2;

/** A request, however it came. */
export interface ApiRequest {
  readonly method: string;
  /** As it was declared, such as `/iris/{id}`; of a function URL the path that was asked for. */
  readonly resource: string;
  /** Value of `{id}`. */
  readonly id: string | undefined;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export function apiRequest(event: Partial<ApiEvent> | Partial<RestEvent>): ApiRequest {
  const headers = Object.fromEntries(Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    ...placeOf(event),
    id: event.pathParameters?.id,
    headers,
    body: Buffer.from(event.body ?? "", event.isBase64Encoded === true ? "base64" : "utf8"),
  };
}

function placeOf(event: Partial<ApiEvent> | Partial<RestEvent>): Pick<ApiRequest, "method" | "resource"> {
  if ("httpMethod" in event) {
    return { method: event.httpMethod ?? "POST", resource: event.resource ?? "" };
  }
  const { routeKey = "$default", rawPath = "", requestContext } = event as Partial<ApiEvent>;
  const [method, resource] = routeKey.split(" ");
  return resource === undefined
    ? { method: requestContext?.http.method ?? "POST", resource: rawPath }
    : { method: method ?? "POST", resource };
}

export function json(statusCode: number, value: object, headers: Readonly<Record<string, string>> = {}): ApiAnswer {
  return { statusCode, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(value) };
}

/** An error in the form that all fronts and the container kit answer with. */
export function refusal(statusCode: number, type: string, message: string, headers: Readonly<Record<string, string>> = {}): ApiAnswer {
  return json(statusCode, { error: { type, message } }, headers);
}
