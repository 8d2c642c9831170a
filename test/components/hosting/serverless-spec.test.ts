import { describe, expect, test } from "vitest";
import { checkArguments } from "../../../components/arguments";
import { Problems } from "../../../components/errors/problems";
import {
  checkServerlessContent,
  checkServerlessRules,
  type ServerlessArgs,
  serverlessChecks,
  serverlessExclusions,
} from "../../../components/hosting/serverless-spec";

const least = { memorySizeInMb: 1024, maxConcurrency: 1 };

function faults(given: unknown): string[] {
  const problems = new Problems();
  checkArguments(serverlessChecks, given, "serverless", problems, serverlessExclusions);
  checkServerlessRules(given as ServerlessArgs, "serverless", problems);
  return problems.faults.map(({ path, reason }) => `${path}: ${reason}`);
}

function contentFaults(content: Partial<Parameters<typeof checkServerlessContent>[0]>): string[] {
  const problems = new Problems();
  checkServerlessContent({ images: {}, modelData: {}, hasNetwork: false, ...content }, problems);
  return problems.faults.map(({ path, reason }) => `${path}: ${reason}`);
}

describe("a serverless endpoint", () => {
  test.each([1024, 2048, 3072, 4096, 5120, 6144])("has %i MB of memory", (memorySizeInMb) => {
    expect(faults({ ...least, memorySizeInMb })).toEqual([]);
  });

  test.each([0, 1, 1023, 1025, 1536, 6145, 7168, "2048"])("cannot have %j as its memory", (memorySizeInMb) => {
    expect(faults({ ...least, memorySizeInMb })).toEqual([
      `serverless.memorySizeInMb: got ${JSON.stringify(memorySizeInMb)}; allowed are 1024, 2048, 3072, 4096, 5120, 6144, in MB`,
    ]);
  });

  test.each([
    [{ maxConcurrency: 1 }, []],
    [{ maxConcurrency: 200 }, []],
    [{ maxConcurrency: 0 }, ["serverless.maxConcurrency: got 0; allowed is a whole number from 1 to 200"]],
    [{ maxConcurrency: 201 }, ["serverless.maxConcurrency: got 201; allowed is a whole number from 1 to 200"]],
    [{ maxConcurrency: 20, provisionedConcurrency: 20 }, []],
    [
      { maxConcurrency: 20, provisionedConcurrency: 0 },
      ["serverless.provisionedConcurrency: got 0; allowed is a whole number from 1 to 200"],
    ],
    [
      { maxConcurrency: 20, provisionedConcurrency: 21 },
      ["serverless.provisionedConcurrency: got 21; it must be at most maxConcurrency, 20"],
    ],
  ])("with %j has the faults %j", (change, expected) => {
    expect(faults({ ...least, ...change })).toEqual(expected);
  });

  test.each([
    [{ max: 2 }, []],
    [{ max: 20, utilization: 0.1 }, []],
    [{ max: 20, utilization: 0.9 }, []],
    [{ max: 20, utilization: 0.95 }, ["serverless.provisionedScaling.utilization: got 0.95; allowed is a number from 0.1 to 0.9"]],
    [{ max: 21 }, ["serverless.provisionedScaling.max: got 21; it must be at most maxConcurrency, 20"]],
    [{}, ["serverless.provisionedScaling.max: is missing; it is required"]],
  ])("scaled by %j has the faults %j", (provisionedScaling, expected) => {
    expect(faults({ memorySizeInMb: 1024, maxConcurrency: 20, provisionedConcurrency: 1, provisionedScaling })).toEqual(expected);
  });

  test("scales from its provisioned concurrency up, so it needs one that is less than the most", () => {
    expect(faults({ ...least, maxConcurrency: 5, provisionedScaling: { max: 4 } })).toEqual([
      "serverless.provisionedConcurrency: is missing; with provisionedScaling it is the least provisioned concurrency: give 1 to 4, or remove provisionedScaling",
    ]);
    expect(faults({ ...least, maxConcurrency: 5, provisionedConcurrency: 4, provisionedScaling: { max: 4 } })).toEqual([
      "serverless.provisionedScaling.max: got 4; it must be greater than provisionedConcurrency, 4",
    ]);
  });

  test("says of everything instances have why it does not have it", () => {
    const given = {
      ...least,
      instanceType: "ml.m5.large",
      instances: { min: 1 },
      volumeSizeInGb: 50,
      routing: "RANDOM",
      startupTimeout: "10m",
      downloadTimeout: "10m",
      networkIsolation: true,
      dataCapture: {},
      variants: [],
    };
    const found = faults(given);
    expect(found).toHaveLength(9);
    expect(found[0]).toBe(
      'serverless.instanceType: got "ml.m5.large"; a serverless endpoint has no instances of its own: remove it, or serve with realtime',
    );
    expect(found.every((fault) => fault.endsWith("remove it, or serve with realtime"))).toBe(true);
  });
});

describe("what a serverless endpoint serves", () => {
  test.each(["nvidia/cuda:12.4.1-runtime", "pytorch-inference:2.3-gpu-py311-cu121-ubuntu20.04", "team/models-gpu@sha256:1"])(
    "is not built for GPUs, as %s is",
    (baseImage) => {
      expect(contentFaults({ images: { baseImage } })).toEqual([
        `baseImage: got "${baseImage}", an image for GPUs; serverless endpoints have none: give an image for processors, or serve with realtime or async`,
      ]);
    },
  );

  test.each(["python:3.12-slim", "team/barracuda:1", "pytorch-inference:2.3-cpu-py311"])("may be built on %s", (baseImage) => {
    expect(contentFaults({ images: { baseImage } })).toEqual([]);
  });

  test("is model data in one archive", () => {
    expect(contentFaults({ modelData: { modelData: "s3://shop/model.tar.gz", modelDataUrl: undefined } })).toEqual([]);
    expect(contentFaults({ modelData: { modelData: "s3://shop/model/" } })).toEqual([
      'modelData: got "s3://shop/model/"; a serverless endpoint takes model data as s3://<bucket>/<key>.tar.gz only',
    ]);
  });

  test("is not in a network", () => {
    expect(contentFaults({ hasNetwork: true })).toEqual([expect.stringMatching(/^serverless: is given on a platform with a network/)]);
  });
});
