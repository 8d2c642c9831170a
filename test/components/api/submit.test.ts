import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ApiAnswer, ApiEvent, RestEvent } from "../../../components/api/handler/event";

type Handler = (event: Partial<ApiEvent> | Partial<RestEvent>) => Promise<ApiAnswer>;

/** S3 and SageMaker as far as the function asks them: objects by key, and a queue that accepts until it is told not to. */
class Aws {
  readonly objects = new Map<string, { readonly type: string; readonly content: string }>();
  readonly accepted: { readonly input: string; readonly type: string; readonly inferenceId: string }[] = [];
  refuses = false;
  private constructor(private readonly server: Server) {}

  static async start(): Promise<Aws> {
    const server = createServer();
    const aws = new Aws(server);
    server.on("request", (request: IncomingMessage, response: ServerResponse) => void aws.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return aws;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const path = (request.url ?? "").split("?")[0] ?? "";
    if (path.endsWith("/async-invocations")) {
      this.queue(request, response);
      return;
    }
    const key = path.replace("/b/", "");
    const found = this.objects.get(key);
    if (request.method === "PUT") {
      if (request.headers["if-none-match"] === "*" && found !== undefined) {
        response.writeHead(412).end("<Error><Code>PreconditionFailed</Code></Error>");
        return;
      }
      this.objects.set(key, { type: request.headers["content-type"] ?? "", content: Buffer.concat(chunks).toString() });
      response.writeHead(200, { etag: '"1"' }).end();
    } else if (found === undefined) {
      // Who may not list the bucket is not told that there is no such object.
      response.writeHead(403).end("<Error><Code>AccessDenied</Code></Error>");
    } else {
      response.writeHead(200, { "content-type": found.type, "content-length": Buffer.byteLength(found.content) });
      response.end(request.method === "HEAD" ? undefined : found.content);
    }
  }

  private queue(request: IncomingMessage, response: ServerResponse): void {
    if (this.refuses) {
      response.writeHead(429, { "x-amzn-errortype": "ThrottlingException" }).end("{}");
      return;
    }
    const number = `request-${this.accepted.length}`;
    const header = (name: string) => String(request.headers[name]);
    this.accepted.push({
      input: header("x-amzn-sagemaker-inputlocation"),
      type: header("x-amzn-sagemaker-content-type"),
      inferenceId: header("x-amzn-sagemaker-inference-id"),
    });
    response.writeHead(202, {
      "x-amzn-sagemaker-outputlocation": `s3://b/out/${number}.out`,
      "x-amzn-sagemaker-failurelocation": `s3://b/fail/${number}-error.out`,
    });
    response.end("{}");
  }
}

describe("the function before an asynchronous endpoint", () => {
  let aws: Aws;
  let handler: Handler;

  beforeAll(async () => {
    aws = await Aws.start();
    const variables = {
      AWS_ENDPOINT_URL: aws.url,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      SLIPWAY_ENDPOINT_NAME: "shop-sum",
      SLIPWAY_PATH: "/sum",
      SLIPWAY_INPUT: "s3://b/in",
      SLIPWAY_OUTPUT: "s3://b/out",
      SLIPWAY_FAILURE: "s3://b/fail",
      SLIPWAY_URL_SECONDS: "60",
      SLIPWAY_IDEMPOTENCY: "true",
    };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    ({ handler } = await vi.importActual<{ handler: Handler }>("../../../components/api/handler/submit"));
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    aws.stop();
  });
  beforeEach(() => {
    aws.objects.clear();
    aws.accepted.length = 0;
    aws.refuses = false;
  });

  const post = (body: string, headers: Record<string, string> = {}, routeKey = "POST /sum") =>
    handler({ routeKey, body, headers: { "content-type": "application/json", ...headers }, isBase64Encoded: false });
  const state = (id: string) => handler({ routeKey: "GET /sum/{id}", headers: {}, pathParameters: { id } });
  const told = ({ body = "" }: ApiAnswer) => JSON.parse(body) as Record<string, unknown>;

  test("puts the body below the input prefix, hands it in with its media type, and answers with the id", async () => {
    const answer = await post("Hello", { "content-type": "text/plain" });
    expect(answer.statusCode).toBe(202);
    expect(told(answer)).toEqual({ id: "request-0", status: "pending", location: "sum/request-0" });
    const [[key, object] = []] = [...aws.objects];
    expect([key, object]).toEqual([expect.stringMatching(/^in\/requests\/[0-9a-f-]{36}$/), { type: "text/plain", content: "Hello" }]);
    expect(aws.accepted).toEqual([{ input: `s3://b/${key}`, type: "text/plain", inferenceId: expect.stringMatching(/^[0-9a-f-]{36}$/) }]);
  });

  test("answers a REST API, whose events have another form, in the same way", async () => {
    const event = {
      httpMethod: "POST",
      resource: "/sum",
      headers: { "Content-Type": "text/plain" },
      body: "SGVsbG8=",
      isBase64Encoded: true,
    };
    expect((await handler(event)).statusCode).toBe(202);
    expect([...aws.objects.values()]).toEqual([{ type: "text/plain", content: "Hello" }]);
  });

  test("tells that a request is pending, completed with a URL that ends, or failed with the model's error", async () => {
    const id = "request-0";
    expect(told(await state(id))).toEqual({ id, status: "pending" });
    aws.objects.set("fail/request-0-error.out", { type: "application/json", content: '{"error":{"type":"KeyError","message":"x"}}' });
    expect(told(await state(id))).toEqual({ id, status: "failed", error: { type: "KeyError", message: "x" } });
    aws.objects.set("fail/request-0-error.out", { type: "text/plain", content: "ClientError: Could not download s3://b/in/x" });
    expect(told(await state(id)).error).toEqual({ type: "ClientError", message: "ClientError: Could not download s3://b/in/x" });
    aws.objects.set("fail/request-0-error.out", { type: "text/plain", content: "out of memory" });
    expect(told(await state(id)).error).toEqual({ type: "ModelError", message: "out of memory" });
    aws.objects.set("out/request-0.out", { type: "text/csv", content: "1,2" });
    expect(told(await state(id))).toEqual({
      id,
      status: "completed",
      result: {
        url: expect.stringMatching(/\/b\/out\/request-0\.out\?.*X-Amz-Expires=60/),
        contentType: "text/csv",
        bytes: 3,
        expiresInSeconds: 60,
      },
    });
  });

  test("gives a place for an upload that takes any content, and hands in what is there", async () => {
    const place = told(await post("", {}, "POST /sum/uploads")) as { input: string; url: string; method: string };
    expect(place).toMatchObject({ input: expect.stringMatching(/^uploads\/[0-9a-f-]{36}$/), method: "PUT", expiresInSeconds: 60 });
    expect(place.url).not.toMatch(/checksum/i);
    expect((await post(JSON.stringify({ input: place.input, contentType: "audio/wav" }))).statusCode).toBe(202);
    expect(aws.accepted).toMatchObject([{ input: `s3://b/in/${place.input}`, type: "audio/wav" }]);
    expect([...aws.objects]).toEqual([]);
  });

  test.each(['{"input":"uploads/../secret"}', '{"input":"requests/1"}', '{"input":"uploads/1","more":1}', '{"input":3}', "[1]", "{"])(
    "takes %s for an input and not for the name of one",
    async (body) => {
      await post(body);
      expect([...aws.objects.values()].map(({ content }) => content)).toEqual([body]);
    },
  );

  test("hands in once what comes twice with one Idempotency-Key, and refuses another request with it", async () => {
    const key = { "idempotency-key": "order 1".replace(" ", "-") };
    expect(told(await post("{}", key)).id).toBe("request-0");
    expect(told(await post("{}", key)).id).toBe("request-0");
    expect(aws.accepted).toHaveLength(1);
    expect((await post("[]", key)).statusCode).toBe(422);
    expect((await post("{}", { "idempotency-key": "a b" })).statusCode).toBe(400);
  });

  test("hands in at the next try what the queue refused, though the key is the same", async () => {
    const key = { "idempotency-key": "order-2" };
    aws.refuses = true;
    expect((await post("{}", key)).statusCode).toBe(429);
    aws.refuses = false;
    expect((await post("{}", key)).statusCode).toBe(202);
    expect(aws.accepted).toHaveLength(1);
  });

  test("asks to wait while the same request is being handed in, and takes over one that was broken off", async () => {
    const key = { "idempotency-key": "order-3" };
    await post("{}", key);
    const [receipt = "", written] = [...aws.objects].find(([name]) => name.startsWith("in/receipts/")) ?? [];
    const { id: _id, ...kept } = JSON.parse(written?.content ?? "") as { at: number; id: string };
    const put = (at: number) => aws.objects.set(receipt, { type: "", content: JSON.stringify({ ...kept, state: "submitting", at }) });
    put(Date.now());
    expect([(await post("{}", key)).statusCode, aws.accepted.length]).toEqual([409, 1]);
    put(Date.now() - 31_000);
    expect([(await post("{}", key)).statusCode, aws.accepted.length]).toEqual([202, 2]);
  });
});
