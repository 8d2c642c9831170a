import { describe, expect, test } from "vitest";
import { type CountQuestion, initialCount } from "../../../components/hosting/instance-count";

const variant = { variantName: "main", modelName: "iris-1", instanceType: "ml.m5.large", initialInstanceCount: 3 };
const recorded = { outputs: { productionVariants: [variant] } };

function count(change: Partial<CountQuestion>): Promise<number> {
  return initialCount({
    minInstances: 2,
    maxInstances: 6,
    modelName: "iris-1",
    instanceType: "ml.m5.large",
    recorded,
    live: () => Promise.resolve(undefined),
    ...change,
  });
}

describe("the number of instances a scaled configuration begins with", () => {
  test("is the least when there is no endpoint yet", async () => {
    expect(await count({ recorded: undefined, live: () => Promise.reject(new Error("not to be asked")) })).toBe(2);
  });

  test("stays what it is as long as nothing else makes the configuration anew", async () => {
    expect(await count({ live: () => Promise.reject(new Error("not to be asked")) })).toBe(3);
    expect(await count({ minInstances: 4, live: () => Promise.resolve(5) })).toBe(3);
  });

  test.each([
    [5, 5],
    [1, 2],
    [9, 6],
    [undefined, 2],
  ])("for a new model on an endpoint of %s instances is %d", async (live, expected) => {
    expect(await count({ modelName: "iris-2", live: () => Promise.resolve(live) })).toBe(expected);
  });

  test("for another instance type is what the endpoint has", async () => {
    expect(await count({ instanceType: "ml.m5.xlarge", live: () => Promise.resolve(4) })).toBe(4);
  });
});
