import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { InvokeEndpointCommand, InvokeEndpointWithResponseStreamCommand, type ResponseStream } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureDevTools } from "../../tools/python/ensure";
import { account, rejection, type StartedPlatform, startPlatform } from "./support/platform";
import { Gates, serveRuntimeModel } from "./support/runtime-endpoint";

let platform: StartedPlatform;
const gates = new Gates();

beforeAll(async () => {
  platform = await startPlatform();
  await serveRuntimeModel(platform.sagemaker, { name: "streams", image: (await platform.build("runtime")).uri, gates });
});
afterAll(async () => {
  await platform.stop();
  gates.remove();
});

describe("a streamed answer", () => {
  test("comes in the parts the container sends: each is here before the container may send the next", async () => {
    const answer = await start({ do: "stream", parts: ["one ", "two ", "three"], gate: "order" });
    expect(answer).toMatchObject({
      ContentType: "text/event-stream",
      InvokedProductionVariant: "primary",
      CustomAttributes: "from the model",
    });
    const parts = iterate(answer.Body);
    expect(await textOf(parts)).toBe("one ");
    for (const [index, text] of ["two ", "three"].entries()) {
      await gates.reached(`order-${index + 1}`);
      gates.open(`order-${index + 1}`);
      expect(await textOf(parts)).toBe(text);
    }
    expect((await parts.next()).done).toBe(true);
  });

  test("reaches boto3 in the same way", async () => {
    const { python } = await ensureDevTools();
    const script = join(__dirname, "boto3_stream.py");
    const { stdout } = await promisify(execFile)(python, [script, platform.endpointUrl, "streams", gates.folder], { timeout: 100_000 });
    expect(JSON.parse(stdout)).toEqual({
      head: ["text/event-stream", "primary", "from the model", 200],
      parts: ["one ", "two ", "three"],
      broken: [
        "first",
        "ModelStreamError",
        "An error occurred (ModelStreamError) when calling the InvokeEndpointWithResponseStream operation: " +
          "the container ended the connection without a whole answer (ECONNRESET)",
      ],
      modelError: ["ModelError", 424, 400, "no"],
    });
  });

  test("that is no stream comes as one", async () => {
    const answer = await start({ do: "bytes", bytes: 300_000 });
    let bytes = 0;
    for await (const { PayloadPart } of iterate(answer.Body)) {
      bytes += PayloadPart?.Bytes?.length ?? 0;
    }
    expect([answer.ContentType, bytes]).toEqual(["application/json", 300_000]);
  });

  test("that is empty ends at once", async () => {
    expect((await iterate((await start({ do: "stream", parts: [] })).Body).next()).done).toBe(true);
  });

  test("may be longer than an answer that is not streamed", async () => {
    const answer = await start({ do: "flood", megabytes: 10, gate: "long" });
    let bytes = 0;
    for await (const { PayloadPart } of iterate(answer.Body)) {
      bytes += PayloadPart?.Bytes?.length ?? 0;
    }
    expect(bytes).toBe(10 * 1_048_576);
  });

  test("waits for a slow reader instead of being gathered up", async () => {
    const answer = await fetch(`${platform.endpointUrl}/endpoints/streams/invocations-response-stream`, {
      method: "POST",
      body: JSON.stringify({ do: "flood", megabytes: 200, gate: "slow" }),
      signal: AbortSignal.timeout(100_000),
    });
    await gates.left("slow.sent");
    // While nobody reads the stream, the container answers a hundred others.
    for (let count = 0; count < 100; count++) {
      await platform.runtime.send(new InvokeEndpointCommand({ EndpointName: "streams", Body: '{"do":"echo"}' }));
    }
    expect(Number(gates.read("slow.sent"))).toBeLessThan(100);
    await answer.body?.cancel();
    await gates.left("slow.gone");
  });

  test("ends in the container when its reader goes away", async () => {
    const gone = new AbortController();
    const answer = await fetch(`${platform.endpointUrl}/endpoints/streams/invocations-response-stream`, {
      method: "POST",
      body: JSON.stringify({ do: "flood", megabytes: 10_000, gate: "left" }),
      signal: gone.signal,
    });
    expect(answer.headers.get("content-type")).toBe("application/vnd.amazon.eventstream");
    gone.abort();
    await gates.left("left.gone");
  });
});

describe("a container", () => {
  test("that breaks off ends the stream with ModelStreamError, StreamBroken, after the parts it has sent", async () => {
    const parts = iterate((await start({ do: "stream", parts: ["first"], ends: "broken" })).Body);
    expect(await textOf(parts)).toBe("first");
    const error = await rejection(parts.next());
    expect([error.name, error.ErrorCode]).toEqual(["ModelStreamError", "StreamBroken"]);
  });

  test("that breaks off before its first part is a ModelError", async () => {
    const error = await rejection(start({ do: "stream", parts: [], ends: "before" }));
    expect([error.name, error.OriginalStatusCode]).toEqual(["ModelError", 500]);
  });

  test("that refuses is a ModelError with its status and message", async () => {
    const error = await rejection(start({ do: "status", code: 400, text: "no" }));
    expect(error).toMatchObject({ name: "ModelError", OriginalStatusCode: 400, OriginalMessage: "no" });
    expect(error.$metadata).toMatchObject({ httpStatusCode: 424 });
  });
});

describe("a request", () => {
  test("is passed on with what the header X-Amzn-SageMaker-Accept and the others say", async () => {
    const { Body } = await start({ do: "echo" }, { Accept: "text/plain", CustomAttributes: "c", InferenceId: "i", SessionId: "s" });
    const { headers } = JSON.parse(await textOf(iterate(Body)));
    expect(headers).toMatchObject({
      accept: "text/plain",
      "content-type": "application/json",
      "x-amzn-sagemaker-custom-attributes": "c",
      "x-amzn-sagemaker-inference-id": "i",
      "x-amzn-sagemaker-session-id": "s",
    });
  });

  test("cannot make a session", async () => {
    const error = await rejection(start({ do: "session" }, { SessionId: "NEW_SESSION" }));
    expect([error.name, error.message]).toEqual([
      "ValidationError",
      "1 validation error detected: Value 'NEW_SESSION' at 'sessionId' failed to satisfy constraint: " +
        "Member must satisfy regular expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9])*$",
    ]);
  });

  test("for an endpoint that does not exist is a ValidationError", async () => {
    const error = await rejection(start({ do: "echo" }, { EndpointName: "absent" }));
    expect([error.name, error.message]).toEqual(["ValidationError", `Endpoint absent of account ${account} not found.`]);
  });
});

function start(body: object, more: object = {}) {
  const input = { EndpointName: "streams", ContentType: "application/json", Body: JSON.stringify(body), ...more };
  return platform.runtime.send(new InvokeEndpointWithResponseStreamCommand(input));
}

function iterate(body: AsyncIterable<ResponseStream> | undefined): AsyncIterableIterator<ResponseStream> {
  if (body === undefined) {
    throw new Error("the answer has no stream");
  }
  const iterator = body[Symbol.asyncIterator]();
  return { next: () => iterator.next(), [Symbol.asyncIterator]: () => iterate(body) };
}

async function textOf(parts: AsyncIterator<ResponseStream>): Promise<string> {
  const { value } = await parts.next();
  return Buffer.from(value?.PayloadPart?.Bytes ?? []).toString("utf8");
}
