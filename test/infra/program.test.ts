import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { ModelDescription } from "../../components";
import { packageFolder } from "../../components/component";
import { readConfig } from "../../infra/config";
import { createModels } from "../../infra/models";
import { createPlatform } from "../../infra/platform";
import { FakeAws } from "../support/fake-aws";
import { MockedEngine } from "../support/mocks";
import { faultsOf, promiseOf, refusalOf } from "../support/promise-of";

const root = packageFolder();

/** Settings as the engine hands them over: lists and maps as JSON. */
function configure(settings: Readonly<Record<string, unknown>>): void {
  pulumi.runtime.setAllConfig(
    Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)])),
  );
}

function settingsOf(stack: string): Readonly<Record<string, unknown>> {
  const { config } = parse(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8")) as {
    readonly config: Readonly<Record<string, unknown>>;
  };
  return config;
}

describe("the program", () => {
  let engine: MockedEngine;
  let aws: FakeAws;
  beforeAll(async () => {
    aws = await FakeAws.start();
  });
  afterAll(() => aws.stop());
  beforeEach(async () => {
    engine = await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  async function describeModels(): Promise<Record<string, ModelDescription>> {
    const config = readConfig();
    const models = createModels(createPlatform(config), config);
    const described = await Promise.all(Object.entries(models).map(async ([name, model]) => [name, await promiseOf(model)] as const));
    await MockedEngine.settled();
    return Object.fromEntries(described);
  }

  test("on the local stack is a platform without network or Studio, and Iris alone, so that it is up soon", async () => {
    configure(settingsOf("local"));
    const models = await describeModels();
    expect(Object.keys(models)).toEqual(["iris"]);
    expect(models).toMatchObject({ iris: { endpointName: "slipway-test-iris", kind: "realtime" } });
    expect(engine.names().filter((name) => /ec2|sagemaker\/(domain|userProfile)/.test(name))).toEqual([]);
  });

  test("on the dev stack is every model that can be in private subnets, with Studio for its users", async () => {
    configure(settingsOf("dev"));
    expect(await describeModels()).toMatchObject({ iris: { endpointName: "slipway-test-iris", kind: "realtime" } });
    expect(engine.one("aws:sagemaker/model:Model", "iris-endpoint-model").inputs.vpcConfig).toEqual({
      subnets: ["subnet-0a", "subnet-0b"],
      securityGroupIds: ["platform-network-workloads-id"],
    });
    expect(engine.one("aws:sagemaker/domain:Domain").inputs.domainName).toBe("slipway-test-studio");
  });

  test("with no settings brings up every model of the project", async () => {
    configure({});
    expect(Object.keys(await describeModels())).toEqual(["iris", "reviews", "summarise", "translation", "whisper"]);
  });

  test("refuses every faulty setting at once", () => {
    configure({ "slipway:netwrok": {}, "slipway:studio": { users: ["a b"] }, "slipway:forceDestroy": "yes", "other:thing": "x" });
    expect(faultsOf(readConfig)).toEqual([
      'SLIP-1001 Stack configuration "Pulumi.test.yaml" has 3 faults; nothing of it was created',
      'slipway:forceDestroy: got "yes"; write it as YAML under config, not as quoted text',
      expect.stringMatching(/^netwrok: is not an argument; did you mean network\?/),
      'studio.users[0]: got "a b"; allowed is letters, digits and hyphens, beginning and ending with a letter or digit',
    ]);
  });

  test("refuses a model the project does not have, with the closest it has", () => {
    configure({ "slipway:models": ["irs"] });
    const config = readConfig();
    expect(refusalOf(() => createModels(createPlatform(config), config))).toContain(
      'models[0]: got "irs"; did you mean iris? models of this project are iris, reviews, summarise, translation, whisper',
    );
  });
});

describe("the project", () => {
  test("names its program, which the engine would else take from the package's exports, where the library is", () => {
    const { main } = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as { readonly main: string };
    expect(readFileSync(join(root, main), "utf8")).toContain('export * from "./infra";');
  });
});
