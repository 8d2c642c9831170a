import { request } from "node:http";
import { InvokeEndpointCommand, type InvokeEndpointCommandInput } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchWhole } from "../support/fetch-whole";
import { account, rejection, type StartedPlatform, startPlatform } from "./support/platform";
import { Gates, serveRuntimeModel } from "./support/runtime-endpoint";

let platform: StartedPlatform;
const gates = new Gates();

beforeAll(async () => {
  platform = await startPlatform();
  const image = (await platform.build("runtime")).uri;
  const instance = { InstanceType: "ml.m5.large" as const, InitialInstanceCount: 1 };
  await serveRuntimeModel(platform.sagemaker, { name: "one", image, gates });
  await serveRuntimeModel(platform.sagemaker, {
    name: "two",
    image,
    gates,
    variants: [
      { VariantName: "left", ...instance },
      { VariantName: "right", ...instance },
    ],
  });
});
afterAll(async () => {
  await platform.stop();
  gates.remove();
});

describe("the container", () => {
  test("gets the headers of the API that are for it, and no others", async () => {
    const { headers } = await invoked({
      ContentType: "application/json; charset=utf-8",
      Accept: "text/csv",
      CustomAttributes: "c000b4f9-df62-4c85-a0bf-7c525f9104a4, second",
      InferenceId: "an id: ~!",
      PrefixAwareId: "prefix",
      SessionId: "session-1",
      TargetVariant: "primary",
    });
    const { host: _, connection: __, ...rest } = headers;
    expect(rest).toEqual({
      "content-type": "application/json; charset=utf-8",
      accept: "text/csv",
      "content-length": "13",
      "x-amzn-sagemaker-custom-attributes": "c000b4f9-df62-4c85-a0bf-7c525f9104a4, second",
      "x-amzn-sagemaker-inference-id": "an id: ~!",
      "x-amzn-sagemaker-session-id": "session-1",
    });
  });

  test("is not reached by a header that is not of the API", async () => {
    const answer = await fetchWhole(`${platform.endpointUrl}/endpoints/one/invocations`, {
      method: "POST",
      headers: { "x-own": "secret", cookie: "a=b", "x-amzn-sagemaker-unknown": "1" },
      body: '{"do":"echo"}',
    });
    const { headers } = (await answer.json()) as { headers: Record<string, string> };
    expect(Object.keys(headers).filter((name) => /^(x-|cookie|user-agent)/.test(name))).toEqual([]);
  });

  test("sends custom attributes back, and no header of its own", async () => {
    const answer = await fetchWhole(`${platform.endpointUrl}/endpoints/one/invocations`, { method: "POST", body: '{"do":"echo"}' });
    expect(answer.headers.get("x-amzn-sagemaker-custom-attributes")).toBe("from the model");
    expect(answer.headers.get("x-amzn-invoked-production-variant")).toBe("primary");
    expect(answer.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.get("x-own")).toBeNull();
  });

  test("that sends more than 4096 bytes of headers is a ModelError in AWS's words", async () => {
    const error = await rejection(send({ Body: JSON.stringify({ do: "headers", bytes: 5_000 }) }));
    expect([error.name, error.OriginalStatusCode, error.OriginalMessage]).toEqual([
      "ModelError",
      0,
      "Response received from the primary container has headers with length greater than 4096 bytes. " +
        "Reduce the length of your container's response headers and update your endpoint.",
    ]);
  });

  test("may answer in chunks; the caller gets one answer", async () => {
    const { Body, ContentType } = await send({ Body: JSON.stringify({ do: "stream", parts: ["a", "b", "c"] }) });
    expect([Body.transformToString(), ContentType]).toEqual(["abc", "text/event-stream"]);
  });

  test("that breaks off in the middle of its answer is a ModelError, not half an answer", async () => {
    const error = await rejection(send({ Body: JSON.stringify({ do: "stream", parts: ["a"], ends: "broken" }) }));
    expect([error.name, error.OriginalStatusCode]).toEqual(["ModelError", 500]);
  });
});

