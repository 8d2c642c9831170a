import { describe, expect, test } from "vitest";
import { type ApiEvent, apiRequest } from "../../../components/api/handler/event";
import { handler } from "../../../components/api/handler/invoke";
import { answerOf, modelRequest, problemOf, refusalOf } from "../../../components/api/handler/translate";

const requestOf = (event: Partial<ApiEvent>) => modelRequest(apiRequest(event));

describe("a request to the API", () => {
  test("reaches the model with its body and media types as they came", () => {
    const request = requestOf({
      body: "Hello world!",
      headers: { "content-type": "text/plain", accept: "text/csv" },
      isBase64Encoded: false,
    });
    expect(Buffer.from(request.body).toString()).toBe("Hello world!");
    expect(request).toMatchObject({ contentType: "text/plain", accept: "text/csv" });
  });

  test("with binary content is decoded", () => {
    const audio = Buffer.from([0, 255, 128]);
    expect(Buffer.from(requestOf({ body: audio.toString("base64"), headers: {}, isBase64Encoded: true }).body)).toEqual(audio);
  });

  test("without a media type is JSON, and leaves the answer's to the model", () => {
    const bare = requestOf({ body: "{}", headers: {}, isBase64Encoded: false });
    expect([bare.contentType, bare.accept]).toEqual(["application/json", undefined]);
  });

  test.each(["*/*", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"])("that accepts %s says so to the model", (accept) => {
    expect(requestOf({ body: "{}", headers: { accept }, isBase64Encoded: false }).accept).toBe(accept);
  });

  test("that no endpoint takes is answered 413 with the limit and what to do, without asking the endpoint", async () => {
    expect(refusalOf(6_291_456)).toBeUndefined();
    const event = { body: Buffer.alloc(6_291_457).toString("base64"), headers: {}, isBase64Encoded: true };
    expect(await handler(event)).toEqual({
      statusCode: 413,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        error: {
          type: "PayloadTooLarge",
          message:
            "the request has 6291457 bytes, and the endpoint takes at most 6291456 bytes; send fewer records in each request, " +
            "or give large inputs to an asynchronous endpoint, which reads them from S3",
        },
      }),
    });
  });

  test("may have no body", () => {
    expect(requestOf({ headers: {}, isBase64Encoded: false }).body).toHaveLength(0);
  });
});

describe("an answer of the model", () => {
  test.each(["application/json", "text/csv; charset=utf-8", "application/jsonlines", "application/problem+json"])(
    "of type %s is text",
    (type) => {
      expect(answerOf(Buffer.from("ä"), type)).toEqual({
        statusCode: 200,
        headers: { "content-type": type },
        body: "ä",
        isBase64Encoded: false,
      });
    },
  );

  test.each(["audio/wav", "application/x-npy", "image/png"])("of type %s is binary", (type) => {
    expect(answerOf(Buffer.from([0, 255]), type)).toEqual({
      statusCode: 200,
      headers: { "content-type": type },
      body: "AP8=",
      isBase64Encoded: true,
    });
  });

  test("without a type or a body is binary and empty", () => {
    expect(answerOf(undefined, undefined)).toEqual({
      statusCode: 200,
      headers: { "content-type": "application/octet-stream" },
      body: "",
      isBase64Encoded: true,
    });
  });
});

describe("an error", () => {
  test("of the model itself has the model's own status and body", () => {
    const body = '{"error":{"type":"KeyError","message":"petal_length"}}';
    const error = Object.assign(new Error("model error"), { name: "ModelError", OriginalStatusCode: 422, OriginalMessage: body });
    expect(problemOf(error, 2)).toEqual({ statusCode: 422, headers: { "content-type": "application/json" }, body });
  });

  test("of the model in plain text stays plain text", () => {
    const error = Object.assign(new Error("model error"), {
      name: "ModelError",
      OriginalStatusCode: 500,
      OriginalMessage: "out of memory",
    });
    expect(problemOf(error, 2)).toEqual({
      statusCode: 500,
      headers: { "content-type": "text/plain; charset=utf-8" },
      body: "out of memory",
    });
  });

  test.each([
    ["ThrottlingException", 429, "too many requests; try again shortly"],
    ["ModelNotReadyException", 429, "too many requests; try again shortly"],
    ["ValidationError", 400, "the request was not accepted by the endpoint"],
    ["TimeoutError", 504, "the model did not answer in time"],
    ["AbortError", 504, "the model did not answer in time"],
    ["ServiceUnavailable", 503, "the model could not be reached"],
    ["AccessDeniedException", 502, "the model could not be reached"],
  ])("%s is %i, and tells nothing of the account", (name, statusCode, message) => {
    const error = Object.assign(new Error("User: arn:aws:sts::123456789012:assumed-role/x is not authorized"), { name });
    expect(problemOf(error, 2)).toEqual({
      statusCode,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ error: { type: name, message } }),
    });
  });

  test.each([
    [
      "in the limit of a serverless endpoint",
      { name: "ValidationError" },
      "1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length less than or equal to 4194304",
      "the endpoint takes at most 4194304 bytes;",
    ],
    [
      "by its status alone",
      { name: "UnknownError", $metadata: { httpStatusCode: 413 } },
      "UnknownError",
      "the endpoint takes at most 6291456 bytes on instances and 4194304 when it is serverless;",
    ],
  ])("of size that SageMaker tells %s is 413 and names the limit", (_, fields, words, limit) => {
    const { statusCode, body } = problemOf(Object.assign(new Error(words), fields), 5_000_000);
    const { error } = JSON.parse(body ?? "") as { error: { type: string; message: string } };
    expect([statusCode, error.type, error.message.startsWith(`the request has 5000000 bytes, and ${limit} `)]).toEqual([
      413,
      "PayloadTooLarge",
      true,
    ]);
  });

  test("that is no error at all is 502", () => {
    expect(problemOf("oops", 2)).toMatchObject({ statusCode: 502 });
  });
});
