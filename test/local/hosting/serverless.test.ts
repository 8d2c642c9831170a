import { expect, test, vi } from "vitest";
import type { Region } from "../../../local/control-plane/region";
import { NotServing, StillStarting } from "../../../local/hosting/live-variant";
import { addConfig, addModel, ask, create, type Hosting, newHosting, newRegion, settled } from "./support/hosting";

const deadline = { timeout: 30_000 };

async function serverless(
  settings: Parameters<typeof newHosting>[0],
  more: { readonly ProvisionedConcurrency?: number; readonly MaxConcurrency?: number } = {},
): Promise<Hosting & { region: Region }> {
  const hosting = newHosting(settings);
  const region = newRegion();
  await addModel(region, "m");
  await addConfig(region, "c", [
    { VariantName: "m", ModelName: "m", ServerlessConfig: { MemorySizeInMB: 2_048, MaxConcurrency: 3, ...more } },
  ]);
  await create(hosting.host, region, "c");
  return { ...hosting, region };
}

/** Resolves when a container that was idle from later on has been stopped: one that is idle for longer and runs is kept. */
async function anotherWentIdle(): Promise<void> {
  const { runner } = await serverless({ serverlessIdle: 50 });
  await expect.poll(() => runner.running.size, deadline).toBe(0);
}

test("a serverless variant tells its concurrency, and its container gets its memory", async () => {
  const { host, region, runner } = await serverless({});
  const live = host.find(region, "e")?.variants[0];
  expect([live?.serverless, live?.maxConcurrency]).toEqual([true, 3]);
  expect(runner.started[0]?.spec.memoryBytes).toBe(2_048 * 1_024 * 1_024);
});

test("a serverless container is stopped when no request comes, and the next ones wait for one and the same new one", async () => {
  const { host, region, runner } = await serverless({ serverlessIdle: 50 });
  await expect.poll(() => runner.running.size, deadline).toBe(0);
  const live = host.find(region, "e")?.variants[0];
  const answers = await Promise.all([ask(live, "a"), ask(live, "b"), ask(live, "c")]);
  expect(answers).toEqual(["m:a", "m:b", "m:c"]);
  expect(runner.started).toHaveLength(2);
  await expect.poll(() => runner.running.size, deadline).toBe(0);
});

test("a serverless container with a request under way is not stopped", async () => {
  const { host, region, runner } = await serverless({ serverlessIdle: 50 });
  const live = host.find(region, "e")?.variants[0];
  await expect.poll(() => runner.running.size, deadline).toBe(0);
  const invocation = await live?.admit();
  await anotherWentIdle();
  expect(runner.running.size).toBe(1);
  invocation?.end("answered");
  await expect.poll(() => runner.running.size, deadline).toBe(0);
});

test("provisioned concurrency keeps the container, from the moment it is set", async () => {
  const { host, region, runner } = await serverless({ serverlessIdle: 50 }, { ProvisionedConcurrency: 1 });
  await anotherWentIdle();
  expect(runner.running.size).toBe(1);
  const endpoint = region.endpoints.get("e");
  if (endpoint === undefined) {
    throw new Error("there is no endpoint");
  }
  const variants = { m: { serverless: { MaxConcurrency: 5, ProvisionedConcurrency: 0 } } };
  await region.endpoints.put("e", { ...endpoint, status: "Updating", variants });
  host.change(region, "e");
  await settled(region);
  expect(host.find(region, "e")?.variants[0]?.maxConcurrency).toBe(5);
  await expect.poll(() => runner.running.size, deadline).toBe(0);
});

test("provisioned concurrency is as many containers, one for each request, and what is beyond spills into one that goes again", async () => {
  const { host, region, runner } = await serverless(
    { serverlessIdle: 50, mostReplicas: 4 },
    { ProvisionedConcurrency: 2, MaxConcurrency: 5 },
  );
  const live = host.find(region, "e")?.variants[0];
  const two = await Promise.all([live?.admit(), live?.admit()]);
  expect(new Set(two.map((invocation) => invocation?.instance)).size).toBe(2);
  expect([runner.running.size, runner.started.length]).toEqual([2, 2]);
  const spilled = await Promise.all([live?.admit(), live?.admit()]);
  expect(new Set(spilled.map((invocation) => invocation?.instance)).size).toBe(1);
  expect(new Set([...two, ...spilled].map((invocation) => invocation?.instance)).size).toBe(3);
  two[0]?.end("answered");
  const again = await live?.admit();
  expect(again?.instance).toBe(two[0]?.instance);
  spilled[0]?.end("answered");
  await anotherWentIdle();
  expect(runner.running.size).toBe(3);
  spilled[1]?.end("answered");
  await expect.poll(() => runner.running.size, deadline).toBe(2);
  for (const invocation of [again, two[1]]) {
    invocation?.end("answered");
  }
  expect(await ask(live, "after")).toBe("m:after");
  expect(runner.started).toHaveLength(3);
});

test("provisioned concurrency beyond what the machine allows is said, and its containers share the requests", async () => {
  const { host, region, runner, lines } = await serverless({ mostReplicas: 1 }, { ProvisionedConcurrency: 3 });
  const live = host.find(region, "e")?.variants[0];
  const answers = await Promise.all([ask(live, "a"), ask(live, "b"), ask(live, "c")]);
  expect(answers).toEqual(["m:a", "m:b", "m:c"]);
  expect(runner.started).toHaveLength(1);
  expect(lines).toContain("serverless variant m: of a provisioned concurrency of 3 this machine keeps 1 containers (SLIPWAY_MAX_REPLICAS)");
});

test("a request that waited for a cold start as long as it may is not answered, and the start goes on for the next one", async () => {
  const { host, region, runner } = await serverless({ serverlessIdle: 50 });
  await expect.poll(() => runner.running.size, deadline).toBe(0);
  const live = host.find(region, "e")?.variants[0];
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const run = runner.run.bind(runner);
  vi.spyOn(runner, "run").mockImplementationOnce(async (spec) => {
    await held;
    return run(spec);
  });
  await expect(live?.admit(undefined, undefined, 20)).rejects.toThrow(new StillStarting("m"));
  expect(live?.inFlight).toBe(0);
  await anotherWentIdle();
  release();
  expect(await ask(live, "later")).toBe("m:later");
  expect(runner.started).toHaveLength(2);
});

test("a cold start that fails is the request's error, and the next request tries again", async () => {
  const { host, region, runner } = await serverless({ serverlessIdle: 50 });
  await expect.poll(() => runner.running.size, deadline).toBe(0);
  const live = host.find(region, "e")?.variants[0];
  const failing = vi.spyOn(runner, "run").mockRejectedValueOnce(new Error("no more memory"));
  await expect(live?.admit()).rejects.toThrow(new NotServing("m", "no more memory"));
  failing.mockRestore();
  expect(await ask(live, "again")).toBe("m:again");
});

test("no container is left when the daemon stops during a cold start", async () => {
  const { host, region, runner } = await serverless({ serverlessIdle: 50 });
  await expect.poll(() => runner.running.size, deadline).toBe(0);
  const waiting = host.find(region, "e")?.variants[0]?.admit();
  const outcome = expect(waiting?.then((invocation) => invocation.end("answered")) ?? Promise.resolve()).rejects.toBeInstanceOf(NotServing);
  await host.shutdown();
  await outcome;
  expect(runner.running.size).toBe(0);
});
