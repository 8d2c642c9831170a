import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Endpoint, type EndpointArgs } from "../../../components";
import { MockedEngine } from "../../support/mocks";
import { imageUri, platform } from "../../support/platform";
import { faultsOf, promiseOf } from "../../support/promise-of";
import { modelType } from "./support";

const args: EndpointArgs = {
  platform,
  model: "llama",
  executionRoleArn: "arn:aws:iam::123456789012:role/llama",
  realtime: { instanceType: "ml.g5.xlarge" },
};
const prefix = "s3://weights/llama/3/";
const packageArn = "arn:aws:sagemaker:eu-central-1:123456789012:model-package/llama/3";
const other = imageUri.replace(/5{64}/, "6".repeat(64));

let engine: MockedEngine;
beforeEach(async () => {
  engine = await MockedEngine.start();
});
afterEach(() => MockedEngine.settled());

/** Containers of the models that an endpoint is planned with, by the models' names. */
async function containersOf(more: Partial<EndpointArgs>): Promise<Record<string, unknown>> {
  await promiseOf(new Endpoint("e", { ...args, ...more }).endpointName);
  await MockedEngine.settled();
  const models = engine.registered.filter(({ type }) => type === modelType);
  return Object.fromEntries(models.map(({ name, inputs }) => [name, inputs.primaryContainer]));
}
const faults = (more: object) => faultsOf(() => new Endpoint("e", { ...args, ...more } as EndpointArgs)).slice(1);
const uncompressed = (s3Uri: string) => ({ s3DataSources: [{ s3Uri, s3DataType: "S3Prefix", compressionType: "None" }] });

describe("model data that is not packed", () => {
  test("is every object below a prefix, as it is", async () => {
    expect(await containersOf({ image: imageUri, modelDataPrefix: prefix, environment: { MODE: "fast" } })).toEqual({
      "e-model": { image: imageUri, modelDataSource: uncompressed(prefix), environment: { MODE: "fast" } },
    });
  });

  test("may be named by another resource", async () => {
    expect(await containersOf({ image: imageUri, modelDataPrefix: pulumi.output(prefix) })).toEqual({
      "e-model": { image: imageUri, modelDataSource: uncompressed(prefix) },
    });
  });

  test("is that of variants too, whose own data takes the place of the main one's, packed or not", async () => {
    const variants = {
      packed: { weight: 1, modelDataUrl: "s3://weights/small/model.tar.gz" },
      newer: { weight: 1, modelDataPrefix: "s3://weights/llama/4/" },
      tuned: { weight: 1, environment: { MODE: "slow" } },
    };
    expect(await containersOf({ image: imageUri, modelDataPrefix: prefix, realtime: { instanceType: "ml.g5.xlarge", variants } })).toEqual({
      "e-model": { image: imageUri, modelDataSource: uncompressed(prefix) },
      "e-packed-model": { image: imageUri, modelDataUrl: "s3://weights/small/model.tar.gz" },
      "e-newer-model": { image: imageUri, modelDataSource: uncompressed("s3://weights/llama/4/") },
      "e-tuned-model": { image: imageUri, modelDataSource: uncompressed(prefix), environment: { MODE: "slow" } },
    });
  });

  test("is refused without a slash at its end, beside an archive, and on serverless endpoints", () => {
    expect(faults({ image: imageUri, modelDataPrefix: "s3://weights/llama" })).toEqual([
      'modelDataPrefix: got "s3://weights/llama"; allowed is s3://<bucket>/<prefix>/, with a slash at its end',
    ]);
    expect(faults({ image: imageUri, modelDataPrefix: "s3://weights/" })).toHaveLength(1);
    expect(faults({ image: imageUri, modelDataPrefix: prefix, modelDataUrl: "s3://weights/model.tar.gz" })).toEqual([
      'modelDataPrefix: got "s3://weights/llama/3/" together with modelDataUrl "s3://weights/model.tar.gz"; model data is an archive or a prefix: remove one of the two',
    ]);
    const serverless = { memorySizeInMb: 2048, maxConcurrency: 2 };
    expect(faults({ image: imageUri, modelDataPrefix: prefix, realtime: undefined, serverless })).toEqual([
      'modelDataPrefix: got "s3://weights/llama/3/"; a serverless endpoint takes model data as s3://<bucket>/<key>.tar.gz only',
    ]);
    const shadow = { samplingPercentage: 5, modelDataPrefix: "weights/", modelDataUrl: "s3://weights/model.tar.gz" };
    expect(faults({ image: imageUri, realtime: { instanceType: "ml.g5.xlarge", shadow } })).toEqual([
      'realtime.shadow.modelDataPrefix: got "weights/"; allowed is s3://<bucket>/<prefix>/, with a slash at its end',
      'realtime.shadow.modelDataPrefix: got "weights/" together with modelDataUrl "s3://weights/model.tar.gz"; model data is an archive or a prefix: remove one of the two',
    ]);
  });
});

