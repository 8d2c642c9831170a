import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { Regions } from "../../../local/control-plane/regions";
import { AsyncQueues } from "../../../local/runtime/async/async-queues";
import type { AsyncInvocation } from "../../../local/runtime/async/async-store";
import { inputUri, resultLocations } from "../../../local/runtime/async/locations";
import { Notifier } from "../../../local/runtime/async/notification";
import { ContainerClient } from "../../../local/runtime/container-call";
import { awsLimits } from "../../../local/runtime/limits";
import { scratchFolder } from "../support/scratch";
import { deadUrl, listen, MemoryStorage, regionsWithEndpoint, StubHost } from "./support/stub-runtime";

const scratch = scratchFolder();
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) {
    await close();
  }
});

let count = 0;

/** Messages by topic, instead of SNS. */
class Messages extends Notifier {
  readonly sent: { readonly topic: string; readonly message: Record<string, unknown> }[] = [];

  constructor() {
    super("http://127.0.0.1:9", () => undefined);
  }

  override async publish(topic: string | undefined, message: object): Promise<void> {
    if (topic !== undefined) {
      this.sent.push({ topic, message: { ...message } });
    }
  }
}

async function setUp(folder = join(scratch, String(++count))) {
  const regions = await regionsWithEndpoint(folder);
  const host = new StubHost({ OutputConfig: {}, ClientConfig: { MaxConcurrentInvocationsPerInstance: 1 } });
  const [storage, notifier, client] = [new MemoryStorage(), new Messages(), new ContainerClient()];
  const clock = { now: 1_000_000 };
  const services = { client, storage, notifier, limits: awsLimits, log: () => undefined, now: () => clock.now };
  const queues = new AsyncQueues(join(folder, "async"), regions, host.asEndpointHost(), services);
  closing.push(
    () => client.close(),
    () => queues.close(),
  );
  return { folder, regions, host, storage, notifier, clock, queues, region: regionOf(regions) };
}

function regionOf(regions: Regions) {
  const [region] = regions.all();
  if (region === undefined) {
    throw new Error("there is no region");
  }
  return region;
}

let accepted = 0;

function request(more: Partial<AsyncInvocation> = {}): AsyncInvocation {
  const inferenceId = `id-${++accepted}`;
  return {
    key: `${String(accepted).padStart(9, "0")}`,
    createdAt: 1_000_000,
    inferenceId,
    endpoint: "e",
    endpointCreatedAt: 1,
    outputLocation: `s3://b/${inferenceId}.out`,
    failureLocation: `s3://b/${inferenceId}-error.out`,
    successTopic: "arn:aws:sns:us-east-1:000000000000:success",
    errorTopic: "arn:aws:sns:us-east-1:000000000000:error",
    includeResponseIn: [],
    expiresAt: 1_060_000,
    timeoutMilliseconds: 30_000,
    ...more,
  };
}

async function container(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return listen(server);
}

/** Answers with the request's body. */
const echo: RequestListener = (incoming, response) => {
  response.setHeader("content-length", incoming.headers["content-length"] ?? "0");
  incoming.pipe(response);
};

const files = (folder: string): string[] => readdirSync(join(folder, "async", "us-east-1"));
const soon = { timeout: 30_000 };

