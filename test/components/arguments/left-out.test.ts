import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { ModelService, type ModelServiceArgs, Platform, type PlatformArgs } from "../../../components";
import { withoutNulls } from "../../../components/arguments";
import { MockedEngine } from "../../support/mocks";
import { imageUri, platform } from "../../support/platform";

test("a null is an argument left out, at any depth but in a list; outputs and false and 0 are none", () => {
  const output = pulumi.output(null);
  const given = { a: null, b: { c: null, d: 0 }, e: [null, { f: null, g: false }], output };
  expect(withoutNulls(given)).toEqual({ b: { d: 0 }, e: [null, { g: false }], output });
  expect(withoutNulls(given).output).toBe(output);
  expect([withoutNulls(null), withoutNulls("x")]).toEqual([null, "x"]);
});

test("a platform and a model are planned with nulls as without them", async () => {
  const realtime = { instanceType: "ml.m5.large" };
  const planned = async (declare: () => void) => {
    const engine = await MockedEngine.start();
    declare();
    await MockedEngine.settled();
    return engine.registered
      .map(({ type, name, inputs }) => ({ type, name, inputs }))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  };
  const nothing = { network: null, studio: null, accessLogs: null, scan: null, encryption: null, tags: null };
  expect(await planned(() => new Platform("shop", nothing as unknown as PlatformArgs))).toEqual(
    await planned(() => new Platform("shop", {})),
  );
  const left = {
    training: null,
    api: null,
    environment: null,
    realtime: { ...realtime, dataCapture: null, instances: null, variants: null },
  };
  expect(await planned(() => new ModelService("iris", { platform, image: imageUri, ...left } as unknown as ModelServiceArgs))).toEqual(
    await planned(() => new ModelService("iris", { platform, image: imageUri, realtime })),
  );
});
