import { afterEach, describe, expect, it } from "vitest";
import {
  AccessDeniedError,
  EndpointNotFoundError,
  InvokeTimeoutError,
  ModelError,
  NotReadyError,
  PayloadTooLargeError,
  ResponseError,
  ServiceError,
  SlipwayClient,
  StackOutputsError,
  UnknownModelError,
  UnsupportedKindError,
} from "../../client";
import { answer, PlaybackService, type Reply, refusal } from "./service";

const outputs = {
  models: {
    iris: { endpointName: "iris-7c1e", kind: "realtime", region: "eu-central-1", apiUrl: "http://x", contentTypes: ["application/json"] },
    tiny: { endpointName: "tiny-1", kind: "serverless", region: "eu-central-1" },
    whisper: { endpointName: "whisper-1", kind: "async", region: "eu-central-1" },
    drafted: { kind: "realtime" },
  },
};

let service: PlaybackService | undefined;
let client: SlipwayClient | undefined;

afterEach(async () => {
  client?.close();
  await service?.stop();
  service = undefined;
});

describe("a question", () => {
  it("is sent as JSON to the model's endpoint, and its answer comes back as a value", async () => {
    const iris = (await connect(answer({ species: "setosa" }))).model<{ petal_length: number }, { species: string }>("iris");
    const { value, attempts, requestId, variant, contentType } = await iris.ask({ petal_length: 1.4 });
    expect([value.species, attempts, requestId, variant, contentType]).toEqual(["setosa", 1, "r-1", "AllTraffic", "application/json"]);
    expect(service?.received.map(({ path, body, headers }) => [path, body, headers["content-type"], headers.accept])).toEqual([
      ["/endpoints/iris-7c1e/invocations", `{"petal_length":1.4}`, "application/json", "application/json"],
    ]);
    expect(service?.received[0]?.headers.authorization).toContain("/eu-central-1/sagemaker/aws4_request");
  });

  it("of another type is sent as it is, and text comes back as text", async () => {
    const iris = (await connect({ status: 200, headers: { "content-type": "text/csv; charset=utf-8" }, body: "setosa,0.98\n" })).model<
      string,
      string
    >("iris");
    expect(await iris.invoke("1.4,0.2", { contentType: "text/csv", accept: "text/csv" })).toBe("setosa,0.98\n");
    expect(service?.received[0]?.body).toBe("1.4,0.2");
  });

  it("reuses one connection for all questions of a client", async () => {
    const iris = (await connect(answer(1))).model("iris");
    for (let i = 0; i < 3; i++) await iris.invoke(i);
    expect(service?.received.map(({ connection }) => connection)).toEqual([1, 1, 1]);
  });

  it("that is too large is refused before it is sent, by the limit of its kind", async () => {
    const all = await connect(answer(1));
    const error = await all
      .model("iris")
      .invoke("x".repeat(6 * 1024 * 1024))
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(PayloadTooLargeError);
    expect(error).toMatchObject({ bytes: 6_291_458, limit: 6_291_456, kind: "realtime", retryable: false });
    await expect(all.model("tiny").invoke("x".repeat(5 * 1024 * 1024))).rejects.toMatchObject({ limit: 4_194_304 });
    expect(service?.received).toEqual([]);
  });

  it("to an endpoint of another kind is refused with the way that works", async () => {
    const all = await connect(answer(1));
    await expect(all.model("whisper").invoke({})).rejects.toThrow("Use submit() and wait().");
    expect(() => all.model("whisper").invokeStream({})).toThrow(UnsupportedKindError);
    await expect(all.model("iris").submit({})).rejects.toThrow("Use invoke() or invokeStream().");
    expect(service?.received).toEqual([]);
  });

  it("waits its turn when as many as allowed are under way", async () => {
    service = new PlaybackService([{ ...answer(1), delay: 20 }]);
    client = SlipwayClient.fromStackOutputs(outputs, { endpoint: await service.start(), maxConcurrency: 2 });
    const iris = client.model("iris");
    expect(await Promise.all(Array.from({ length: 7 }, (_, i) => iris.invoke(i)))).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(service.mostAtOnce).toBe(2);
    expect(() => SlipwayClient.fromModels({}, { maxConcurrency: 0 })).toThrow(
      "maxConcurrency: got 0; allowed is a whole number from 1 on.",
    );
  });

  it("whose value has no JSON form is a mistake of the caller", async () => {
    const all = await connect(answer(1));
    await expect(all.model("iris").invoke(undefined)).rejects.toBeInstanceOf(TypeError);
    await expect(all.model("iris").invoke({}, { contentType: "text/csv" })).rejects.toBeInstanceOf(TypeError);
  });
});

