import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SlipwayProvider } from "../../../components/provider/component-provider";
import { MockedEngine } from "../../support/mocks";
import { imageUri, platform } from "../../support/platform";
import { promiseOf } from "../../support/promise-of";

describe("the provider for other languages", () => {
  beforeEach(async () => {
    await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  test("makes the component a type token names and gives the outputs its schema names", async () => {
    const inputs = { platform, image: imageUri, realtime: { instanceType: "ml.m5.large" } };
    const { urn, state } = await new SlipwayProvider().construct("summarise", "slipway:index:ModelService", inputs, {});
    expect(await promiseOf(pulumi.output(urn))).toBe("urn:pulumi:test::slipway::slipway:index:ModelService::summarise");
    expect(Object.keys(state).sort()).toEqual(["apiUrl", "endpointArn", "endpointName", "outputs"]);
    expect(await promiseOf(pulumi.output(state.endpointName))).toBe("shop-summarise");
  });

  test("takes a platform that is one output, as other languages hand it over", async () => {
    const inputs = { platform: pulumi.output(platform), image: imageUri, realtime: { instanceType: "ml.m5.large" } };
    const { state } = await new SlipwayProvider().construct("summarise", "slipway:index:ModelService", inputs, {});
    expect(await promiseOf(pulumi.output(state.endpointName))).toBe("shop-summarise");
  });

  test("has the version and schema of the package", () => {
    const { version, schema } = new SlipwayProvider();
    expect(JSON.parse(schema)).toMatchObject({ name: "slipway", version });
  });

  test("names what there is when a type is unknown", async () => {
    await expect(new SlipwayProvider().construct("x", "slipway:index:Modelservice", {}, {})).rejects.toThrow(
      "there is no component slipway:index:Modelservice; there are slipway:index:InferenceApi,",
    );
  });
});
