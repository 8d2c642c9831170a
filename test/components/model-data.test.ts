import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ModelService, type ModelServiceArgs } from "../../components";
import { MockedEngine } from "../support/mocks";
import { imageUri, platform } from "../support/platform";
import { faultsOf, promiseOf } from "../support/promise-of";

const realtime = { instanceType: "ml.g5.xlarge" };
const prefix = "s3://weights/llama/3/";
const packageArn = "arn:aws:sagemaker:eu-central-1:123456789012:model-package/llama/3";

let engine: MockedEngine;
beforeEach(async () => {
  engine = await MockedEngine.start();
});
afterEach(() => MockedEngine.settled());

const declare = (args: object) => () => new ModelService("llama", { platform, realtime, ...args } as ModelServiceArgs);
const faults = (args: object) => faultsOf(declare(args)).slice(1);

/** What serves, and what the role may read and pull. */
async function planned(args: object): Promise<{ container: unknown; read: string[] | undefined; pull: string[] | undefined }> {
  await promiseOf(declare(args)().outputs);
  await MockedEngine.settled();
  const { Statement } = JSON.parse(String(engine.one("aws:iam/rolePolicy:RolePolicy").inputs.policy)) as {
    Statement: { Sid: string; Resource: string[] }[];
  };
  const resources = (sid: string) => Statement.find(({ Sid }) => Sid === sid)?.Resource;
  const { primaryContainer } = engine.one("aws:sagemaker/model:Model").inputs;
  return { container: primaryContainer, read: resources("Read"), pull: resources("PullImages") };
}

describe("a model whose data is a prefix", () => {
  const modelDataSource = { s3DataSources: [{ s3Uri: prefix, s3DataType: "S3Prefix", compressionType: "None" }] };

  test.each([
    ["written out", prefix],
    ["told by another resource", pulumi.output(prefix)],
  ])("%s is served from all objects below it, which its role may read", async (_, modelData) => {
    const { container, read } = await planned({ image: imageUri, modelData });
    expect(container).toEqual({ image: imageUri, modelDataSource, environment: {} });
    expect(read).toEqual(["arn:aws:s3:::weights/llama/3/*"]);
  });

  test("is served from an archive when another resource tells one", async () => {
    const { container } = await planned({ image: imageUri, modelData: pulumi.output("s3://weights/model.tar.gz") });
    expect(container).toEqual({ image: imageUri, modelDataUrl: "s3://weights/model.tar.gz", environment: {} });
  });

  test("has variants with prefixes, which its role may read too", async () => {
    const variants = { newer: { weight: 1, modelDataPrefix: "s3://weights/llama/4/" } };
    await promiseOf(declare({ image: imageUri, modelData: prefix, realtime: { ...realtime, variants } })().outputs);
    await MockedEngine.settled();
    expect(engine.one("aws:iam/rolePolicy:RolePolicy").inputs.policy).toContain(
      '"Resource":["arn:aws:s3:::weights/llama/3/*","arn:aws:s3:::weights/llama/4/*"]',
    );
  });

  test("is refused without a slash at the end, and with serverless", () => {
    expect(faults({ image: imageUri, modelData: "s3://weights/llama" })).toEqual([
      'modelData: got "s3://weights/llama"; allowed is s3://<bucket>/<key>.tar.gz, or s3://<bucket>/<prefix>/ for a model that is not packed',
    ]);
    const serverless = { memorySizeInMb: 2048, maxConcurrency: 2 };
    expect(faults({ image: imageUri, modelData: prefix, realtime: undefined, serverless })).toEqual([
      'modelData: got "s3://weights/llama/3/"; a serverless endpoint takes model data as s3://<bucket>/<key>.tar.gz only',
    ]);
  });
});

describe("a model from the registry", () => {
  test("is served from its package; the role may read and pull what is the platform's", async () => {
    expect(await planned({ modelPackage: { name: "llama/3" }, environment: { MODE: "fast" } })).toEqual({
      container: { modelPackageName: packageArn, environment: { MODE: "fast" } },
      read: ["arn:aws:s3:::shop-artifacts/models/*", "arn:aws:s3:::shop-artifacts/training/*"],
      pull: [platform.repositoryArn],
    });
    expect(engine.names().filter((name) => /docker:|ModelArtifact|trainingJob/.test(name))).toEqual([]);
  });

  test("has a role for images and data elsewhere when they are named", async () => {
    const { read, pull } = await planned({
      modelPackage: {
        name: packageArn,
        images: ["999999999999.dkr.ecr.eu-west-1.amazonaws.com/llama@sha256:1"],
        modelData: ["s3://weights/llama/model.tar.gz"],
      },
    });
    expect(read).toEqual(["arn:aws:s3:::weights/llama/model.tar.gz"]);
    expect(pull).toEqual(["arn:aws:ecr:eu-west-1:999999999999:repository/llama"]);
  });

  test("is served serverless and asynchronously too", async () => {
    const serverless = { memorySizeInMb: 2048, maxConcurrency: 2 };
    expect((await planned({ modelPackage: { name: "llama/3" }, realtime: undefined, serverless })).container).toEqual({
      modelPackageName: packageArn,
      environment: {},
    });
    engine = await MockedEngine.start();
    const { container } = await planned({
      modelPackage: { name: "llama/3" },
      realtime: undefined,
      async: { instanceType: "ml.g5.xlarge" },
    });
    expect(container).toEqual({ modelPackageName: packageArn, environment: {} });
  });

  test("is refused with what the package has already, and with faulty names", () => {
    const training = { instanceType: "ml.m5.large", channels: { train: "models/iris/data" } };
    const given = { modelPackage: { name: "llama/3" }, baseImage: "a", training, modelData: prefix };
    const why = "together with modelPackage, which has image and model data already; remove it";
    expect(faults(given)).toEqual([
      `baseImage: got "a" ${why}`,
      expect.stringMatching(new RegExp(`^training: got .* ${why}$`)),
      `modelData: got "${prefix}" ${why}`,
      expect.stringMatching(/^modelData: got .* together with training/),
    ]);
    expect(faults({ modelPackage: { name: "llama/3" }, image: imageUri })).toEqual([
      expect.stringMatching(/^modelPackage: got .* together with image .*; give one of code, build, image, framework, modelPackage$/),
    ]);
    expect(faults({ modelPackage: { name: "llama", images: ["a b"], modelData: ["weights"] } })).toEqual([
      'modelPackage.name: got "llama"; allowed is the ARN of a model package, or <group>/<version> of one in this account and region, in lower case, such as "iris/3"',
      'modelPackage.images[0]: got "a b"; allowed is an image name without spaces',
      'modelPackage.modelData[0]: got "weights"; allowed is s3://<bucket>/<key>',
    ]);
    const variants = { b: { weight: 1, modelDataPrefix: prefix } };
    expect(faults({ modelPackage: { name: "llama/3" }, realtime: { ...realtime, variants } })).toEqual([
      expect.stringMatching(/^realtime\.variants\.b\.modelDataPrefix: got .*: give the variant an image too$/),
    ]);
  });
});
