import { PassThrough, type Writable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { ApiAnswer, ApiEvent, RestEvent } from "../../../components/api/handler/event";
import { apiRequest } from "../../../components/api/handler/event";
import { namesOf } from "../../../components/api/handler/places";
import { problemOf } from "../../../components/api/handler/translate";
import { ModelEndpoint } from "./support/model-endpoint";

type Handler = (event: Partial<ApiEvent> | Partial<RestEvent>) => Promise<ApiAnswer>;
type StreamHandler = (event: Partial<ApiEvent>, response: Writable) => Promise<void>;

/** SageMaker and S3: a queue that accepts, objects that are not there. */
let aws: ModelEndpoint;
let invoke: Handler;
let submit: Handler;
let stream: StreamHandler;
const heads: { readonly statusCode: number }[] = [];

beforeAll(async () => {
  aws = await ModelEndpoint.start();
  const more = { SLIPWAY_INPUT: "s3://b/in", SLIPWAY_OUTPUT: "s3://b/out", SLIPWAY_FAILURE: "s3://b/fail", SLIPWAY_IDEMPOTENCY: "true" };
  const cors = {
    origins: ["https://shop.example.com"],
    headers: ["content-type"],
    methods: ["POST"],
    credentials: true,
    maxAgeSeconds: 60,
  };
  for (const [name, value] of Object.entries({ ...aws.variables, ...more, SLIPWAY_CORS: JSON.stringify(cors) })) vi.stubEnv(name, value);
  vi.stubGlobal("awslambda", {
    streamifyResponse: (given: StreamHandler) => given,
    HttpResponseStream: {
      from: (response: Writable, head: { readonly statusCode: number }) => {
        heads.push(head);
        return response;
      },
    },
  });
  ({ handler: invoke } = await vi.importActual<{ handler: Handler }>("../../../components/api/handler/invoke"));
  ({ handler: submit } = await vi.importActual<{ handler: Handler }>("../../../components/api/handler/submit"));
  ({ handler: stream } = await vi.importActual<{ handler: StreamHandler }>("../../../components/api/handler/stream"));
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  aws.stop();
});
beforeEach(() => {
  aws.asked.length = 0;
  heads.length = 0;
  aws.answer = (response) => {
    const { path = "" } = aws.asked.at(-1) ?? {};
    if (path.endsWith("/async-invocations")) {
      const places = {
        "x-amzn-sagemaker-outputlocation": "s3://b/out/12345678.out",
        "x-amzn-sagemaker-failurelocation": "s3://b/fail/12345678-error.out",
      };
      response.writeHead(202, places).end("{}");
    } else {
      response.writeHead(path.includes("/b/out/") || path.includes("/b/fail/") ? 403 : 200).end();
    }
  };
});

const post = (handler: Handler, headers: Record<string, string>, body = "{}") =>
  handler({ routeKey: "POST /iris", body, headers, isBase64Encoded: false });
const typeOf = ({ body = "" }: ApiAnswer) => (JSON.parse(body) as { error: { type: string } }).error.type;

describe("a media type", () => {
  test.each([
    ["begins another header", "text/plain\r\nx-amzn-sagemaker-target-variant: other"],
    ["has a NUL byte", "text/plain\0"],
    ["is not ASCII", "text/größe"],
    ["is longer than AWS takes", `text/${"x".repeat(1_020)}`],
  ])("that %s is 400, and nobody is asked", async (_, value) => {
    for (const headers of [{ "content-type": value }, { accept: value }] as Record<string, string>[]) {
      for (const handler of [invoke, submit]) {
        const answer = await post(handler, headers);
        expect([answer.statusCode, typeOf(answer)]).toEqual([400, "InvalidHeader"]);
      }
      await stream(
        { rawPath: "/iris", requestContext: { http: { method: "POST" } } as ApiEvent["requestContext"], headers },
        new PassThrough(),
      );
    }
    expect([heads.map(({ statusCode }) => statusCode), aws.asked]).toEqual([[400, 400], []]);
  });
});

test("the media type of an uploaded input is one too, though it comes in the body", async () => {
  const input = "uploads/00000000-0000-0000-0000-000000000000";
  const answer = await post(submit, {}, JSON.stringify({ input, contentType: "text/plain\r\nx: y" }));
  expect([answer.statusCode, typeOf(answer), aws.asked]).toEqual([400, "InvalidHeader", []]);
});

describe("a request reaches the one endpoint of its function, whatever", () => {
  test.each<[string, Record<string, string>]>([
    ["variant", { "x-amzn-sagemaker-target-variant": "shadow" }],
    ["container or model", { "x-amzn-sagemaker-target-model": "other.tar.gz", "x-amzn-sagemaker-target-container-hostname": "other" }],
    ["host", { host: "169.254.169.254", "x-forwarded-host": "169.254.169.254", "x-forwarded-for": "127.0.0.1" }],
    ["method", { "x-http-method-override": "DELETE", "x-method-override": "GET" }],
    ["property of all objects", { constructor: "x", tostring: "y", ["__proto__"]: "z" }],
  ])("%s its headers name", async (_, headers) => {
    await post(invoke, headers);
    const [asked, ...others] = aws.asked;
    expect([asked?.path, others]).toEqual(["/endpoints/shop-iris/invocations", []]);
    for (const [name, value] of Object.entries(headers)) expect(asked?.headers[name]).not.toBe(value);
  });

  test("path it asks for in its body or above a limit of levels", async () => {
    const body = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    await post(invoke, {}, body);
    expect(aws.asked.map(({ body: sent }) => sent)).toEqual([body]);
  });

  test.each(["/IRIS", "/iris/", "//iris", "/iris%2f..", "/%69ris", "/iris/../iris", "/iris;x", "http://x/iris", ""])(
    "and at a function URL the path %s is another, which there is not",
    async (rawPath) => {
      await stream({ rawPath, requestContext: { http: { method: "POST" } } as ApiEvent["requestContext"], headers: {} }, new PassThrough());
      expect([heads.map(({ statusCode }) => statusCode), aws.asked]).toEqual([[404], []]);
    },
  );
});

describe("an id", () => {
  const packed = (...names: unknown[]) => `~${Buffer.from(JSON.stringify(names)).toString("base64url")}`;

  test.each([
    "../../in/receipts/x",
    "..%2f..%2fsecret",
    "s3://other/x",
    "12345678.out",
    "1234567\0",
    "",
    packed("../in/requests/x", "x"),
    packed("a/../../in/x", "x"),
    packed("/etc/passwd", "x"),
    packed("a//b", "x"),
    packed("x?versionId=1", "x"),
    packed("x", "..\\y"),
    packed("x\0", "y"),
    packed("x"),
    packed("x", "y", "z"),
    packed(["x"], "y"),
    "~not base64",
    `~${"A".repeat(10_000)}`,
  ])("%s is of no request: 404 without a look at S3", async (id) => {
    const answer = await submit({ routeKey: "GET /iris/{id}", headers: {}, pathParameters: { id } });
    expect([namesOf(id), answer.statusCode, typeOf(answer), aws.asked]).toEqual([undefined, 404, "UnknownRequest", []]);
  });

  test("with percent signs names an object that has them, not what they stand for", async () => {
    await submit({ routeKey: "GET /iris/{id}", headers: {}, pathParameters: { id: packed("%2e%2e/in/x", "y") } });
    expect(aws.asked.map(({ path }) => path.split("?")[0])).toEqual(["/b/out/%252e%252e/in/x", "/b/fail/y"]);
  });
});

describe("what a page may read", () => {
  test.each([
    "https://shop.example.com.evil.example",
    "http://shop.example.com",
    "https://shop.example.com:8443",
    "null",
    "*",
    "HTTPS://SHOP.EXAMPLE.COM",
  ])("is nothing for the origin %s", async (origin) => {
    const answers = [await post(invoke, { origin }), await invoke({ routeKey: "OPTIONS /iris", headers: { origin } })];
    for (const { headers = {} } of answers) expect(Object.keys(headers)).not.toContain("access-control-allow-origin");
  });
});

describe("a model that answers", () => {
  test.each([302, 101, 0, 700])("with the status %i sends nobody anywhere", (OriginalStatusCode) => {
    const error = Object.assign(new Error("x"), { name: "ModelError", OriginalStatusCode, OriginalMessage: "http://169.254.169.254/" });
    const { statusCode, headers, body } = problemOf(error, 2);
    expect([statusCode, Object.keys(headers ?? {}), body]).toEqual([
      502,
      ["content-type"],
      `{"error":{"type":"ModelError","message":"the model answered with the status ${OriginalStatusCode}"}}`,
    ]);
  });
});

test("headers of one name in several spellings are one header, and a body that is no base64 is what can be read of it", () => {
  const { headers, body } = apiRequest({
    headers: { "Content-Type": "text/csv", "content-type": "text/plain" },
    body: "!!",
    isBase64Encoded: true,
  });
  expect([headers, body.byteLength]).toEqual([{ "content-type": "text/plain" }, 0]);
});