describe("a failure", () => {
  it("of the model carries the container's own status, words, line and log", async () => {
    const said = JSON.stringify({ error: { type: "KeyError", message: "'petal_lenght'", location: "model.py:21", id: "r-81f2" } });
    const arn = "arn:aws:logs:eu-central-1:1:log-group:/aws/sagemaker/Endpoints/iris-7c1e:log-stream:a";
    const all = await connect(
      refusal(424, "ModelError", {
        Message: "Received server error (500) from model",
        OriginalStatusCode: 500,
        OriginalMessage: said,
        LogStreamArn: arn,
      }),
    );
    const error = await all
      .model("iris")
      .invoke({})
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ModelError);
    expect(error).toMatchObject({
      summary: `The model "iris" answered 500: KeyError: 'petal_lenght'.`,
      advice: "Look at the model's log and at what was sent.",
      originalStatus: 500,
      originalMessage: said,
      logStreamArn: arn,
      detail: { type: "KeyError", message: "'petal_lenght'", location: "model.py:21", id: "r-81f2" },
      retryable: false,
    });
    expect(service?.received).toHaveLength(1);
  });

  it("of an endpoint that does not exist names it", async () => {
    const all = await connect(refusal(400, "ValidationError", { Message: "Endpoint iris-7c1e of account 000000000000 not found." }));
    await expect(all.model("iris").invoke({})).rejects.toMatchObject({ name: "EndpointNotFoundError", endpointName: "iris-7c1e" });
    expect(EndpointNotFoundError.name).toBe("EndpointNotFoundError");
  });

  it.each([
    ["throttling", refusal(400, "ThrottlingException", { Message: "Rate exceeded" })],
    ["a model that is scaling", refusal(429, "ModelNotReadyException", { Message: "warming" })],
    ["an unavailable service", { status: 503, body: "" }],
  ] as const)("by %s is repeated until it works", async (_, reply) => {
    const iris = (await connect(reply, reply, answer("well"))).model("iris");
    expect(await iris.ask({})).toMatchObject({ value: "well", attempts: 3 });
  });

  it.each([
    ["ThrottledError", refusal(400, "ThrottlingException", { Message: "Rate exceeded" })],
    ["ModelNotReadyError", refusal(429, "ModelNotReadyException", { Message: "warming" })],
    ["ServiceUnavailableError", { status: 503, body: "" }],
  ] as const)("that lasts is told after the last attempt as %s, a NotReadyError", async (name, reply) => {
    const all = await connect(reply);
    const error = await all
      .model("iris")
      .invoke({})
      .catch((e: unknown) => e);
    expect(error).toBeInstanceOf(NotReadyError);
    expect(error).toMatchObject({ name, attempts: 4, retryable: true });
    expect(service?.received).toHaveLength(4);
  });

  it("of many questions is repeated less and less: the budget is shared", async () => {
    const all = await connect(refusal(429, "ModelNotReadyException", { Message: "warming" }));
    const errors = await Promise.all(
      Array.from({ length: 10 }, () =>
        all
          .model("iris")
          .invoke({})
          .catch((e: unknown) => e),
      ),
    );
    expect(errors.every((error) => error instanceof NotReadyError)).toBe(true);
    expect(service?.received).toHaveLength(10 + 10);
  });

  it("of the service is told by its own name and not repeated: the model may have answered", async () => {
    const all = await connect(refusal(500, "InternalFailure", { Message: "oops" }));
    await expect(all.model("iris").invoke({})).rejects.toMatchObject({ name: "ServiceError", code: "InternalFailure", retryable: true });
    expect([service?.received.length, ServiceError.name]).toEqual([1, "ServiceError"]);
  });

  it.each([
    ["InvalidRequestError", refusal(400, "ValidationError", { Message: "Variant b not found for endpoint iris-7c1e." })],
    ["PayloadTooLargeError", { status: 413, body: "" }],
    ["ServiceError", refusal(530, "InternalDependencyException", { Message: "oops" })],
  ] as const)("that says so is told once, as %s", async (name, reply) => {
    const all = await connect(reply);
    await expect(all.model("iris").invoke({})).rejects.toMatchObject({ name, advice: expect.stringMatching(/^[A-Z].*\.$/) });
    expect(service?.received).toHaveLength(1);
  });

  it.each([
    ["an error of the service", refusal(500, "InternalFailure", { Message: "oops" })],
    ["a model that is overloaded", refusal(424, "ModelError", { Message: "m", OriginalStatusCode: 503, OriginalMessage: "busy" })],
    ["a connection that is lost", "hang up"],
  ] as const)("by %s is repeated when the caller says that it does no harm", async (_, reply) => {
    const iris = (await connect(reply, answer("well"))).model("iris");
    expect(await iris.ask({}, { idempotent: true })).toMatchObject({ value: "well", attempts: 2 });
  });

  it("of a connection that is lost is not repeated by itself: the model may have answered", async () => {
    const all = await connect("hang up");
    await expect(all.model("iris").invoke({})).rejects.toMatchObject({ name: "ConnectionError", sent: true, attempts: 1 });
    expect(service?.received).toHaveLength(1);
  });

  it("of permission is told as such", async () => {
    const all = await connect(refusal(403, "AccessDeniedException", { Message: "not authorized to perform: sagemaker:InvokeEndpoint" }));
    await expect(all.model("iris").invoke({})).rejects.toBeInstanceOf(AccessDeniedError);
  });

  it("of time ends the call", async () => {
    const all = await connect({ ...answer(1), delay: 5_000 });
    await expect(all.model("iris").invoke({}, { timeoutMs: 50 })).rejects.toMatchObject({ name: "InvokeTimeoutError", timeoutMs: 50 });
    expect(InvokeTimeoutError.name).toBe("InvokeTimeoutError");
  });

  it("by the caller's own signal throws the signal's reason", async () => {
    const all = await connect({ ...answer(1), delay: 5_000 });
    const abort = new AbortController();
    const asked = all.model("iris").invoke({}, { signal: abort.signal });
    abort.abort(new Error("the user left"));
    await expect(asked).rejects.toThrow("the user left");
  });

  it("to answer what the content type says is told", async () => {
    const all = await connect({ status: 200, headers: { "content-type": "application/json" }, body: "<html>" });
    await expect(all.model("iris").invoke({})).rejects.toBeInstanceOf(ResponseError);
  });

  it("to reach anything is repeated, then told", async () => {
    const all = SlipwayClient.fromStackOutputs(outputs, { endpoint: "http://127.0.0.1:9", retry: { baseMs: 1 } });
    await expect(all.model("iris").invoke({})).rejects.toMatchObject({ name: "ConnectionError", sent: false, attempts: 4 });
    all.close();
  });
});