describe("a request member", () => {
  test.each<[string, Partial<InvokeEndpointCommandInput>]>([
    ["custom attributes of 1024 characters", { CustomAttributes: "a".repeat(1_024) }],
    ["an inference id of 64 characters", { InferenceId: "i".repeat(64) }],
    ["a content type of 1024 characters", { ContentType: `a/${"b".repeat(1_022)}` }],
    ["a session id of 256 characters", { SessionId: "s".repeat(256) }],
  ])("%s is passed on", async (_, more) => {
    expect((await invoked(more)).pid).toBeGreaterThan(0);
  });

  test.each<[string, Partial<InvokeEndpointCommandInput>, string]>([
    [
      "customAttributes",
      { CustomAttributes: "a".repeat(1_025) },
      "Value at 'customAttributes' failed to satisfy constraint: Member must have length less than or equal to 1024",
    ],
    [
      "inferenceId",
      { InferenceId: "i".repeat(65) },
      `Value '${"i".repeat(65)}' at 'inferenceId' failed to satisfy constraint: Member must have length less than or equal to 64`,
    ],
    [
      "contentType",
      { ContentType: "b".repeat(1_025) },
      `Value '${"b".repeat(1_025)}' at 'contentType' failed to satisfy constraint: Member must have length less than or equal to 1024`,
    ],
    [
      "sessionId",
      { SessionId: "-a" },
      "Value '-a' at 'sessionId' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(NEW_SESSION)$|^[a-zA-Z0-9](-*[a-zA-Z0-9])*$",
    ],
    [
      "targetVariant",
      { TargetVariant: "a_b" },
      "Value 'a_b' at 'targetVariant' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9])*",
    ],
    [
      "endpointName",
      { EndpointName: "a_b" },
      "Value 'a_b' at 'endpointName' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9])*",
    ],
  ])("%s that AWS's model does not allow is refused in its words", async (_, more, violation) => {
    const error = await rejection(send(more));
    expect([error.name, error.message]).toEqual(["ValidationError", `1 validation error detected: ${violation}`]);
  });

  test("every violation is named in one answer", async () => {
    const error = await rejection(send({ InferenceId: "i".repeat(65), SessionId: "-a" }));
    expect(error.message).toMatch(/^2 validation errors detected: Value 'i+' at 'inferenceId' .*; Value '-a' at 'sessionId' /);
  });

  test("characters that are not ASCII are refused", async () => {
    const status = await new Promise((resolve, reject) => {
      const outgoing = request(`${platform.endpointUrl}/endpoints/one/invocations`, { method: "POST" }, (answer) => {
        answer.resume();
        resolve([answer.statusCode, answer.headers["x-amzn-errortype"]]);
      });
      outgoing.setHeader("x-amzn-sagemaker-custom-attributes", "caf\u00e9");
      outgoing.on("error", reject);
      outgoing.end("{}");
    });
    expect(status).toEqual([400, "ValidationError"]);
  });

  test.each<[string, Partial<InvokeEndpointCommandInput>, string]>([
    ["a target model", { TargetModel: "m.tar.gz" }, "Endpoint one is not a multi-model endpoint and does not support target model header."],
    [
      "a target container",
      { TargetContainerHostname: "second" },
      "Endpoint one is not a multi-container endpoint with direct invocation and does not support target container hostname header.",
    ],
    [
      "an inference component",
      { InferenceComponentName: "component" },
      "Inference Component Name header is not allowed for endpoints to which you dont plan to deploy inference components. " +
        "Please remove the Inference Component Name header and try again.",
    ],
    [
      "explanations",
      { EnableExplanations: "`true`" },
      "Endpoint one has no ExplainerConfig and does not support enable explanations header.",
    ],
    ["another variant", { TargetVariant: "other" }, "Variant other not found for endpoint one."],
  ])("that asks for %s the endpoint does not have is refused", async (_, more, message) => {
    const error = await rejection(send(more));
    expect([error.name, error.message]).toEqual(["ValidationError", message]);
  });

  test("an endpoint that does not exist has AWS's error code beside its message", async () => {
    const answer = await fetchWhole(`${platform.endpointUrl}/endpoints/absent/invocations`, { method: "POST", body: "x" });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { ErrorCode: "NO_SUCH_ENDPOINT", Message: `Endpoint absent of account ${account} not found.` },
    ]);
  });
});

describe("a target variant", () => {
  test.each(["left", "right"])("%s gets every request that names it", async (variant) => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => send({ EndpointName: "two", TargetVariant: variant })));
    expect(new Set(answers.map(({ InvokedProductionVariant }) => InvokedProductionVariant))).toEqual(new Set([variant]));
  });
});

describe("a stateful session", () => {
  test("is made by the container, and every request of it goes to the instance that made it", async () => {
    const { NewSessionId } = await session("NEW_SESSION");
    expect(NewSessionId).toMatch(/^[0-9a-f-]{36}; Expires=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const id = NewSessionId?.split(";")[0] ?? "";
    const answers = [];
    for (let count = 1; count <= 12; count++) {
      answers.push(JSON.parse((await session(id)).Body.transformToString()));
    }
    expect(answers.map(({ count }) => count)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1);
  });

  test("is closed by the container, which then refuses it", async () => {
    const id = (await session("NEW_SESSION")).NewSessionId?.split(";")[0] ?? "";
    expect((await session(id, { close: true })).ClosedSessionId).toBe(id);
    const error = await rejection(session(id));
    expect([error.name, error.OriginalStatusCode, error.OriginalMessage]).toEqual(["ModelError", 400, "no such session"]);
  });
});

describe("a client", () => {
  test("that goes away while the container works leaves nothing behind, and the next one is answered", async () => {
    const gone = new AbortController();
    const body = JSON.stringify({ do: "hold", gate: "abandoned" });
    const lost = fetch(`${platform.endpointUrl}/endpoints/one/invocations`, { method: "POST", body, signal: gone.signal });
    await gates.reached("abandoned");
    gone.abort();
    await expect(lost).rejects.toThrow();
    expect((await invoked({})).pid).toBeGreaterThan(0);
    gates.open("abandoned");
    expect((await invoked({})).pid).toBeGreaterThan(0);
  });

  test("that goes away while it sends is not passed on", async () => {
    const outgoing = request(`${platform.endpointUrl}/endpoints/one/invocations`, { method: "POST", headers: { "content-length": 100 } });
    const closed = new Promise((resolve) => outgoing.on("close", resolve));
    outgoing.on("error", () => undefined);
    await new Promise((resolve) => outgoing.write('{"do":"hold","gate":"half"}', resolve));
    outgoing.destroy();
    await closed;
    expect((await invoked({})).pid).toBeGreaterThan(0);
    expect(gates.isReached("half")).toBe(false);
  });
});

function send(more: Partial<InvokeEndpointCommandInput>) {
  return platform.runtime.send(
    new InvokeEndpointCommand({ EndpointName: "one", ContentType: "application/json", Body: '{"do":"echo"}', ...more }),
  );
}

async function invoked(more: Partial<InvokeEndpointCommandInput>): Promise<{ pid: number; headers: Record<string, string> }> {
  return JSON.parse((await send(more)).Body.transformToString());
}

function session(id: string, more: object = {}) {
  return send({ EndpointName: "two", SessionId: id, Body: JSON.stringify({ do: "session", ...more }) });
}
