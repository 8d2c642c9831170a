import type { RequestListener } from "node:http";
import {
  InvokeEndpointCommand,
  InvokeEndpointWithResponseStreamCommand,
  type ResponseStream,
  SageMakerRuntimeClient,
} from "@aws-sdk/client-sagemaker-runtime";
import { afterEach, expect, test } from "vitest";
import type { RuntimeLimits } from "../../../local/runtime/limits";
import { scratchFolder } from "../support/scratch";
import { deadUrl, type StubRuntime, startRuntime } from "./support/stub-runtime";

const scratch = scratchFolder();
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) {
    await each.close();
  }
});

let count = 0;

async function start(containers: readonly RequestListener[], limits: Partial<RuntimeLimits> = {}) {
  const stub = await startRuntime(`${scratch}/${++count}`, containers, limits);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new SageMakerRuntimeClient({ endpoint: stub.url, region: "us-east-1", credentials, maxAttempts: 1 });
  open.push(stub, { close: () => client.destroy() });
  return { ...stub, client };
}

const invoke = new InvokeEndpointCommand({ EndpointName: "e", Body: "x" });
const stream = new InvokeEndpointWithResponseStreamCommand({ EndpointName: "e", Body: "x" });
const never: RequestListener = () => undefined;
const echo: RequestListener = (_, response) => response.end("answered");

/** Sends a first chunk and nothing more. */
const stuck: RequestListener = (_, response) => response.write("first");

test("a container that takes longer than the limit is AWS's ModelError, with status 0", async () => {
  const { client, instances } = await start([never], { invocationMilliseconds: 50 });
  const error = await rejected(client.send(invoke));
  expect(error).toMatchObject({
    name: "ModelError",
    OriginalStatusCode: 0,
    OriginalMessage:
      "Your invocation timed out while waiting for a response from container primary. " +
      "Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.",
  });
  expect(error.message).toMatch(
    /^Received server error \(0\) from primary with message "Your invocation timed out .*"\. See the log group /,
  );
  expect(instances[0]).toMatchObject({ inFlight: 0, outcomes: ["failed"] });
});

test("the limit is for the whole answer, not for its beginning", async () => {
  const { client } = await start([stuck], { invocationMilliseconds: 50 });
  expect(await rejected(client.send(invoke))).toMatchObject({ name: "ModelError", OriginalStatusCode: 0 });
});

test("a stream that takes longer than its limit ends with ModelInvocationTimeExceeded, after what has come", async () => {
  const { client, instances } = await start([stuck], { streamMilliseconds: 3_000, invocationMilliseconds: 1 });
  const parts = partsOf((await client.send(stream)).Body);
  expect(await textOf(parts)).toBe("first");
  expect(await rejected(parts.next())).toMatchObject({ name: "ModelStreamError", ErrorCode: "ModelInvocationTimeExceeded" });
  expect(instances[0]).toMatchObject({ inFlight: 0, outcomes: ["failed"] });
});

test("a stream that is open when the platform stops ends with InternalStreamFailure", async () => {
  const { client, runtime } = await start([stuck]);
  const parts = partsOf((await client.send(stream)).Body);
  expect(await textOf(parts)).toBe("first");
  await runtime.close();
  expect(await rejected(parts.next())).toMatchObject({ name: "InternalStreamFailure", message: "The local endpoint is stopping." });
});

test.each([
  ["an answer", async ({ client }: Awaited<ReturnType<typeof start>>) => (await client.send(invoke)).Body.transformToString()],
  ["a stream", async ({ client }: Awaited<ReturnType<typeof start>>) => textOf(partsOf((await client.send(stream)).Body))],
])("%s comes from another instance when the first accepts no connection", async (_, ask) => {
  const stub = await start([never, echo]);
  const [first] = stub.instances;
  if (first !== undefined) {
    first.url = await deadUrl();
  }
  expect(await ask(stub)).toBe("answered");
  expect(outcomes(stub)).toEqual([["refused"], ["answered"]]);
});

test("a request that no instance accepts is ServiceUnavailable", async () => {
  const stub = await start([never, never]);
  for (const instance of stub.instances) {
    instance.url = await deadUrl();
  }
  const error = await rejected(stub.client.send(invoke));
  expect([error.name, error.message]).toEqual([
    "ServiceUnavailable",
    "The container of production variant primary does not accept connections; it is being started again.",
  ]);
  expect(outcomes(stub)).toEqual([["refused"], ["refused"]]);
});

test("a cold start that takes too long is ModelNotReadyException of InvokeEndpoint, and a stream waits for it", async () => {
  const { client, host } = await start([echo]);
  host.starting = true;
  const error = await rejected(client.send(invoke));
  expect(error).toMatchObject({ name: "ModelNotReadyException", $metadata: { httpStatusCode: 429 } });
  expect(error.message).toBe("The resources of serverless variant primary are still being provisioned. Wait and try your request again.");
  expect(await textOf(partsOf((await client.send(stream)).Body))).toBe("answered");
});

test("a container that closes the connection has seen the request: it is not sent again", async () => {
  let seen = 0;
  const closes: RequestListener = (request) => {
    seen++;
    request.socket.destroy();
  };
  const stub = await start([closes, echo]);
  expect(await rejected(stub.client.send(invoke))).toMatchObject({ name: "ModelError", OriginalStatusCode: 500 });
  expect(seen).toBe(1);
  expect(outcomes(stub)).toEqual([["failed"], []]);
});

test("an error of the container is an answer: it counts against nobody's health", async () => {
  const stub = await start([(_, response) => response.writeHead(500).end("broken")]);
  expect(await rejected(stub.client.send(invoke))).toMatchObject({ name: "ModelError", OriginalMessage: "broken" });
  expect(outcomes(stub)).toEqual([["answered"]]);
});

function outcomes({ instances }: Pick<StubRuntime, "instances">): unknown[] {
  return instances.map((instance) => instance.outcomes);
}

function partsOf(body: AsyncIterable<ResponseStream> | undefined): AsyncIterator<ResponseStream> {
  if (body === undefined) {
    throw new Error("the answer has no stream");
  }
  return body[Symbol.asyncIterator]();
}

async function textOf(parts: AsyncIterator<ResponseStream>): Promise<string> {
  return Buffer.from((await parts.next()).value?.PayloadPart?.Bytes ?? []).toString("utf8");
}

async function rejected(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) {
    throw new Error("expected an error, and the call succeeded");
  }
  return error as Error & Record<string, unknown>;
}
