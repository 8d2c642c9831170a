import { afterEach, expect, test, vi } from "vitest";
import type { LiveEndpoint } from "../../../local/hosting/live-endpoint";
import { addConfig, addModel, create, type Hosting, newHosting, newRegion, variant } from "./support/hosting";

const deadline = { timeout: 30_000 };

afterEach(() => {
  vi.restoreAllMocks();
});

/** A production variant of weight 1 with a shadow of that weight. */
async function shadowed(
  weight: number,
  environment: Record<string, string> = {},
  more: Parameters<typeof addConfig>[3] = {},
): Promise<Hosting & { live: LiveEndpoint; received: () => readonly string[] }> {
  const hosting = newHosting({ captureFlush: 10 });
  const region = newRegion();
  await addModel(region, "front");
  await addModel(region, "behind", environment);
  await addConfig(region, "c", [variant("front")], {
    ShadowProductionVariants: [variant("behind", { InitialVariantWeight: weight })],
    ...more,
  });
  await create(hosting.host, region, "c");
  const live = hosting.host.find(region, "e");
  if (live === undefined) {
    throw new Error(`the endpoint did not start: ${region.endpoints.get("e")?.failureReason}`);
  }
  const shadow = hosting.runner.started.find(({ spec }) => spec.environment.VERSION === "behind");
  return { ...hosting, live, received: () => shadow?.received ?? [] };
}

/** What the runtime does with a request before it sends it on. */
function pass(live: LiveEndpoint, body: string): void {
  const chosen = live.choose();
  if (chosen === undefined) {
    throw new Error("the endpoint has no variant");
  }
  live.observe({ variant: chosen, headers: { "content-type": "text/csv" }, body: Buffer.from(body) });
}

test("a shadow gets a copy of every request when its weight is that of the production variant, and is never chosen itself", async () => {
  const { live, received } = await shadowed(1);
  expect(live.variants.map(({ name }) => name)).toEqual(["front"]);
  expect(live.choose("behind")).toBeUndefined();
  for (const body of ["a", "b", "c"]) pass(live, body);
  await expect.poll(() => [...received()].sort(), deadline).toEqual(["a", "b", "c"]);
});

test("a shadow gets the share of the requests that its weight is of the production variant's", async () => {
  const { live, received } = await shadowed(0.25);
  const drawn = vi.spyOn(Math, "random").mockReturnValue(0.26);
  pass(live, "not copied");
  drawn.mockReturnValue(0.24);
  pass(live, "copied");
  await expect.poll(received, deadline).toEqual(["copied"]);
});

test("a shadow of weight 0 gets nothing", async () => {
  const { live, runner } = await shadowed(0);
  vi.spyOn(Math, "random").mockReturnValue(0);
  pass(live, "x");
  expect(runner.started.flatMap(({ received }) => received)).toEqual([]);
});

test("a shadow that is gone or fails is nobody's error", async () => {
  const { live, runner, received } = await shadowed(1, { STATUS: "500" });
  pass(live, "answered with 500");
  await expect.poll(received, deadline).toEqual(["answered with 500"]);
  for (const container of [...runner.running]) container.end(1);
  expect(() => pass(live, "nobody listens")).not.toThrow();
});

test("what a shadow answers is captured under its name", async () => {
  const DataCaptureConfig = {
    InitialSamplingPercentage: 100,
    DestinationS3Uri: "s3://bucket/capture",
    CaptureOptions: [{ CaptureMode: "Output" as const }],
    CaptureContentTypeHeader: { CsvContentTypes: ["text/csv"] },
  };
  const { live, storage } = await shadowed(1, {}, { DataCaptureConfig });
  pass(live, "1,2");
  await expect.poll(() => storage.objects.size, deadline).toBe(1);
  const [[uri = "", text = ""] = []] = storage.objects;
  expect(uri).toMatch(/^s3:\/\/bucket\/capture\/e\/behind\//);
  expect(JSON.parse(text).captureData.endpointOutput.data).toBe("behind:1,2");
});
