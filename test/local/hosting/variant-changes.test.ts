import { describe, expect, test } from "vitest";
import type { Region } from "../../../local/control-plane/region";
import { changedProperties, retainedProperties } from "../../../local/control-plane/variant-changes";
import { NotServing } from "../../../local/hosting/live-variant";
import { addConfig, addModel, ask, create, newHosting, newRegion, settled, variant } from "./support/hosting";

const capture = (DestinationS3Uri: string) => ({
  DataCaptureConfig: { InitialSamplingPercentage: 10, DestinationS3Uri, CaptureOptions: [{ CaptureMode: "Input" as const }] },
});

/** An endpoint record with the configuration `old` of variants a and b, and a configuration `new` of b and c. */
async function endpoint(more: object = {}) {
  const region = newRegion();
  await addConfig(region, "old", [variant("a", { InitialInstanceCount: 3 }), variant("b")], capture("s3://old"));
  await addConfig(region, "new", [variant("b"), variant("c")], capture("s3://new"));
  const common = { name: "e", arn: region.arn("endpoint", "e"), status: "InService" as const, createdAt: 1, modifiedAt: 1 };
  const next = region.endpointConfigs.get("new");
  if (next === undefined) {
    throw new Error("there is no configuration");
  }
  return { region, next, record: { ...common, configName: "old", ...more } };
}

const update = { EndpointName: "e", EndpointConfigName: "new" };

describe("an update", () => {
  test("keeps nothing of the variants when it is not told to", async () => {
    const { region, record, next } = await endpoint({ variants: { b: { weight: 7 } } });
    expect(retainedProperties(region, record, next, update)).toEqual({});
  });

  test("that retains keeps weight and count of the variants that both have, and data capture", async () => {
    const { region, record, next } = await endpoint({ variants: { b: { weight: 7 } } });
    const kept = retainedProperties(region, record, next, { ...update, RetainAllVariantProperties: true });
    expect(kept.variants).toEqual({ b: { weight: 7, instanceCount: 1 } });
    expect(kept.dataCapture?.DestinationS3Uri).toBe("s3://old");
  });

  test.each([
    ["DesiredWeight", { b: { instanceCount: 1 } }, "s3://old"],
    ["DesiredInstanceCount", { b: { weight: 1 } }, "s3://old"],
    ["DataCaptureConfig", { b: { weight: 1, instanceCount: 1 } }, undefined],
  ] as const)("that retains all but %s takes that from the configuration", async (VariantPropertyType, variants, destination) => {
    const { region, record, next } = await endpoint();
    const input = { ...update, RetainAllVariantProperties: true, ExcludeRetainedVariantProperties: [{ VariantPropertyType }] };
    const kept = retainedProperties(region, record, next, input);
    expect([kept.variants, kept.dataCapture?.DestinationS3Uri]).toEqual([variants, destination]);
  });
});

describe("a change of weights and counts", () => {
  test("adds to the changes before it", async () => {
    const { region, record } = await endpoint({ variants: { a: { weight: 7 } } });
    const changed = changedProperties(region, record, [
      { VariantName: "a", DesiredInstanceCount: 2 },
      { VariantName: "b", DesiredWeight: 0 },
    ]);
    expect(changed).toEqual({ a: { weight: 7, instanceCount: 2 }, b: { weight: 0 } });
  });

  test("can leave an asynchronous endpoint without instances, and give it one again", async () => {
    const { host, runner } = newHosting();
    const region = newRegion();
    await addModel(region, "m");
    const AsyncInferenceConfig = { OutputConfig: { S3OutputPath: "s3://bucket/out" } };
    await addConfig(region, "c", [variant("m")], { AsyncInferenceConfig });
    await create(host, region, "c");
    await scale(0);
    expect(runner.running.size).toBe(0);
    await expect(host.find(region, "e")?.choose()?.admit()).rejects.toBeInstanceOf(NotServing);
    await scale(1);
    expect(await ask(host.find(region, "e")?.choose())).toBe("m:x");

    async function scale(DesiredInstanceCount: number): Promise<void> {
      await change(region, DesiredInstanceCount);
      host.change(region, "e");
      await settled(region);
      expect(host.liveVariants(region, "e")[0]?.desired.instanceCount).toBe(DesiredInstanceCount);
    }
  });
});

async function change(region: Region, DesiredInstanceCount: number): Promise<void> {
  const record = region.endpoints.get("e");
  if (record === undefined) {
    throw new Error("there is no endpoint");
  }
  const variants = changedProperties(region, record, [{ VariantName: "m", DesiredInstanceCount }]);
  await region.endpoints.put("e", { ...record, status: "Updating", variants });
}
