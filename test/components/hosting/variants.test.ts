import { afterEach, describe, expect, test } from "vitest";
import { volumeKey } from "../../../components/hosting/volume-key";
import { MockedEngine } from "../../support/mocks";
import { imageUri, platform } from "../../support/platform";
import { faultsOf } from "../../support/promise-of";
import { configurationType, kmsKeyArn, modelType, planned, policyType, realtimeFaults, targetType } from "./support";

const other = `123456789012.dkr.ecr.eu-central-1.amazonaws.com/other@sha256:${"6".repeat(64)}`;
const candidateData = "s3://shop-artifacts/candidate.tar.gz";

afterEach(() => MockedEngine.settled());

describe("an endpoint with several variants", () => {
  test("divides its requests by weight, and each variant has what it says, else what the main one has", async () => {
    const engine = await planned(
      {
        weight: 9,
        startupTimeout: "10m",
        volumeSizeInGb: 50,
        routing: "RANDOM",
        variants: {
          candidate: { weight: 1, modelDataUrl: candidateData },
          large: {
            weight: 0,
            instanceType: "ml.c5.xlarge",
            instances: { min: 2 },
            routing: "LEAST_OUTSTANDING_REQUESTS",
            downloadTimeout: "5m",
          },
        },
      },
      { environment: { MODE: "plain" } },
    );
    const { productionVariants } = engine.one(configurationType).inputs;
    expect(productionVariants).toEqual([
      {
        variantName: "main",
        modelName: "iris-endpoint-model-1a2b3c4",
        initialVariantWeight: 9,
        instanceType: "ml.m5.large",
        initialInstanceCount: 1,
        volumeSizeInGb: 50,
        containerStartupHealthCheckTimeoutInSeconds: 600,
        routingConfigs: [{ routingStrategy: "RANDOM" }],
      },
      {
        variantName: "candidate",
        modelName: "iris-endpoint-candidate-model-1a2b3c4",
        initialVariantWeight: 1,
        instanceType: "ml.m5.large",
        initialInstanceCount: 1,
        volumeSizeInGb: 50,
        containerStartupHealthCheckTimeoutInSeconds: 600,
        routingConfigs: [{ routingStrategy: "RANDOM" }],
      },
      {
        variantName: "large",
        modelName: "iris-endpoint-model-1a2b3c4",
        initialVariantWeight: 0,
        instanceType: "ml.c5.xlarge",
        initialInstanceCount: 2,
        containerStartupHealthCheckTimeoutInSeconds: 600,
        modelDataDownloadTimeoutInSeconds: 300,
        routingConfigs: [{ routingStrategy: "LEAST_OUTSTANDING_REQUESTS" }],
      },
    ]);
    expect(engine.one(modelType, "iris-endpoint-candidate-model").inputs).toEqual({
      executionRoleArn: "arn:aws:iam::123456789012:role/iris",
      primaryContainer: { image: imageUri, modelDataUrl: candidateData, environment: { MODE: "plain" } },
      enableNetworkIsolation: false,
    });
    expect(engine.names().filter((name) => name.startsWith(modelType))).toHaveLength(2);
  });

  test("makes a model for an image or an environment of its own, in the same network and isolation, with the same tags", async () => {
    const engine = await planned(
      { networkIsolation: true, variants: { next: { weight: 1, image: other, environment: { MODE: "fast" } } } },
      {
        environment: { MODE: "plain", LEVEL: "1" },
        platform: { ...platform, subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] },
        tags: { team: "vision" },
      },
    );
    expect(engine.one(modelType, "iris-endpoint-next-model").inputs).toEqual({
      executionRoleArn: "arn:aws:iam::123456789012:role/iris",
      primaryContainer: { image: other, modelDataUrl: "s3://shop-artifacts/model.tar.gz", environment: { MODE: "fast", LEVEL: "1" } },
      enableNetworkIsolation: true,
      vpcConfig: { subnets: ["subnet-1"], securityGroupIds: ["sg-1"] },
      tags: { team: "vision" },
    });
  });

  test("scales each variant that has a range, by its own load", async () => {
    const engine = await planned({
      instances: { max: 3 },
      variants: {
        large: { weight: 1, instanceType: "ml.c5.xlarge", instances: { min: 2, max: 8, requestsPerSecond: 10, safetyFactor: 0.8 } },
        one: { weight: 1 },
      },
    });
    const resourceId = "endpoint/shop-iris/variant/large";
    expect(engine.names().filter((name) => name.startsWith(targetType))).toEqual([
      `${targetType} iris-endpoint-large-scaling`,
      `${targetType} iris-endpoint-scaling`,
    ]);
    expect(engine.one(targetType, "iris-endpoint-large-scaling")).toMatchObject({
      inputs: { resourceId, minCapacity: 2, maxCapacity: 8 },
      options: { replacementTrigger: "ml.c5.xlarge" },
    });
    expect(engine.one(policyType, "iris-endpoint-large-scaling-policy").inputs).toMatchObject({
      resourceId,
      targetTrackingScalingPolicyConfiguration: {
        predefinedMetricSpecification: { predefinedMetricType: "SageMakerVariantInvocationsPerInstance" },
        targetValue: 480,
      },
    });
  });

  const weighed = "one of them must get the requests: give it a weight of 1 or more";
  test.each<[object, string[]]>([
    [{ variants: { a: { weight: 0 } } }, []],
    [{ weight: 0, variants: { a: { weight: 1 } } }, []],
    [{ weight: 0, variants: { a: { weight: 0 } } }, [`weight: got 0, as all variants have; ${weighed}`]],
    [{ weight: 2 }, ["weight: got 2, but nothing is weighed against it; give variants too, or remove it"]],
    [{ weight: 0.5, variants: { a: { weight: 1 } } }, ["weight: got 0.5; allowed is a whole number from 0 to 1000"]],
    [{ variants: { a: { weight: -1 } } }, ["variants.a.weight: got -1; allowed is a whole number from 0 to 1000"]],
    [{ variants: { a: {} } }, ["variants.a.weight: is missing; it is required"]],
    [{ variants: {} }, ["variants: has 0 entries; allowed are 1 to 9"]],
    [
      { variants: { main: { weight: 1 } } },
      [
        'variants.main: got "main"; allowed is letters, digits and hyphens, beginning and ending with a letter or digit, other than "main" and "shadow"',
      ],
    ],
    [
      { variants: { a_b: { weight: 1 } } },
      [
        'variants.a_b: got "a_b"; allowed is letters, digits and hyphens, beginning and ending with a letter or digit, other than "main" and "shadow"',
      ],
    ],
    [
      { variants: { a: { weight: 1, image: "models:latest" } } },
      ['variants.a.image: got "models:latest"; allowed is an image by digest, <repository>@sha256:<64 hex digits>'],
    ],
    [
      { variants: { a: { weight: 1, modelDataUrl: "s3://shop/model/" } } },
      ['variants.a.modelDataUrl: got "s3://shop/model/"; allowed is s3://<bucket>/<key>.tar.gz'],
    ],
    [
      { variants: { a: { weight: 1, instances: { min: 2, max: 1 } } } },
      ["variants.a.instances.max: got 1; it must be at least instances.min, 2"],
    ],
    [
      { variants: { a: { weight: 1, instances: { concurrency: 4 } } } },
      ["variants.a.instances.concurrency: got 4, but nothing is scaled; give an instances.max greater than instances.min, 1, or remove it"],
    ],
    [
      { variants: { a: { weight: 1, instanceType: "ml.t2.medium", instances: { max: 2 } } } },
      [
        'variants.a.instanceType: got "ml.t2.medium" with instances.max 2; AWS does not scale burstable instances: choose another type, such as "ml.m5.large", or remove instances.max',
      ],
    ],
    [
      { variants: { a: { weight: 1, startupTimeout: "59s", downloadTimeout: "61m" } } },
      ['variants.a.startupTimeout: got "59s"; allowed is 60s to 1h', 'variants.a.downloadTimeout: got "61m"; allowed is 60s to 1h'],
    ],
  ])("given %j has the faults %j", (change, faults) => {
    expect(realtimeFaults(change)).toEqual(faults);
  });

  test("has 10 variants at most", () => {
    const variants = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`v${index}`, { weight: 1 }]));
    expect(realtimeFaults({ variants })).toEqual(["variants: has 10 entries; allowed are 1 to 9"]);
  });
});

