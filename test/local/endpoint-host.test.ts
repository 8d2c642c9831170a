import { expect, test } from "vitest";
import type { Region } from "../../local/control-plane/region";
import type { EndpointHost } from "../../local/hosting/endpoint-host";
import { addConfig, addModel, beginUpdate, create, newHosting, newRegion, settled, variant } from "./hosting/support/hosting";

/** A region with a model and a configuration for each entry: name to environment of its container. */
async function regionWith(configs: Record<string, Record<string, string>>): Promise<Region> {
  const region = newRegion();
  for (const [name, environment] of Object.entries(configs)) {
    await addModel(region, name, environment);
    await addConfig(region, name, [variant(name, { VariantName: "primary" })]);
  }
  return region;
}

async function update(host: EndpointHost, region: Region, configName: string): Promise<void> {
  await beginUpdate(host, region, configName);
  await settled(region);
}

test("an endpoint is in service when its container is healthy", async () => {
  const { host, runner } = newHosting();
  const region = await regionWith({ one: {} });
  await create(host, region, "one");
  expect(region.endpoints.get("e")).toMatchObject({ status: "InService", configName: "one" });
  expect(runner.running.size).toBe(1);
});

test("an endpoint has failed, and runs nothing, when its container exits", async () => {
  const { host, runner } = newHosting();
  const region = await regionWith({ broken: { EXIT: "3" } });
  await create(host, region, "broken");
  expect(region.endpoints.get("e")).toMatchObject({
    status: "Failed",
    failureReason: expect.stringContaining(
      "did not pass the ping health check. Please check CloudWatch logs for this endpoint. It exited with code 3. Last line: the model is broken",
    ),
  });
  expect(runner.running.size).toBe(0);
});

test("an endpoint has failed when its model or its configuration is gone", async () => {
  const { host } = newHosting();
  const region = newRegion();
  await create(host, region, "absent");
  expect(region.endpoints.get("e")?.failureReason).toMatch(/^Could not find endpoint configuration "arn:aws:sagemaker:.*\/absent"\.$/);
  await addConfig(region, "orphan", [variant("gone")]);
  await create(host, region, "orphan");
  expect(region.endpoints.get("e")?.failureReason).toMatch(/^Could not find model "arn:aws:sagemaker:.*\/gone"\.$/);
});

test("an endpoint moves to the configuration of an update, and the old container goes", async () => {
  const { host, runner } = newHosting();
  const region = await regionWith({ one: {}, two: {} });
  await create(host, region, "one");
  await update(host, region, "two");
  expect(region.endpoints.get("e")).toMatchObject({ status: "InService", configName: "two" });
  expect(region.endpoints.get("e")?.failureReason).toBeUndefined();
  await expect.poll(() => runner.versions(), { timeout: 30_000 }).toEqual(["two"]);
});

test("an update that fails is rolled back: the same container serves, and the reason is kept until the next good update", async () => {
  const { host, runner } = newHosting();
  const region = await regionWith({ one: {}, broken: { EXIT: "1" }, two: {} });
  await create(host, region, "one");
  const [before] = runner.running;
  await update(host, region, "broken");
  expect(region.endpoints.get("e")).toMatchObject({
    status: "InService",
    configName: "one",
    failureReason: expect.stringContaining("exited with code 1"),
  });
  expect([...runner.running]).toEqual([before]);
  await update(host, region, "two");
  expect(region.endpoints.get("e")?.failureReason).toBeUndefined();
});

test("an endpoint stays as recorded through a shutdown, and comes back by it on another host with its instances and weights", async () => {
  const first = newHosting();
  const region = newRegion();
  await addModel(region, "a");
  await addModel(region, "b");
  await addConfig(region, "both", [variant("a", { InitialInstanceCount: 2 }), variant("b")]);
  await create(first.host, region, "both");
  const record = region.endpoints.get("e");
  if (record === undefined) {
    throw new Error("there is no endpoint");
  }
  await region.endpoints.put("e", { ...record, status: "Updating", variants: { b: { weight: 0, instanceCount: 2 } } });
  first.host.change(region, "e");
  await settled(region);
  await first.host.shutdown();
  expect(first.runner.running.size).toBe(0);
  expect(region.endpoints.get("e")?.status).toBe("InService");
  const second = newHosting();
  await second.host.recover(region);
  expect(region.endpoints.get("e")?.status).toBe("Creating");
  await settled(region);
  expect(region.endpoints.get("e")?.status).toBe("InService");
  expect(second.host.liveVariants(region, "e").map(({ weight, desired }) => [weight, desired.instanceCount])).toEqual([
    [1, 2],
    [0, 2],
  ]);
  expect(second.runner.versions()).toEqual(first.runner.started.map(({ spec }) => spec.environment.VERSION).sort());
});

test("an update that a restart interrupts leaves the old configuration in service, and says so", async () => {
  const first = newHosting({ longestWait: 3_600_000 });
  const region = await regionWith({ one: {}, two: {} });
  await create(first.host, region, "one");
  const TrafficRoutingConfiguration = { Type: "ALL_AT_ONCE", WaitIntervalInSeconds: 3_600 } as const;
  await beginUpdate(first.host, region, "two", { deploymentConfig: { BlueGreenUpdatePolicy: { TrafficRoutingConfiguration } } });
  await expect.poll(() => first.host.pending(region, "e")?.stage, { timeout: 30_000 }).toBe("Baking");
  await first.host.shutdown();
  expect(first.runner.running.size).toBe(0);
  const second = newHosting();
  await second.host.recover(region);
  await settled(region);
  expect(region.endpoints.get("e")).toMatchObject({
    status: "InService",
    configName: "one",
    failureReason: "The update was interrupted by a restart of the local endpoint.",
  });
  expect(second.runner.versions()).toEqual(["one"]);
});
