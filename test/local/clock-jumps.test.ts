import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { waitUntilHealthy } from "../../local/hosting/ping";
import { SageMakerRuntime } from "../../local/runtime/runtime";
import { steadyNow } from "../../local/steady-clock";
import { fetchWhole } from "../support/fetch-whole";
import { addConfig, addModel, ask, beginUpdate, create, newHosting, newRegion, settled, variant } from "./hosting/support/hosting";
import { deadUrl, listen, MemoryStorage, regionsWithEndpoint, StubHost } from "./runtime/support/stub-runtime";
import { scratchFolder } from "./support/scratch";

const scratch = scratchFolder();
const closing: (() => unknown)[] = [];
const patience = { timeout: 60_000 };
const day = 86_400_000;
const jumps = [
  ["forwards", day],
  ["backwards", -day],
] as const;

// Date alone is faked: timers go on in real time, as they do when somebody sets the machine's clock.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.splice(0).reverse()) {
    await close();
  }
});

function jump(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}

/** A container's /ping that is ill until it is told to be well; counts how often it is asked. */
async function pinged() {
  const state = { status: 503, asked: 0 };
  const server: Server = createServer((_, response) => {
    state.asked++;
    response.writeHead(state.status).end();
  });
  closing.push(() => close(server));
  return { state, url: await listen(server) };
}

describe.each(jumps)("when the machine's clock jumps %s by a day", (_, milliseconds) => {
  test("the steady clock does not", () => {
    const before = steadyNow();
    jump(milliseconds);
    expect(steadyNow() - before).toBeGreaterThanOrEqual(0);
    expect(steadyNow() - before).toBeLessThan(day / 2);
  });

  test("a container that starts has its time still", async () => {
    const { state, url } = await pinged();
    const healthy = waitUntilHealthy(url, 600_000, () => false);
    await expect.poll(() => state.asked, patience).toBeGreaterThan(0);
    jump(milliseconds);
    const { asked } = state;
    await expect.poll(() => state.asked, patience).toBeGreaterThan(asked + 2);
    state.status = 200;
    expect(await healthy).toBe(true);
  });

  test("a container that never gets healthy is given up when its time is over", async () => {
    const { state, url } = await pinged();
    const healthy = waitUntilHealthy(url, 200, () => false);
    await expect.poll(() => state.asked, patience).toBeGreaterThan(0);
    jump(milliseconds);
    expect(await healthy).toBe(false);
  });

  test("a container that ends is started again after its pause", async () => {
    const [{ host, runner }, region] = [newHosting(), newRegion()];
    await addModel(region, "m");
    await addConfig(region, "c", [variant("m")]);
    await create(host, region, "c");
    runner.started[0]?.end(9);
    jump(milliseconds);
    await expect.poll(() => ask(host.find(region, "e")?.choose()).catch(String), patience).toBe("m:x");
    expect(runner.started).toHaveLength(2);
  });

  test("an update bakes for its time and does not run out of it", async () => {
    const [{ host, lines }, region] = [newHosting({ longestWait: 1_000, alarmCheck: 5 }), newRegion()];
    for (const name of ["old", "new"]) {
      await addModel(region, name);
      await addConfig(region, name, [variant(name)]);
    }
    await create(host, region, "old");
    const canary = { Type: "CAPACITY_PERCENT", Value: 50 } as const;
    const TrafficRoutingConfiguration = { Type: "CANARY", WaitIntervalInSeconds: 3_600, CanarySize: canary } as const;
    await beginUpdate(host, region, "new", {
      deploymentConfig: { BlueGreenUpdatePolicy: { TrafficRoutingConfiguration, MaximumExecutionTimeoutInSeconds: 14_400 } },
    });
    await expect.poll(() => host.pending(region, "e")?.stage, { ...patience, interval: 5 }).toBe("Baking");
    jump(milliseconds);
    await settled(region);
    expect(region.endpoints.get("e"), lines.join("\n")).toMatchObject({ status: "InService", configName: "new" });
  });

  test("an asynchronous request waits for as long as it may live, and one that was refused is tried again", async () => {
    const folder = join(scratch, `queue${milliseconds}`);
    const regions = await regionsWithEndpoint(folder);
    const [storage, host] = [new MemoryStorage(), new StubHost({ OutputConfig: { S3OutputPath: "s3://b/out" } })];
    storage.objects.set("s3://b/in", "x");
    const options = { endpointUrl: "http://127.0.0.1:9", asyncDir: join(folder, "async"), log: () => undefined };
    const runtime = new SageMakerRuntime({ regions, endpoints: host.asEndpointHost(), storage, ...options });
    const front = createServer((request, response) => runtime.handle(request, response));
    closing.push(
      () => runtime.close(),
      () => close(front),
    );
    const headers = { "x-amzn-sagemaker-inputlocation": "s3://b/in", "x-amzn-sagemaker-requestttlseconds": "21600" };
    const accepted = await fetchWhole(`${await listen(front)}/endpoints/e/async-invocations`, { method: "POST", headers });
    expect(accepted.status).toBe(202);
    const gone = host.add(await deadUrl());
    await expect.poll(() => gone.outcomes.length, patience).toBeGreaterThan(0);
    gone.url = undefined;
    jump(milliseconds);
    const container = createServer((incoming, response) => {
      response.setHeader("content-length", incoming.headers["content-length"] ?? "0");
      incoming.pipe(response);
    });
    closing.push(() => close(container));
    host.add(await listen(container));
    await expect.poll(() => storage.objects.get(accepted.headers.get("x-amzn-sagemaker-outputlocation") ?? ""), patience).toBe("x");
  });
});

function close(server: Server): void {
  server.closeAllConnections();
  server.close();
}