describe("a queue", () => {
  test("without an instance keeps its requests, says so, and hands them out in order when there is one", async () => {
    const { folder, host, storage, clock, queues, region } = await setUp();
    const order: string[] = [];
    for (const text of ["first", "second", "third"]) {
      await queues.accept(region, request({ outputLocation: `s3://b/${text}` }), Buffer.from(text));
    }
    clock.now += 30_000;
    expect(queues.backlog(region, "e")).toEqual({
      approximateBacklogSize: 3,
      hasBacklogWithoutCapacity: true,
      approximateAgeOfOldestRequest: 30,
    });
    expect(files(folder)).toHaveLength(6);
    host.add(
      await container((incoming, response) => {
        incoming.once("data", (chunk: Buffer) => order.push(chunk.toString()));
        echo(incoming, response);
      }),
    );
    await expect.poll(() => files(folder), soon).toEqual([]);
    expect(order).toEqual(["first", "second", "third"]);
    expect([...storage.objects]).toEqual([
      ["s3://b/first", "first"],
      ["s3://b/second", "second"],
      ["s3://b/third", "third"],
    ]);
    const empty = { approximateBacklogSize: 0, hasBacklogWithoutCapacity: false, approximateAgeOfOldestRequest: 0 };
    await expect.poll(() => queues.backlog(region, "e"), soon).toEqual(empty);
  });

  test("ends a request whose time to live is over, with a reason in both places", async () => {
    const { folder, storage, notifier, clock, queues, region } = await setUp();
    const late = request();
    await queues.accept(region, late, Buffer.from("x"));
    clock.now = late.expiresAt;
    await expect.poll(() => files(folder), soon).toEqual([]);
    const failureReason = "ClientError: The request expired: it was in the queue for longer than its RequestTTLSeconds of 60.";
    expect(storage.objects.get(late.failureLocation ?? "")).toBe(failureReason);
    expect(notifier.sent).toEqual([
      {
        topic: late.errorTopic,
        message: expect.objectContaining({ invocationStatus: "Failed", failureReason, inferenceId: late.inferenceId }),
      },
    ]);
  });

  test("gives a request that an instance did not accept to the next one that does", async () => {
    const { folder, host, storage, queues, region } = await setUp();
    const dead = host.add(await deadUrl());
    const asked = request();
    await queues.accept(region, asked, Buffer.from("x"));
    await expect.poll(() => dead.outcomes.length, soon).toBeGreaterThan(0);
    expect(dead.outcomes[0]).toBe("refused");
    dead.url = undefined;
    host.add(await container(echo));
    await expect.poll(() => files(folder), soon).toEqual([]);
    expect(storage.objects.get(asked.outputLocation ?? "")).toBe("x");
  });

  test("tries again when S3 does not answer", async () => {
    const { folder, host, storage, notifier, queues, region } = await setUp();
    host.add(await container(echo));
    storage.failures = 1;
    const asked = request();
    await queues.accept(region, asked, Buffer.from("x"));
    await expect.poll(() => files(folder), soon).toEqual([]);
    expect([...storage.objects]).toEqual([[asked.outputLocation, "x"]]);
    expect(notifier.sent.map(({ message }) => message.invocationStatus)).toEqual(["Completed"]);
  });

  test("goes on after a restart with what it had, and drops what was never accepted and what belongs to a deleted endpoint", async () => {
    const first = await setUp();
    const kept = request();
    await first.queues.accept(first.region, kept, Buffer.from("kept"));
    await first.queues.accept(first.region, request({ endpointCreatedAt: 0 }), Buffer.from("of an endpoint that was deleted"));
    await first.queues.close();
    await writeFile(join(first.folder, "async", "us-east-1", "half.body"), "the process ended here");

    const second = await setUp(first.folder);
    expect(files(first.folder)).not.toContain("half.body");
    second.host.add(await container(echo));
    await expect.poll(() => files(first.folder), soon).toEqual([]);
    expect([...second.storage.objects]).toEqual([[kept.outputLocation, "kept"]]);
  });

  test("that is closed leaves what is under way for the next start", async () => {
    const { folder, host, notifier, queues, region } = await setUp();
    let arrived: () => void = () => undefined;
    const there = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    host.add(await container(() => arrived()));
    await queues.accept(region, request(), Buffer.from("x"));
    await there;
    await queues.close();
    expect(files(folder)).toHaveLength(2);
    expect(notifier.sent).toEqual([]);
  });
});

describe("the result of a request", () => {
  test.each([
    ["s3://b/out", undefined, undefined, "s3://b/out/i.out", "s3://b/failed/i-error.out"],
    ["s3://b/out/", "team/a/", "r.json", "s3://b/out/team/a/r.json", "s3://b/failed/team/a/r-error.out"],
    ["s3://b", undefined, "plain", "s3://b/plain", "s3://b/failed/plain-error.out"],
  ])("below %s with extension %s and name %s is at %s", (path, extension, filename, outputLocation, failureLocation) => {
    const config = { S3OutputPath: path, S3FailurePath: "s3://b/failed" };
    expect(resultLocations(config, { inferenceId: "i", extension, filename })).toEqual({ outputLocation, failureLocation });
  });

  test("of an id that is a path stays in its folder", () => {
    const { outputLocation } = resultLocations({ S3OutputPath: "s3://b/out" }, { inferenceId: "../up and away" });
    expect(outputLocation).toBe("s3://b/out/..%2Fup%20and%20away.out");
  });

  test("has no place where the configuration has none", () => {
    expect(resultLocations(undefined, { inferenceId: "i" })).toEqual({});
  });
});

test.each([
  ["s3://b/k", "s3://b/k"],
  ["https://b.s3.eu-west-1.amazonaws.com/a/k%20k", "s3://b/a/k k"],
  ["https://my.bucket.s3.amazonaws.com/k", "s3://my.bucket/k"],
  ["https://s3.eu-west-1.amazonaws.com/b/k", "s3://b/k"],
])("the input %s is %s", (location, uri) => {
  expect(inputUri(location)).toBe(uri);
});
