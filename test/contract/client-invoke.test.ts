import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SlipwayClient } from "../../client";
import { region, rejection, type StartedPlatform, startPlatform } from "./support/platform";
import { Gates, serveRuntimeModel } from "./support/runtime-endpoint";

let platform: StartedPlatform;
let client: SlipwayClient;
const gates = new Gates();

beforeAll(async () => {
  platform = await startPlatform();
  const image = (await platform.build("runtime")).uri;
  await serveRuntimeModel(platform.sagemaker, { name: "now", image, gates });
  const serverless = [{ VariantName: "primary", ServerlessConfig: { MemorySizeInMB: 1024, MaxConcurrency: 1 } }];
  await serveRuntimeModel(platform.sagemaker, { name: "narrow", image, gates, variants: serverless });
  const kind = "realtime" as const;
  client = SlipwayClient.fromModels(
    { now: { endpointName: "now" }, narrow: { endpointName: "narrow", kind: "serverless" }, absent: { endpointName: "absent", kind } },
    options(),
  );
});
afterAll(async () => {
  client.close();
  await platform.stop();
  gates.remove();
});

const options = () => ({ endpoint: platform.endpointUrl, region, retry: { baseMs: 1 } });

describe("a question", () => {
  test("is answered, with what is known about the answer", async () => {
    const answer = await client.model("now").ask({ do: "size", bytes: 3 });
    expect(answer).toMatchObject({ value: { do: "size", bytes: 3 }, contentType: "application/json", attempts: 1, variant: "primary" });
  });

  test("to a model found in the parameter store needs neither stack nor endpoint name", async () => {
    const ssm = new SSMClient({ endpoint: platform.endpointUrl, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } });
    const Value = JSON.stringify({ endpointName: "now", kind: "realtime", region, contentTypes: ["application/json"] });
    await ssm.send(new PutParameterCommand({ Name: "/slipway/shop/sizes", Type: "String", Value }));
    ssm.destroy();
    const options = { endpoint: platform.endpointUrl, region };
    for (const models of [undefined, ["sizes"]]) {
      const found = await SlipwayClient.fromParameters({ platform: "shop", ...(models === undefined ? {} : { models }) }, options);
      expect([found.names, await found.model("sizes").invoke({ do: "size", bytes: 1 })]).toEqual([["sizes"], { do: "size", bytes: 1 }]);
      found.close();
    }
    const error = await rejection(SlipwayClient.fromParameters({ platform: "shop", models: ["sizes", "colours"] }, options));
    expect(error).toMatchObject({ name: "UnknownModelError", model: "colours", known: ["sizes"] });
  });
});

describe("a failure of the runtime", () => {
  test("of the model has the container's status and words", async () => {
    const error = await rejection(client.model("now").invoke({ do: "status", code: 422, text: "no such flower" }));
    expect(error).toMatchObject({
      name: "ModelError",
      message: `The model "now" answered 422: no such flower. Correct what is sent; the model refused it.`,
      originalStatus: 422,
      originalMessage: "no such flower",
      logStreamArn: expect.stringContaining(":log-group:/aws/sagemaker/Endpoints/now:"),
    });
  });

  test("of a container that dies is a ModelError too", async () => {
    expect(await rejection(client.model("now").invoke({ do: "exit" }))).toMatchObject({ name: "ModelError", originalStatus: 500 });
    await expect
      .poll(
        () =>
          client
            .model("now")
            .invoke({ do: "size" })
            .catch(() => undefined),
        { timeout: 60_000 },
      )
      .toEqual({ do: "size" });
  });

  test("by validation is an InvalidRequestError in AWS's words", async () => {
    const error = await rejection(client.model("now").invoke(new Uint8Array(1), { contentType: "x".repeat(1_025) }));
    expect(error).toMatchObject({
      name: "InvalidRequestError",
      message: expect.stringContaining("'contentType' failed to satisfy constraint"),
    });
  });

  test("by throttling is repeated, and told as ThrottledError while it lasts", async () => {
    const held = client.model("narrow").invoke({ do: "hold", gate: "narrow" });
    await gates.reached("narrow");
    // Another client, with a budget of retries of its own.
    const other = SlipwayClient.fromModels({ narrow: { endpointName: "narrow", kind: "serverless" } }, options());
    const error = await rejection(other.model("narrow").invoke({ do: "size" }));
    other.close();
    gates.open("narrow");
    expect(error).toMatchObject({ name: "ThrottledError", attempts: 4, retryable: true });
    expect(await held).toEqual({ passed: "narrow" });
  });

  test("for want of the endpoint is an EndpointNotFoundError", async () => {
    expect(await rejection(client.model("absent").invoke({}))).toMatchObject({ name: "EndpointNotFoundError", endpointName: "absent" });
  });

  test("by size is told before anything is sent", async () => {
    const body = new Uint8Array(4_194_305);
    const error = await rejection(client.model("narrow").invoke(body, { contentType: "application/octet-stream" }));
    expect(error).toMatchObject({ name: "PayloadTooLargeError", bytes: 4_194_305, limit: 4_194_304 });
  });

  test("by a time limit is an InvokeTimeoutError, and by the caller's signal the signal's reason", async () => {
    expect(await rejection(client.model("now").invoke({ do: "hold", gate: "slow" }, { timeoutMs: 200 }))).toMatchObject({
      name: "InvokeTimeoutError",
      timeoutMs: 200,
    });
    const abort = new AbortController();
    const asked = client.model("now").invoke({ do: "hold", gate: "left" }, { signal: abort.signal });
    await gates.reached("left");
    abort.abort(new Error("the user left"));
    await expect(asked).rejects.toThrow("the user left");
    gates.open("slow");
    gates.open("left");
  });
});

describe("a streamed answer", () => {
  test("comes in parts, each before the container may send the next", async () => {
    const started: unknown[] = [];
    const asked = { do: "stream", parts: ["one ", "two ", "three"], gate: "order" };
    const parts = client
      .model("now")
      .invokeStream(asked, { as: "text", onStart: (start) => started.push([start.contentType, start.variant]) })
      [Symbol.asyncIterator]();
    expect((await parts.next()).value).toBe("one ");
    expect(started).toEqual([["text/event-stream", "primary"]]);
    for (const [index, text] of ["two ", "three"].entries()) {
      gates.open(`order-${index + 1}`);
      expect((await parts.next()).value).toBe(text);
    }
    expect((await parts.next()).done).toBe(true);
  });

  test("that breaks off is a ModelStreamError after the parts that came", async () => {
    const seen: string[] = [];
    const read = async () => {
      for await (const part of client.model("now").invokeStream({ do: "stream", parts: ["first"], ends: "broken" }, { as: "text" })) {
        seen.push(part);
      }
    };
    expect(await rejection(read())).toMatchObject({ name: "ModelStreamError", code: "StreamBroken", bytes: 5 });
    expect(seen).toEqual(["first"]);
  });

  test("that never begins is a ModelError", async () => {
    const parts = client.model("now").invokeStream({ do: "status", code: 400, text: "no" })[Symbol.asyncIterator]();
    expect(await rejection(parts.next())).toMatchObject({ name: "ModelError", originalStatus: 400, originalMessage: "no" });
  });

  test("ends at the container when its reader leaves", async () => {
    for await (const part of client.model("now").invokeStream({ do: "flood", megabytes: 10_000, gate: "flood" })) {
      expect(part.byteLength).toBeGreaterThan(0);
      break;
    }
    await gates.left("flood.gone");
  });
});