describe("a shadow", () => {
  test("gets its percentage of what the main variant gets, on instances of its own", async () => {
    const engine = await planned({
      instances: { min: 2 },
      shadow: { samplingPercentage: 25, modelDataUrl: candidateData, instanceType: "ml.c5.large", instanceCount: 3, startupTimeout: "2m" },
    });
    const { productionVariants, shadowProductionVariants } = engine.one(configurationType).inputs;
    expect(productionVariants).toEqual([
      {
        variantName: "main",
        modelName: "iris-endpoint-model-1a2b3c4",
        initialVariantWeight: 100,
        instanceType: "ml.m5.large",
        initialInstanceCount: 2,
      },
    ]);
    expect(shadowProductionVariants).toEqual([
      {
        variantName: "shadow",
        modelName: "iris-endpoint-shadow-model-1a2b3c4",
        initialVariantWeight: 25,
        instanceType: "ml.c5.large",
        initialInstanceCount: 3,
        containerStartupHealthCheckTimeoutInSeconds: 120,
      },
    ]);
  });

  test.each<[object, string[]]>([
    [{ shadow: { samplingPercentage: 100 } }, []],
    [{ shadow: {} }, ["shadow.samplingPercentage: is missing; it is required"]],
    [{ shadow: { samplingPercentage: 0 } }, ["shadow.samplingPercentage: got 0; allowed is a whole number from 1 to 100"]],
    [{ shadow: { samplingPercentage: 101 } }, ["shadow.samplingPercentage: got 101; allowed is a whole number from 1 to 100"]],
    [{ shadow: { samplingPercentage: 1, instanceCount: 0 } }, ["shadow.instanceCount: got 0; allowed is a whole number from 1 to 1000"]],
    [
      { shadow: { samplingPercentage: 5 }, variants: { a: { weight: 1 } } },
      ['shadow: got {"samplingPercentage":5} together with variants a; AWS copies requests of one variant only: remove variants or shadow'],
    ],
  ])("given %j has the faults %j", (change, faults) => {
    expect(realtimeFaults(change)).toEqual(faults);
  });
});

