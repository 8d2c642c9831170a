import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ModelService, type ModelServiceArgs } from "../../components";
import { buildPath } from "../../components/component";
import { MockedEngine } from "../support/mocks";
import { imageUri, platform } from "../support/platform";
import { faultsOf, promiseOf } from "../support/promise-of";

const name = `source-${process.pid}`;
const realtime = { instanceType: "ml.m5.large" };
let engine: MockedEngine;
let folder: string;
beforeEach(async () => {
  engine = await MockedEngine.start();
  mkdirSync(buildPath(""), { recursive: true });
  folder = relative(process.cwd(), mkdtempSync(buildPath("model-")));
  mkdirSync(join(folder, "data"));
  for (const file of ["Dockerfile", "app.py", "data/train.csv"]) writeFileSync(join(folder, file), file);
});
afterEach(async () => {
  await MockedEngine.settled();
  rmSync(folder, { recursive: true });
  rmSync(buildPath(`${name}-image`), { recursive: true, force: true });
  rmSync(`${buildPath(`${name}-image`)}.hash`, { force: true });
});

const declare =
  (args: object): (() => ModelService) =>
  () =>
    new ModelService(name, { platform, realtime, ...args } as ModelServiceArgs);
const faults = (args: object) => faultsOf(declare(args)).slice(1);

describe("a model with a Dockerfile of its own", () => {
  test("is served from the image of it, pulled from the platform's repository", async () => {
    await promiseOf(declare({ build: { context: folder } })().outputs);
    await MockedEngine.settled();
    const { build } = engine.one("docker:index/image:Image", `${name}-image`).inputs;
    expect(build).toMatchObject({ dockerfile: `.slipway/build/${name}-image/Dockerfile`, platform: "linux/amd64" });
    const { primaryContainer } = engine.one("aws:sagemaker/model:Model").inputs;
    expect(primaryContainer).toMatchObject({ image: `${platform.repositoryUrl}@sha256:${"5".repeat(64)}` });
    expect(String(engine.one("aws:iam/rolePolicy:RolePolicy").inputs.policy)).toContain(`"${platform.repositoryArn}"`);
  });

  test("keeps the data it trains on out of the image", async () => {
    const imageName = async () => {
      engine = await MockedEngine.start();
      const training = { instanceType: "ml.m5.large", channels: { train: `${folder}/data` } };
      const { image } = declare({ build: { context: `./${folder}/` }, training })().nodes;
      const named = image === undefined ? "" : await promiseOf(image.nodes.image.imageName);
      await MockedEngine.settled();
      return named;
    };
    const before = await imageName();
    writeFileSync(join(folder, "data", "train.csv"), "other");
    expect(await imageName()).toBe(before);
    writeFileSync(join(folder, "app.py"), "other");
    expect(await imageName()).not.toBe(before);
  });

  test("that trains says how to do so without Docker, when it says how to serve", () => {
    const training = { instanceType: "ml.m5.large", channels: { train: `${folder}/data` } };
    expect(faults({ build: { context: folder, process: { serve: ["python", "app.py"] } }, training })).toEqual([
      'build.process.train: is missing; with training it says what trains, such as ["python", "train.py"]',
    ]);
  });

  test("says in its Dockerfile what a kit model says in its declaration", () => {
    expect(faults({ build: { context: folder }, baseImage: "a", aptPackages: ["git"] })).toEqual([
      'baseImage: got "a" together with build, whose Dockerfile says it; remove it',
      'aptPackages: got ["git"] together with build, whose Dockerfile says it; remove it',
    ]);
  });

  test("has no other source", () => {
    expect(faults({ build: { context: folder }, image: imageUri, code: "models/iris" })).toEqual([
      expect.stringMatching(/^build: got .* together with code "models\/iris"; give one of code, build, image, framework/),
      expect.stringMatching(/^image: got .* together with code "models\/iris"; give one of code, build, image, framework/),
    ]);
  });
});

describe("a model on Graviton instances", () => {
  const images = async (args: object) => {
    await promiseOf(declare({ build: { context: folder }, ...args })().outputs);
    await MockedEngine.settled();
    const built = engine.registered.filter(({ type }) => type === "docker:index/image:Image");
    return Object.fromEntries(built.map(({ name: image, inputs }) => [image, (inputs.build as { platform: string }).platform]));
  };
  const training = { instanceType: "ml.m5.large", channels: { train: "models/iris/data" } };

  test("has an image for their processors", async () => {
    expect(await images({ realtime: { instanceType: "ml.m7g.large" } })).toEqual({ [`${name}-image`]: "linux/arm64" });
  });

  test("that is trained on others has an image for each, and each is used where it runs", async () => {
    expect(await images({ realtime: { instanceType: "ml.m7g.large" }, training })).toEqual({
      [`${name}-image`]: "linux/arm64",
      [`${name}-training-image`]: "linux/amd64",
    });
    const { dependencies } = engine.one("aws:sagemaker/trainingJob:TrainingJob");
    expect(dependencies).toContain(`docker:index/image:Image ${name}-training-image`);
    expect(engine.one("aws:sagemaker/model:Model").dependencies).toContain(`docker:index/image:Image ${name}-image`);
    rmSync(buildPath(`${name}-training-image`), { recursive: true, force: true });
    rmSync(`${buildPath(`${name}-training-image`)}.hash`, { force: true });
  });

  test("has one image when all of its instances have the same processors", async () => {
    expect(await images({ training, architecture: "linux/amd64" })).toEqual({ [`${name}-image`]: "linux/amd64" });
  });

  test("is refused with an architecture that an instance type does not run", () => {
    const graviton = { instanceType: "ml.m7g.large" };
    expect(faults({ build: { context: folder }, architecture: "linux/arm64", training, realtime: graviton })).toEqual([
      'architecture: got "linux/arm64"; training.instanceType "ml.m5.large" runs linux/amd64: choose another instance type, or remove architecture, and each image is built for its instances',
    ]);
    expect(faults({ build: { context: folder }, architecture: "linux/amd64", realtime: undefined, async: graviton })).toEqual([
      'architecture: got "linux/amd64"; async.instanceType "ml.m7g.large" runs linux/arm64: choose another instance type, or remove architecture, and each image is built for its instances',
    ]);
    expect(faults({ build: { context: folder }, architecture: "arm64" })).toEqual([
      'architecture: got "arm64"; allowed are linux/amd64, linux/arm64',
    ]);
  });

  test("is refused with a variant or shadow on other processors, unless that has an image of its own", () => {
    const variants = (other: object) => ({
      build: { context: folder },
      realtime: { ...realtime, variants: { b: { weight: 1, instanceType: "ml.m7g.large", ...other } } },
    });
    expect(faults(variants({}))).toEqual([
      'realtime.variants.b.instanceType: got "ml.m7g.large", which runs linux/arm64; the image is made for linux/amd64, the processors of ml.m5.large: choose a type with these, or give the variant an image of its own',
    ]);
    expect(declare(variants({ image: imageUri }))).not.toThrow();
    expect(
      faults({ build: { context: folder }, realtime: { ...realtime, shadow: { samplingPercentage: 10, instanceType: "ml.m7g.large" } } }),
    ).toEqual([expect.stringMatching(/^realtime\.shadow\.instanceType: got "ml\.m7g\.large", which runs linux\/arm64/)]);
  });
});
