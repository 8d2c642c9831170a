import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Media types whose bodies a function gets as text; all others come in base64. */
const textTypes = /^(text\/|application\/(json|xml|javascript)\b)/;

/** The event of a request to a function URL, in format 2.0 as AWS hands it over. */
export function functionEvent(request: IncomingMessage, path: string, body: Buffer, urlId: string): object {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(",") : (value ?? "")]),
  );
  const [rawPath = "/", rawQueryString = ""] = path.split("?");
  const query = [...new URLSearchParams(rawQueryString)];
  const isText = textTypes.test(headers["content-type"] ?? "");
  const now = new Date();
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString,
    headers,
    ...(query.length === 0 ? {} : { queryStringParameters: Object.fromEntries(query) }),
    requestContext: {
      accountId: "anonymous",
      apiId: urlId,
      domainName: headers.host,
      domainPrefix: urlId,
      http: {
        method: request.method,
        path: rawPath,
        protocol: "HTTP/1.1",
        sourceIp: request.socket.remoteAddress ?? "127.0.0.1",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId: randomUUID(),
      routeKey: "$default",
      stage: "$default",
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}