describe("what depends on the instance type", () => {
  const volume =
    'got 50 for ml.g5.xlarge, whose disks are its own and of a fixed size; remove it, or choose a type without, such as "ml.m5.large"';
  const gpu = "al2-ami-sagemaker-inference-gpu-3-1";
  test.each<[object, string[]]>([
    [{ instanceType: "ml.g5.xlarge", inferenceAmiVersion: gpu }, []],
    [{ instanceType: "ml.inf2.xlarge", inferenceAmiVersion: "al2-ami-sagemaker-inference-neuron-2" }, []],
    [{ instanceType: "ml.g5.xlarge", volumeSizeInGb: 50 }, [`volumeSizeInGb: ${volume}`]],
    [{ instanceType: "ml.g5.xlarge", shadow: { samplingPercentage: 1, volumeSizeInGb: 50 } }, [`shadow.volumeSizeInGb: ${volume}`]],
    [{ variants: { a: { weight: 1, instanceType: "ml.g5.xlarge", volumeSizeInGb: 50 } } }, [`variants.a.volumeSizeInGb: ${volume}`]],
    [{ volumeSizeInGb: 50, variants: { a: { weight: 1, instanceType: "ml.g5.xlarge" } } }, []],
    [{ volumeSizeInGb: 0 }, ["volumeSizeInGb: got 0; allowed is a whole number from 1 to 512"]],
    [
      { inferenceAmiVersion: gpu },
      [
        `inferenceAmiVersion: got "${gpu}" for ml.m5.large, which has no such accelerator; give an instance type that has one, or remove it`,
      ],
    ],
    [
      { instanceType: "ml.g5.xlarge", inferenceAmiVersion: "al2-ami-sagemaker-inference-gpu-9" },
      [
        'inferenceAmiVersion: got "al2-ami-sagemaker-inference-gpu-9"; allowed are al2-ami-sagemaker-inference-gpu-2, al2-ami-sagemaker-inference-gpu-2-1, al2-ami-sagemaker-inference-gpu-3-1, al2-ami-sagemaker-inference-neuron-2, al2023-ami-sagemaker-inference-gpu-4-1; did you mean al2-ami-sagemaker-inference-gpu-2?',
      ],
    ],
    [
      { managedInstanceScaling: {} },
      [
        "managedInstanceScaling: got {}; AWS scales instances by itself for inference components only, which are not made here: give instances with min and max",
      ],
    ],
    [
      { enableSsmAccess: true },
      [expect.stringMatching(/^enableSsmAccess: got true; shells in serving containers stay off/) as unknown as string],
    ],
  ])("given %j has the faults %j", (change, faults) => {
    expect(realtimeFaults(change)).toEqual(faults);
  });

  test("is planned: the AMI", async () => {
    const engine = await planned({ instanceType: "ml.g5.xlarge", inferenceAmiVersion: gpu });
    expect(engine.one(configurationType).inputs.productionVariants).toEqual([expect.objectContaining({ inferenceAmiVersion: gpu })]);
  });

  const mixed = { variants: { gpu: { weight: 1, instanceType: "ml.g5.xlarge" } } };
  const why =
    'realtime.variants.gpu.instanceType: got "ml.g5.xlarge" beside ml.m5.large on a platform with a key; AWS takes no key for the disks of ml.g5.xlarge, and the volumes of ml.m5.large would have none: choose types of one sort for all variants';

  test("is whether a key can encrypt the volumes, for all variants or for none", async () => {
    const withKey = { platform: { ...platform, kmsKeyArn } };
    const alike = { variants: { c: { weight: 1, instanceType: "ml.c5.large" } } };
    expect((await planned(alike, withKey)).one(configurationType).inputs.kmsKeyArn).toBe(kmsKeyArn);
    expect((await planned(mixed)).one(configurationType).inputs.kmsKeyArn).toBeUndefined();
    await expect(planned(mixed, withKey)).rejects.toThrow(why);
    expect(faultsOf(() => volumeKey("iris-endpoint", kmsKeyArn, ["ml.m5.large", "ml.g5.xlarge"]))[1]).toContain(
      'realtime.instanceType: got "ml.g5.xlarge" beside ml.m5.large on a platform with a key',
    );
  });
});
