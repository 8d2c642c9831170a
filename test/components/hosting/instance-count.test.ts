import { describe, expect, test } from "vitest";
import { type CountQuestion, initialCounts, isSameConfiguration } from "../../../components/hosting/instance-count";

const main = { variantName: "main", modelName: "iris-1", instanceType: "ml.m5.large", initialVariantWeight: 1 };
const wanted = { productionVariants: [main] };
const recorded = { outputs: { productionVariants: [{ ...main, initialInstanceCount: 3 }] } };
const another = { productionVariants: [{ ...main, modelName: "iris-2" }] };
const notAsked = () => Promise.reject(new Error("not to be asked"));

async function count(change: Partial<CountQuestion>): Promise<number | undefined> {
  const scaled = [{ variant: "main", start: 2, min: 2, max: 6 }];
  const live = () => Promise.resolve({});
  return (await initialCounts({ scaled, wanted, recorded, live, ...change })).main;
}

describe("the number of instances a scaled configuration begins with", () => {
  test("is the least when there is no endpoint yet", async () => {
    expect(await count({ recorded: undefined, live: notAsked })).toBe(2);
  });

  test("stays what it is as long as nothing else makes the configuration anew", async () => {
    expect(await count({ live: notAsked })).toBe(3);
    expect(await count({ scaled: [{ variant: "main", start: 4, min: 4, max: 6 }], live: notAsked })).toBe(3);
  });

  test.each([
    [5, 5],
    [1, 2],
    [9, 6],
    [undefined, 2],
  ])("for a new model on an endpoint of %s instances is %d", async (live, expected) => {
    expect(await count({ wanted: another, live: () => Promise.resolve({ main: live }) })).toBe(expected);
  });

  test.each<[string, object]>([
    ["another instance type", { productionVariants: [{ ...main, instanceType: "ml.m5.xlarge" }] }],
    ["another volume", { productionVariants: [{ ...main, volumeSizeInGb: 50 }] }],
    ["another timeout", { productionVariants: [{ ...main, containerStartupHealthCheckTimeoutInSeconds: 600 }] }],
    ["another routing", { productionVariants: [{ ...main, routingConfigs: [{ routingStrategy: "RANDOM" }] }] }],
    ["another weight", { productionVariants: [{ ...main, initialVariantWeight: 0 }] }],
    ["another variant", { productionVariants: [main, { ...main, variantName: "candidate" }] }],
    ["a shadow", { ...wanted, shadowProductionVariants: [main] }],
    ["data capture", { ...wanted, dataCaptureConfig: { enableCapture: true } }],
    ["another key", { ...wanted, kmsKeyArn: "arn:aws:kms:eu-central-1:123456789012:key/1" }],
  ])("for %s is what the endpoint has", async (_change, changed) => {
    expect(await count({ wanted: changed, live: () => Promise.resolve({ main: 4 }) })).toBe(4);
  });

  test("is each variant's own, with a schedule within all that it allows, and the least for a variant that is new", async () => {
    const scaled = [
      { variant: "main", start: 2, min: 1, max: 20 },
      { variant: "candidate", start: 1, min: 1, max: 3 },
    ];
    let asked = 0;
    const live = () => {
      asked += 1;
      return Promise.resolve({ main: 12, candidate: 3 });
    };
    expect(await initialCounts({ scaled, wanted: another, recorded, live })).toEqual({ main: 12, candidate: 1 });
    expect(asked).toBe(1);
  });
});

describe("a configuration is the same", () => {
  test.each<[string, object, object]>([
    ["whatever AWS chose where nothing was given", main, { ...main, volumeSizeInGb: 30, routingConfigs: [{ routingStrategy: "RANDOM" }] }],
    [
      "with what the provider records for nothing",
      main,
      { ...main, acceleratorType: "", enableSsmAccess: false, serverlessConfig: null, coreDumpConfig: [] },
    ],
    ["with a member that is left out", { ...main, volumeSizeInGb: undefined }, main],
  ])("%s", (_title, one, other) => {
    expect(isSameConfiguration({ productionVariants: [one] }, { productionVariants: [other], arn: "arn", tags: { a: "b" } })).toBe(true);
  });

  test("with media types in any order, and another one with others", () => {
    const capture = (...types: string[]) => ({ dataCaptureConfig: { captureContentTypeHeader: { jsonContentTypes: types } } });
    expect(isSameConfiguration(capture("a/b", "c/d"), capture("c/d", "a/b"))).toBe(true);
    expect(isSameConfiguration(capture("a/b", "c/d"), capture("c/d"))).toBe(false);
    expect(isSameConfiguration(capture("a/b"), {})).toBe(false);
    expect(isSameConfiguration({}, capture("a/b"))).toBe(false);
  });

  test("but not when a timeout was taken away", () => {
    const recordedWith = { productionVariants: [{ ...main, modelDataDownloadTimeoutInSeconds: 600 }] };
    expect(isSameConfiguration(wanted, recordedWith)).toBe(false);
  });
});