describe("a model package", () => {
  test.each([["llama/3"], [packageArn]])("named %s is what the model is made of, by its ARN", async (modelPackageName) => {
    expect(await containersOf({ modelPackageName, environment: { MODE: "fast" } })).toEqual({
      "e-model": { modelPackageName: packageArn, environment: { MODE: "fast" } },
    });
  });

  test("of another account, and one without versions, is used by its ARN", async () => {
    const modelPackageName = "arn:aws:sagemaker:eu-central-1:999999999999:model-package/Llama-1a2b";
    expect(await containersOf({ modelPackageName })).toEqual({ "e-model": { modelPackageName } });
  });

  test("is that of variants with another environment; an image of theirs comes with their own data", async () => {
    const variants = {
      tuned: { weight: 1, environment: { MODE: "slow" } },
      other: { weight: 1, image: other, modelDataPrefix: prefix },
      alone: { weight: 1, image: other },
    };
    expect(await containersOf({ modelPackageName: "llama/3", realtime: { instanceType: "ml.g5.xlarge", variants } })).toEqual({
      "e-model": { modelPackageName: packageArn },
      "e-tuned-model": { modelPackageName: packageArn, environment: { MODE: "slow" } },
      "e-other-model": { image: other, modelDataSource: uncompressed(prefix) },
      "e-alone-model": { image: other },
    });
  });

  test.each([["llama"], ["llama/0"], ["Llama/3"], ["llama/3/4"], ["arn:aws:sagemaker:eu-central-1:123456789012:model/llama"], ["a/b"]])(
    "named %s is refused",
    (modelPackageName) => {
      expect(faults({ modelPackageName })).toEqual([
        `modelPackageName: got "${modelPackageName}"; allowed is the ARN of a model package, or <group>/<version> of one in this account and region, in lower case, such as "iris/3"`,
      ]);
    },
  );

  test("has image and data, which cannot be given beside it, nor data for a variant without an image", () => {
    const variants = { b: { weight: 1, modelDataUrl: "s3://weights/model.tar.gz" } };
    const given = { modelPackageName: "llama/3", image: imageUri, modelDataPrefix: prefix };
    expect(faults({ ...given, realtime: { instanceType: "ml.g5.xlarge", variants } })).toEqual([
      expect.stringMatching(/^image: got .* together with modelPackageName; the package has image and model data: remove it$/),
      'modelDataPrefix: got "s3://weights/llama/3/" together with modelPackageName; the package has image and model data: remove it',
      'realtime.variants.b.modelDataUrl: got "s3://weights/model.tar.gz", and the main variant serves a model package, whose image goes with its own data: give the variant an image too',
    ]);
  });

  test("or an image has to be given", () => {
    expect(faults({})).toEqual(["image: is missing; give an image by digest, or a model package as modelPackageName"]);
  });
});
