import { afterEach, describe, expect, test, vi } from "vitest";
import type { HostingSettings } from "../../../local/hosting/hosting-settings";
import { type LiveVariant, NotServing } from "../../../local/hosting/live-variant";
import { addConfig, addModel, ask, create, type Hosting, newHosting, newRegion, variant } from "./support/hosting";

const deadline = { timeout: 30_000 };

afterEach(() => {
  vi.restoreAllMocks();
});

/** An endpoint of one variant with so many containers. */
async function variantOf(
  count: number,
  settings: Partial<HostingSettings> = {},
  more: Parameters<typeof variant>[1] = {},
  config: Parameters<typeof addConfig>[3] = {},
): Promise<Hosting & { live: LiveVariant }> {
  const hosting = newHosting({ mostReplicas: count, ...settings });
  const region = newRegion();
  await addModel(region, "m");
  await addConfig(region, "c", [variant("m", { InitialInstanceCount: count, ...more })], config);
  await create(hosting.host, region, "c");
  const live = hosting.host.find(region, "e")?.variants[0];
  if (live === undefined) {
    throw new Error(`the endpoint did not start: ${region.endpoints.get("e")?.failureReason}`);
  }
  return { ...hosting, live };
}

describe("a variant of several instances", () => {
  test("gives a request to the instance with the fewest under way", async () => {
    const { live } = await variantOf(3);
    const first = await Promise.all([live.admit(), live.admit(), live.admit()]);
    expect(new Set(first.map(({ url }) => url)).size).toBe(3);
    first[1]?.end("answered");
    expect((await live.admit()).url).toBe(first[1]?.url);
    expect([live.inFlight, live.instances.map(({ inFlight }) => inFlight)]).toEqual([3, [1, 1, 1]]);
  });

  test("gives a request to any instance when its routing is RANDOM", async () => {
    const { live } = await variantOf(2, {}, { RoutingConfig: { RoutingStrategy: "RANDOM" } });
    vi.spyOn(Math, "random").mockReturnValue(0.1);
    const urls = [(await live.admit()).url, (await live.admit()).url];
    expect(new Set(urls).size).toBe(1);
  });

  test("counts a request as over once, however often it is ended", async () => {
    const { live } = await variantOf(1);
    const invocation = await live.admit();
    invocation.end("answered");
    expect(live.instances[0]?.inFlight).toBe(0);
  });

  test("goes on with the others while one that ended is started again", async () => {
    const { live, runner } = await variantOf(2);
    const [lost, other] = [...runner.running];
    lost?.end(9);
    await new Promise((next) => setImmediate(next));
    expect((await live.admit()).url).toBe(other?.url);
    await expect.poll(() => runner.running.size, deadline).toBe(2);
    expect(runner.started).toHaveLength(3);
  });

  test("replaces an instance whose health checks fail, and keeps one that answers them", async () => {
    const { runner, lines } = await variantOf(2, { healthCheck: 10 });
    const [ill, well] = [...runner.running];
    if (ill === undefined || well === undefined) {
      throw new Error("two containers should run");
    }
    ill.ping = 503;
    await expect.poll(() => runner.running.has(ill), deadline).toBe(false);
    await expect.poll(() => runner.running.size, deadline).toBe(2);
    expect(runner.running.has(well)).toBe(true);
    expect(lines.join("\n")).toContain("is replaced: 3 health checks in a row failed");
  });

  test("keeps requests from an instance that refused a connection until it answers a health check", async () => {
    const { live, runner } = await variantOf(2);
    const invocation = await live.admit();
    const refusing = [...runner.running].find(({ url }) => url === invocation.url);
    if (refusing === undefined) {
      throw new Error("the container should run");
    }
    refusing.ping = 503;
    invocation.end("refused");
    expect((await live.admit()).url).not.toBe(refusing.url);
    expect((await live.admit()).url).not.toBe(refusing.url);
    refusing.ping = 200;
    await expect.poll(() => live.instances.filter(({ ready }) => ready).length, deadline).toBe(2);
  });

  test("says that it is not serving when no instance is healthy", async () => {
    const { live, runner } = await variantOf(1);
    const [only] = runner.running;
    if (only === undefined) {
      throw new Error("a container should run");
    }
    only.ping = 503;
    (await live.admit()).end("refused");
    await expect(live.admit()).rejects.toBeInstanceOf(NotServing);
    expect(live.inFlight).toBe(0);
  });

  test("loses no request when it is scaled in: the instance goes when its last one is answered", async () => {
    const { live, runner } = await variantOf(2);
    const invocations = [await live.admit(), await live.admit()];
    const scaled = live.scale(1);
    expect(live.instances).toHaveLength(1);
    expect(runner.running.size).toBe(2);
    for (const invocation of invocations) invocation.end("answered");
    await scaled;
    expect(runner.running.size).toBe(1);
    expect(await ask(live, "after")).toBe("m:after");
  });

  test.each([
    ["a request", 480_000, {}],
    ["an asynchronous request", 3_600_000, { AsyncInferenceConfig: { OutputConfig: { S3OutputPath: "s3://b/out" } } }],
  ])("that is scaled in gives %s as long as AWS lets one take (%i ms), and then ends the instance", async (_, longest, config) => {
    const { live, runner } = await variantOf(1, {}, {}, config);
    await live.admit();
    let passed = 0;
    const now = performance.now.bind(performance);
    vi.spyOn(performance, "now").mockImplementation(() => now() + passed);
    const scaled = live.scale(0);
    // Another variant comes and goes before the time is over: who did not wait would have gone with it.
    const other = await variantOf(1);
    passed = longest - 60_000;
    await other.live.scale(0);
    expect(runner.running.size).toBe(1);
    passed = longest;
    await scaled;
    expect(runner.running.size).toBe(0);
  });

  test("keeps the instances it has when a further one does not start", async () => {
    const { live, runner } = await variantOf(1);
    vi.spyOn(runner, "run").mockRejectedValue(new Error("no more memory"));
    await expect(live.scale(2)).rejects.toThrow("no more memory");
    expect(live.instances).toHaveLength(1);
    expect(await ask(live)).toBe("m:x");
  });
});
