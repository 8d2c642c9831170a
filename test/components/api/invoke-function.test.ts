import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ApiAnswer, ApiEvent } from "../../../components/api/handler/event";
import { ModelEndpoint } from "./support/model-endpoint";

type Handler = (event: Partial<ApiEvent>) => Promise<ApiAnswer>;

describe("the function before an endpoint that answers at once", () => {
  let endpoint: ModelEndpoint;
  let handler: Handler;
  beforeAll(async () => {
    endpoint = await ModelEndpoint.start();
    for (const [name, value] of Object.entries(endpoint.variables)) vi.stubEnv(name, value);
    ({ handler } = await vi.importActual<{ handler: Handler }>("../../../components/api/handler/invoke"));
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    endpoint.stop();
  });
  beforeEach(() => {
    endpoint.asked.length = 0;
    endpoint.answer = (response) => response.writeHead(200, { "content-type": "text/plain" }).end("Hallo Welt!");
  });
  const post = (body: string, headers: Record<string, string>) => handler({ body, headers, isBase64Encoded: false });

  test("hands on body and media types as they came, and plain text as plain text", async () => {
    const answer = await post("Hello world!", { "content-type": "text/plain", accept: "*/*" });
    expect(answer).toMatchObject({ statusCode: 200, headers: { "content-type": "text/plain" }, body: "Hallo Welt!" });
    const [asked] = endpoint.asked;
    expect([asked?.path, asked?.body, asked?.headers["content-type"], asked?.headers.accept]).toEqual([
      "/endpoints/shop-iris/invocations",
      "Hello world!",
      "text/plain",
      "*/*",
    ]);
  });

  test("asks for no media type when the caller does not", async () => {
    await post("Hello world!", { "content-type": "text/plain" });
    expect(endpoint.asked.map(({ headers }) => "accept" in headers)).toEqual([false]);
  });

  test("asks once, also when it is told to slow down", async () => {
    endpoint.answer = (response) => response.writeHead(429, { "x-amzn-errortype": "ThrottlingException" }).end('{"message":"slow"}');
    expect(await post("{}", {})).toMatchObject({ statusCode: 429 });
    expect(endpoint.asked).toHaveLength(1);
  });
});
