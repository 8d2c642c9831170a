import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Endpoint, type EndpointArgs } from "../../../components";
import { MockedEngine } from "../../support/mocks";
import { imageUri, platform } from "../../support/platform";
import { promiseOf, refusalOf } from "../../support/promise-of";

const args: EndpointArgs = {
  platform,
  model: "iris",
  image: imageUri,
  executionRoleArn: "arn:aws:iam::123456789012:role/iris",
  modelDataUrl: "s3://shop-artifacts/model.tar.gz",
  realtime: { instanceType: "ml.m5.large" },
};

describe("an endpoint", () => {
  let engine: MockedEngine;
  beforeEach(async () => {
    engine = await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  test("is a model and a configuration with names of their own, and an endpoint whose name stays", async () => {
    const endpoint = new Endpoint("iris-endpoint", args);
    expect(await promiseOf(endpoint.endpointName)).toBe("shop-iris");
    expect(await promiseOf(endpoint.arn)).toBe("arn:aws:sagemaker:eu-central-1:123456789012:endpoint/shop-iris");
    expect(engine.one("aws:sagemaker/model:Model").inputs).toEqual({
      executionRoleArn: "arn:aws:iam::123456789012:role/iris",
      primaryContainer: { image: imageUri, modelDataUrl: "s3://shop-artifacts/model.tar.gz" },
      enableNetworkIsolation: false,
    });
    expect(engine.one("aws:sagemaker/endpointConfiguration:EndpointConfiguration").inputs).toEqual({
      productionVariants: [
        {
          variantName: "main",
          modelName: "iris-endpoint-model-1a2b3c4",
          instanceType: "ml.m5.large",
          initialInstanceCount: 1,
          initialVariantWeight: 1,
        },
      ],
    });
    expect(engine.one("aws:sagemaker/endpoint:Endpoint")).toMatchObject({
      inputs: { name: "shop-iris", endpointConfigName: "iris-endpoint-config-1a2b3c4" },
      parent: "slipway:index:Endpoint iris-endpoint",
      options: { customTimeouts: { create: "60m", update: "60m", delete: "30m" } },
    });
  });

  test("takes instances, timeouts, volume and routing into its configuration", async () => {
    const realtime = {
      instanceType: "ml.m5.xlarge",
      instances: { min: 2, max: 6 },
      volumeSizeInGb: 50,
      startupTimeout: "10m",
      downloadTimeout: "5m",
      routing: "LEAST_OUTSTANDING_REQUESTS",
      networkIsolation: true,
    };
    await promiseOf(new Endpoint("iris-endpoint", { ...args, realtime }).endpointName);
    expect(engine.one("aws:sagemaker/endpointConfiguration:EndpointConfiguration").inputs.productionVariants).toEqual([
      {
        variantName: "main",
        modelName: "iris-endpoint-model-1a2b3c4",
        instanceType: "ml.m5.xlarge",
        initialInstanceCount: 2,
        initialVariantWeight: 1,
        volumeSizeInGb: 50,
        containerStartupHealthCheckTimeoutInSeconds: 600,
        modelDataDownloadTimeoutInSeconds: 300,
        routingConfigs: [{ routingStrategy: "LEAST_OUTSTANDING_REQUESTS" }],
      },
    ]);
    expect(engine.one("aws:sagemaker/model:Model").inputs.enableNetworkIsolation).toBe(true);
  });

  test.each([
    ["ml.m5.large", "arn:aws:kms:eu-central-1:123456789012:key/1"],
    ["ml.g4dn.xlarge", undefined],
  ])("on %s encrypts its volume with the key AWS accepts there", async (instanceType, expected) => {
    const kmsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/1";
    await promiseOf(
      new Endpoint("iris-endpoint", { ...args, platform: { ...platform, kmsKeyArn }, realtime: { instanceType } }).endpointName,
    );
    expect(engine.one("aws:sagemaker/endpointConfiguration:EndpointConfiguration").inputs.kmsKeyArn).toBe(expected);
  });

  test("puts its containers into the platform's subnets", async () => {
    const inside = { ...platform, subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] };
    await promiseOf(new Endpoint("iris-endpoint", { ...args, platform: inside }).endpointName);
    expect(engine.one("aws:sagemaker/model:Model").inputs.vpcConfig).toEqual({ subnets: ["subnet-1"], securityGroupIds: ["sg-1"] });
  });

  test("refuses what its limits exclude, all at once", () => {
    const faulty: EndpointArgs = {
      ...args,
      model: "Iris!",
      realtime: { instanceType: "ml.m5", instances: { min: 0 }, volumeSizeInGb: 513, startupTimeout: "30s", routing: "ROUND_ROBIN" },
    };
    const [title, , ...faults] = refusalOf(() => new Endpoint("iris-endpoint", faulty)).split("\n");
    expect(title).toBe('SLIP-1001 Endpoint "iris-endpoint" has 6 faults; nothing of it was created');
    expect(faults.map((fault) => fault.trim().split(":")[0])).toEqual([
      "model",
      "realtime.instanceType",
      "realtime.instances.min",
      "realtime.volumeSizeInGb",
      "realtime.startupTimeout",
      "realtime.routing",
    ]);
  });
});