describe("the models", () => {
  it("are those of the outputs that have an endpoint", () => {
    expect(SlipwayClient.fromStackOutputs(outputs).names).toEqual(["iris", "tiny", "whisper"]);
  });

  it("of another name are refused with the names there are", () => {
    expect(() => SlipwayClient.fromStackOutputs(outputs).model("iriss")).toThrow(
      new UnknownModelError("iriss", ["iris", "tiny", "whisper"]),
    );
  });

  it("can be given by hand", async () => {
    service = new PlaybackService([answer(1)]);
    client = SlipwayClient.fromModels({ mine: { endpointName: "mine-1" } }, { endpoint: await service.start(), region: "us-east-1" });
    expect(await client.model("mine").invoke({})).toBe(1);
    expect(service.received[0]?.path).toBe("/endpoints/mine-1/invocations");
  });

  it("cannot come from outputs without them", () => {
    expect(() => SlipwayClient.fromStackOutputs({ url: 1 })).toThrow(StackOutputsError);
    expect(() => SlipwayClient.fromStackOutputs({ url: 1 })).toThrow(`The outputs have no "models"; they have url. Export them`);
  });

  it("of a stack that cannot be read say why", async () => {
    await expect(SlipwayClient.fromStack({ stack: "dev", pulumi: "no-such-pulumi" })).rejects.toThrow(
      `The outputs of stack "dev" cannot be read: the Pulumi CLI is not on PATH`,
    );
    await expect(SlipwayClient.fromStack({ stack: "dev", pulumi: process.execPath })).rejects.toBeInstanceOf(StackOutputsError);
  });
});

async function connect(...replies: readonly (Reply | "hang up")[]): Promise<SlipwayClient> {
  service = new PlaybackService(replies);
  client = SlipwayClient.fromStackOutputs(outputs, { endpoint: await service.start(), retry: { baseMs: 1 } });
  return client;
}
