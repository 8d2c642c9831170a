import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { CreateEndpointConfigCommand, UpdateEndpointCommand, UpdateEndpointWeightsAndCapacitiesCommand } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { fetchWhole } from "../support/fetch-whole";
import { configure, createModel, describeEndpoint, inService, invoke, serve, variant } from "./support/hosting";
import { bucket, encryption, getBytes, kmsKey, type Platform, rejection, startPlatform } from "./support/platform";

const deadline = { timeout: 60_000 };

let platform: Platform;

beforeAll(async () => {
  vi.stubEnv("SLIPWAY_MAX_REPLICAS", "2");
  vi.stubEnv("SLIPWAY_SERVERLESS_IDLE_SECONDS", "1");
  platform = await startPlatform();
  await createModel(platform, "a");
  await createModel(platform, "b");
});
afterAll(() => platform.stop());

describe("an endpoint with two variants", () => {
  test("sends traffic by weight, none to weight 0, and reaches that one by name", async () => {
    await serve(platform, "two", [variant("a", { InitialInstanceCount: 3 }), variant("b", { InitialVariantWeight: 0 })]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => invoke(platform, "two")));
    expect(new Set(answers.map(({ version, invokedVariant }) => `${version} ${invokedVariant}`))).toEqual(new Set(["a a"]));
    expect((await invoke(platform, "two", { TargetVariant: "b" })).version).toBe("b");
  });

  test("runs as many instances as the machine allows, describes the declared number, and every one of them answers", async () => {
    const { ProductionVariants } = await describeEndpoint(platform, "two");
    expect(ProductionVariants).toMatchObject([
      { VariantName: "a", CurrentWeight: 1, DesiredWeight: 1, CurrentInstanceCount: 2, DesiredInstanceCount: 3 },
      { VariantName: "b", CurrentWeight: 0, DesiredWeight: 0, CurrentInstanceCount: 1, DesiredInstanceCount: 1 },
    ]);
    const pids = new Set<number>();
    await expect.poll(async () => pids.add((await invoke(platform, "two")).pid).size, deadline).toBe(2);
  });

  test("takes new weights and counts while it serves", async () => {
    const { sagemaker } = platform;
    const DesiredWeightsAndCapacities = [
      { VariantName: "a", DesiredWeight: 0, DesiredInstanceCount: 1 },
      { VariantName: "b", DesiredWeight: 2.5 },
    ];
    await sagemaker.send(new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName: "two", DesiredWeightsAndCapacities }));
    await inService(platform, "two");
    expect((await describeEndpoint(platform, "two")).ProductionVariants).toMatchObject([
      { VariantName: "a", CurrentWeight: 0, DesiredWeight: 0, CurrentInstanceCount: 1, DesiredInstanceCount: 1 },
      { VariantName: "b", CurrentWeight: 2.5, DesiredWeight: 2.5 },
    ]);
    expect((await invoke(platform, "two")).version).toBe("b");
  });

  test("keeps them through an update that is told to, and takes the configuration's otherwise", async () => {
    const { sagemaker } = platform;
    await configure(platform, "two-again", [variant("a", { InitialInstanceCount: 2 }), variant("b", { InitialVariantWeight: 1 })]);
    const update = { EndpointName: "two", EndpointConfigName: "two-again" };
    const ExcludeRetainedVariantProperties = [{ VariantPropertyType: "DesiredInstanceCount" as const }];
    await sagemaker.send(new UpdateEndpointCommand({ ...update, RetainAllVariantProperties: true, ExcludeRetainedVariantProperties }));
    await inService(platform, "two");
    expect((await describeEndpoint(platform, "two")).ProductionVariants).toMatchObject([
      { VariantName: "a", CurrentWeight: 0, DesiredInstanceCount: 2 },
      { VariantName: "b", CurrentWeight: 2.5 },
    ]);
    await sagemaker.send(new UpdateEndpointCommand(update));
    await inService(platform, "two");
    expect((await describeEndpoint(platform, "two")).ProductionVariants).toMatchObject([{ CurrentWeight: 1 }, { CurrentWeight: 1 }]);
  });

  test.each([
    [
      "a variant it does not have",
      { VariantName: "c", DesiredWeight: 1 },
      '"c" is/are not present within endpoint configuration "two-again"',
    ],
    ["no instances", { VariantName: "a", DesiredInstanceCount: 0 }, "must be 1 at least"],
    ["serverless settings", { VariantName: "a", ServerlessUpdateConfig: { MaxConcurrency: 1 } }, "which is not serverless"],
  ])("refuses %s", async (_, change, message) => {
    const command = new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName: "two", DesiredWeightsAndCapacities: [change] });
    const error = await rejection(platform.sagemaker.send(command));
    expect([error.name, error.message]).toEqual(["ValidationException", expect.stringContaining(message)]);
  });

  test("goes on answering while one of its instances is lost and replaced", async () => {
    await serve(platform, "pair", [variant("a", { InitialInstanceCount: 2 })]);
    const lost = await rejection(invoke(platform, "pair", { ContentType: "fault/exit" }));
    expect(lost.name).toBe("ModelError");
    const answers = await Promise.all(Array.from({ length: 20 }, () => invoke(platform, "pair")));
    expect(answers).toHaveLength(20);
    await expect
      .poll(async () => (await describeEndpoint(platform, "pair")).ProductionVariants?.[0]?.CurrentInstanceCount, deadline)
      .toBe(2);
  });
});

