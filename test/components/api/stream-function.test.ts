import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { PassThrough, type Writable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ApiEvent } from "../../../components/api/handler/event";
import { payloadPart, streamException } from "../../../local/runtime/event-stream";
import { ModelEndpoint } from "./support/model-endpoint";

type Handler = (event: Partial<ApiEvent>, response: Writable) => Promise<void>;
interface Head {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
}

describe("the function before an endpoint that streams", () => {
  let endpoint: ModelEndpoint;
  let handler: Handler;
  const heads: Head[] = [];
  beforeAll(async () => {
    endpoint = await ModelEndpoint.start();
    for (const [name, value] of Object.entries(endpoint.variables)) vi.stubEnv(name, value);
    // What Lambda's runtime has beside Node.js.
    vi.stubGlobal("awslambda", {
      streamifyResponse: (given: Handler) => given,
      HttpResponseStream: {
        from: (response: Writable, head: Head) => {
          heads.push(head);
          return response;
        },
      },
    });
    ({ handler } = await vi.importActual<{ handler: Handler }>("../../../components/api/handler/stream"));
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    vi.unstubAllGlobals();
    endpoint.stop();
  });
  beforeEach(() => {
    endpoint.asked.length = 0;
    heads.length = 0;
  });

  const begin = (response: ServerResponse) =>
    response.writeHead(200, {
      "content-type": "application/vnd.amazon.eventstream",
      "x-amzn-sagemaker-content-type": "text/event-stream",
    });
  const event = (more: object = {}): Partial<ApiEvent> => ({
    routeKey: "$default",
    rawPath: "/iris",
    headers: { "content-type": "text/plain", accept: "*/*" },
    requestContext: { http: { method: "POST" } } as ApiEvent["requestContext"],
    body: "Hello",
    isBase64Encoded: false,
    ...more,
  });
  /** All that the function writes. */
  async function answerTo(asked: Partial<ApiEvent>): Promise<string> {
    const response = new PassThrough();
    await handler(asked, response);
    return (await response.toArray()).join("");
  }

  test("hands on each part as it comes: the second is not written before the first has arrived", async () => {
    let model: ServerResponse | undefined;
    endpoint.answer = (response) => {
      model = begin(response);
      model.write(payloadPart(Buffer.from("one ")));
    };
    const response = new PassThrough();
    const finished = handler(event(), response);
    const [first] = (await once(response, "data")) as [Buffer];
    expect(first.toString()).toBe("one ");
    model?.end(payloadPart(Buffer.from("two")));
    const [second] = (await once(response, "data")) as [Buffer];
    expect(second.toString()).toBe("two");
    await finished;
    expect(heads).toEqual([{ statusCode: 200, headers: { "content-type": "text/event-stream" } }]);
    const [asked] = endpoint.asked;
    expect([asked?.path, asked?.body, asked?.headers["content-type"], asked?.headers["x-amzn-sagemaker-accept"]]).toEqual([
      "/endpoints/shop-iris/invocations-response-stream",
      "Hello",
      "text/plain",
      "*/*",
    ]);
  });

  test("asks for no media type when the caller does not", async () => {
    endpoint.answer = (response) => begin(response).end();
    expect(await answerTo(event({ headers: { "content-type": "text/plain" } }))).toBe("");
    expect(endpoint.asked.map(({ headers }) => "x-amzn-sagemaker-accept" in headers)).toEqual([false]);
  });

  test("breaks off when the model does, and does not end as if all were there", async () => {
    endpoint.answer = (response) => {
      begin(response).write(payloadPart(Buffer.from("one ")));
      response.end(streamException("ModelStreamError", { Message: "out of memory", ErrorCode: "ModelInvocationTimeExceeded" }));
    };
    const response = new PassThrough();
    await expect(handler(event(), response)).rejects.toThrow("out of memory");
    expect(response.writableEnded).toBe(false);
  });

  test("answers errors that come before the first part as any other front", async () => {
    endpoint.answer = (response) =>
      response
        .writeHead(424, { "x-amzn-errortype": "ModelError" })
        .end(JSON.stringify({ OriginalStatusCode: 422, OriginalMessage: "no such word", Message: "model error" }));
    expect(await answerTo(event())).toBe("no such word");
    expect(heads).toEqual([{ statusCode: 422, headers: { "content-type": "text/plain; charset=utf-8" } }]);
  });

  test.each([
    ["another path", { rawPath: "/other" }, 404, "there is no model at this path"],
    ["another method", { requestContext: { http: { method: "GET" } } }, 405, "models are asked with POST"],
    ["a body no endpoint takes", { body: "x".repeat(6_291_457) }, 413, "the request has 6291457 bytes"],
  ])("refuses %s without asking the endpoint", async (_, more, status, words) => {
    expect(await answerTo(event(more))).toContain(words);
    expect([heads.map(({ statusCode }) => statusCode), endpoint.asked]).toEqual([[status], []]);
  });
});
