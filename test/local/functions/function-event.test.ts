import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { apiRequest } from "../../../components/api/handler/event";
import { functionEvent } from "../../../local/functions/function-event";

function eventOf(headers: Record<string, string | string[]>, body: Buffer, path = "/iris"): Record<string, unknown> {
  const request = { headers: { host: "localhost:4566", ...headers }, method: "POST", socket: { remoteAddress: "127.0.0.1" } };
  return { ...functionEvent(request as unknown as IncomingMessage, path, body, "u1v2") };
}

describe("the event of a function URL", () => {
  test("has path, query and headers as AWS hands them over", () => {
    expect(eventOf({ "user-agent": "curl", "set-cookie": ["a", "b"] }, Buffer.alloc(0), "/iris?a=1&b=x%20y")).toMatchObject({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/iris",
      rawQueryString: "a=1&b=x%20y",
      queryStringParameters: { a: "1", b: "x y" },
      headers: { host: "localhost:4566", "user-agent": "curl", "set-cookie": "a,b" },
      requestContext: {
        apiId: "u1v2",
        domainName: "localhost:4566",
        http: { method: "POST", path: "/iris", sourceIp: "127.0.0.1", userAgent: "curl" },
        stage: "$default",
      },
      isBase64Encoded: false,
    });
  });

  test("of a request without query and body names neither", () => {
    const event = eventOf({}, Buffer.alloc(0));
    expect(["queryStringParameters" in event, "body" in event]).toEqual([false, false]);
  });

  test.each([
    ["text/csv; charset=utf-8", false],
    ["application/json", false],
    ["application/jsonlines", true],
    ["audio/wav", true],
    [undefined, true],
  ])("with a body of type %s is read by the function as it was sent", (type, isBase64Encoded) => {
    const body = Buffer.from("Grüße");
    const event = eventOf(type === undefined ? {} : { "content-type": type }, body);
    expect(event.isBase64Encoded).toBe(isBase64Encoded);
    expect(Buffer.from(apiRequest(event).body)).toEqual(body);
  });
});