describe("an endpoint with a shadow variant and data capture", () => {
  test("answers from the production variant, and captures what both were asked and said", async () => {
    await serve(platform, "watched", [variant("a")], {
      ShadowProductionVariants: [variant("b")],
      DataCaptureConfig: {
        EnableCapture: true,
        InitialSamplingPercentage: 100,
        DestinationS3Uri: `s3://${bucket}/capture`,
        KmsKeyId: kmsKey,
        CaptureOptions: [{ CaptureMode: "Input" }, { CaptureMode: "Output" }],
        CaptureContentTypeHeader: { CsvContentTypes: ["text/csv"], JsonContentTypes: ["application/json"] },
      },
    });
    expect(await describeEndpoint(platform, "watched")).toMatchObject({
      ProductionVariants: [{ VariantName: "a" }],
      ShadowProductionVariants: [{ VariantName: "b", CurrentInstanceCount: 1 }],
      DataCaptureConfig: { EnableCapture: true, CaptureStatus: "Started", CurrentSamplingPercentage: 100 },
    });
    const answer = await invoke(platform, "watched", { ContentType: "text/csv", Body: "1,2", InferenceId: "id-7" });
    expect(answer.version).toBe("a");
    for (const name of ["a", "b"]) {
      await expect.poll(() => keys(`capture/watched/${name}/`), deadline).toHaveLength(1);
      const [key = ""] = await keys(`capture/watched/${name}/`);
      expect(key).toMatch(/\/\d{4}\/\d\d\/\d\d\/\d\d\/[^/]+\.jsonl$/);
      const [line = "", ...others] = (await getBytes(platform.s3, `s3://${bucket}/${key}`)).toString("utf8").trimEnd().split("\n");
      expect(others).toEqual([]);
      expect(await encryption(platform.s3, `s3://${bucket}/${key}`)).toEqual(["aws:kms", kmsKey]);
      const { captureData, eventMetadata, eventVersion } = JSON.parse(line);
      expect(captureData.endpointInput).toEqual({ observedContentType: "text/csv", mode: "INPUT", data: "1,2", encoding: "CSV" });
      expect(JSON.parse(captureData.endpointOutput.data)).toMatchObject({ version: name, body: "1,2" });
      expect([eventMetadata.inferenceId, eventVersion]).toEqual(["id-7", "0"]);
    }
  });

  test("that is not allowed is refused with the reason", async () => {
    const refused = async (more: Partial<ConstructorParameters<typeof CreateEndpointConfigCommand>[0]>) => {
      const command = new CreateEndpointConfigCommand({ EndpointConfigName: "no", ProductionVariants: [variant("a")], ...more });
      return (await rejection(platform.sagemaker.send(command))).message;
    };
    expect(await refused({ ShadowProductionVariants: [variant("a")] })).toContain("variant names must be unique");
    expect(await refused({ ShadowProductionVariants: [variant("b"), variant("b", { VariantName: "c" })] })).toContain(
      "one production variant and one shadow variant only",
    );
  });
});

test("a serverless endpoint keeps as many containers as its provisioned concurrency, up to the machine's limit", async () => {
  const { VariantName, ModelName } = variant("a");
  const ServerlessConfig = { MemorySizeInMB: 1_024, MaxConcurrency: 5, ProvisionedConcurrency: 3 };
  await serve(platform, "warm", [{ VariantName, ModelName, ServerlessConfig }]);
  expect(await containersOf("warm")).toBe(2);
  const answers = await Promise.all(Array.from({ length: 4 }, () => invoke(platform, "warm")));
  expect(answers.map(({ version }) => version)).toEqual(["a", "a", "a", "a"]);
});

test("a serverless endpoint stops its container when it is idle, and starts another for the next request", async () => {
  const { VariantName, ModelName } = variant("a");
  await serve(platform, "rare", [{ VariantName, ModelName, ServerlessConfig: { MemorySizeInMB: 1_024, MaxConcurrency: 5 } }]);
  expect((await describeEndpoint(platform, "rare")).ProductionVariants?.[0]?.CurrentServerlessConfig).toEqual({
    MemorySizeInMB: 1_024,
    MaxConcurrency: 5,
  });
  await expect.poll(() => containersOf("rare"), deadline).toBe(0);
  const answers = await Promise.all([invoke(platform, "rare"), invoke(platform, "rare")]);
  expect(answers.map(({ version }) => version)).toEqual(["a", "a"]);
  await expect.poll(() => containersOf("rare"), deadline).toBe(0);
  expect((await describeEndpoint(platform, "rare")).EndpointStatus).toBe("InService");
  expect(await containersOf("warm")).toBe(2);
});

async function keys(prefix: string): Promise<string[]> {
  const { Contents } = await platform.s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  return (Contents ?? []).map(({ Key }) => Key ?? "");
}

async function containersOf(name: string): Promise<number | undefined> {
  const response = await fetchWhole(`${platform.endpointUrl}/_slipway/status`);
  const { endpoints } = (await response.json()) as { endpoints: { name: string; instances: number }[] };
  return endpoints.find((endpoint) => endpoint.name === name)?.instances;
}
