import { describe, expect, test } from "vitest";
import { Endpoint, type EndpointArgs, ModelService, Platform } from "../../../components";
import type { AwsClients } from "../../../components/aws/clients";
import {
  bringsBack,
  bringsBackMessage,
  deleteVersions,
  droppedVersions,
  isRolledBack,
  type Past,
  rolledBackMessage,
  versionsAfter,
} from "../../../components/hosting/versions";
import { MockedEngine } from "../../support/mocks";
import { imageUri, platform } from "../../support/platform";
import { promiseOf } from "../../support/promise-of";
import { configurationType, modelType } from "./support";

const fresh: Past = { served: [], stated: undefined, made: undefined, live: undefined };
const second: Past = { served: ["c2", "c1"], stated: "c2", made: "c2", live: "c2" };
const takenBack: Past = { ...second, live: "c1" };

/** SageMaker with these configurations, by the models each serves. */
class Account {
  readonly deleted: string[] = [];
  constructor(
    private readonly configs: Readonly<Record<string, readonly string[]>>,
    private readonly refused: readonly string[] = [],
  ) {}

  get clients(): AwsClients {
    const send = (command: { readonly constructor: { readonly name: string }; readonly input: Record<string, string> }) => {
      const { EndpointConfigName = "", ModelName } = command.input;
      if (command.constructor.name === "DescribeEndpointConfigCommand") {
        const models = this.configs[EndpointConfigName];
        const gone = Object.assign(new Error("Could not find endpoint configuration"), { name: "ValidationException" });
        return models === undefined
          ? Promise.reject(gone)
          : Promise.resolve({ ProductionVariants: models.map((name) => ({ ModelName: name })) });
      }
      const name = ModelName ?? EndpointConfigName;
      if (this.refused.includes(name)) {
        return Promise.reject(Object.assign(new Error(`not authorized to delete ${name}`), { name: "AccessDeniedException" }));
      }
      this.deleted.push(name);
      return Promise.resolve({});
    };
    return { sagemaker: { send } } as unknown as AwsClients;
  }
}

describe("the versions of a model", () => {
  test("are what has served, the latest first", () => {
    expect(versionsAfter("c1", fresh)).toEqual(["c1"]);
    expect(versionsAfter("c3", second)).toEqual(["c3", "c2", "c1"]);
    expect(versionsAfter("c2", second)).toEqual(["c2", "c1"]);
  });

  test("have what an endpoint was taken back to as the latest before a new one", () => {
    expect([isRolledBack(second), isRolledBack(takenBack), isRolledBack(fresh)]).toEqual([false, true, false]);
    expect(versionsAfter("c3", takenBack)).toEqual(["c3", "c1", "c2"]);
  });

  test("do not count what somebody serves by hand as taken back", () => {
    expect(isRolledBack({ ...second, live: "by-hand" })).toBe(false);
  });

  test("go beyond what is kept, and so does a configuration that never served", () => {
    const past = { ...second, made: "never" };
    expect(droppedVersions(["c3", "c2"], ["c3", "c2", "c1"], past, 1)).toEqual(["c1", "never"]);
    expect(droppedVersions(["c3", "c2", "c1"], ["c3", "c2", "c1"], second, 2)).toEqual([]);
    expect(droppedVersions(["c3"], ["c3", "c2", "c1"], past, 0)).toEqual(["c2", "c1"]);
  });

  test("are deleted with their models, but for models that a kept one serves", async () => {
    const account = new Account({ c1: ["m1", "shared"], c2: ["m2", "shared"], c3: ["m3"] });
    await deleteVersions(["c1", "gone"], ["c3", "c2"], account.clients, () => expect.unreachable());
    expect(account.deleted).toEqual(["c1", "m1"]);
  });

  test("that cannot be deleted are told, and the deployment is done all the same", async () => {
    const told: string[] = [];
    await deleteVersions(["c1", "c2"], [], new Account({ c1: ["m1"], c2: ["m2"] }, ["c1"]).clients, (line) => told.push(line));
    expect(told).toEqual(["version c1 is not kept any longer, and could not be deleted: not authorized to delete c1"]);
  });
});

describe("an update after a rollback", () => {
  test("would bring back what was left when it serves the same models in another configuration", async () => {
    const account = new Account({ c1: ["m1"], c2: ["m2"], same: ["m2"], other: ["m3"] });
    expect(await bringsBack("same", takenBack, account.clients)).toBe(true);
    expect(await bringsBack("other", takenBack, account.clients)).toBe(false);
    expect(await bringsBack("c2", takenBack, account.clients)).toBe(false);
    expect(await bringsBack("same", second, account.clients)).toBe(false);
    expect(await bringsBack("same", takenBack, new Account({ c1: ["m1"], same: ["m2"] }).clients)).toBe(false);
  });

  test("says what was found, and which command serves the declared version again", () => {
    expect(rolledBackMessage("iris", "shop-iris", takenBack)).toBe(
      "endpoint shop-iris was taken back from c2 to c1 since the last deployment, and is left so: what is declared is what it was taken back from. " +
        "A changed declaration is deployed as a new version; slipway rollback iris --to c2 serves the declared one again",
    );
    expect(bringsBackMessage("iris", "shop-iris", takenBack).split("\n")).toEqual([
      "SLIP-4107 endpoint shop-iris was taken back from c2 to c1, and this update would serve the same model again in other settings",
      "  fix  Change the model (its code, data or image) as well; or, when it is to serve again, run slipway rollback iris --to c2 first.",
    ]);
  });
});

describe("what stays on AWS when Pulumi replaces it", () => {
  const args: EndpointArgs = {
    platform,
    model: "iris",
    image: imageUri,
    executionRoleArn: "arn:aws:iam::123456789012:role/iris",
    realtime: { instanceType: "ml.m5.large" },
  };

  async function kept(declare: () => Endpoint | ModelService): Promise<string[]> {
    const engine = await MockedEngine.start();
    await promiseOf(declare().endpointName);
    await MockedEngine.settled();
    return engine.registered.filter(({ options }) => options.retainOnDelete).map(({ type }) => type);
  }

  test("is model and configuration with retain, and nothing without", async () => {
    expect((await kept(() => new Endpoint("iris-endpoint", { ...args, retain: 2 }))).sort()).toEqual([configurationType, modelType].sort());
    expect(await kept(() => new Endpoint("iris-endpoint", args))).toEqual([]);
    expect(await kept(() => new Endpoint("iris-endpoint", { ...args, retain: 0 }))).toEqual([]);
  });

  test("is the model data of a service too, and all of it by default on a production platform", async () => {
    const service = (on: Platform): ModelService =>
      new ModelService("iris", { platform: on, image: imageUri, modelData: "models/iris/data", realtime: { instanceType: "ml.m5.large" } });
    const production = await kept(() => service(new Platform("shop", { environment: "production" })));
    expect(production.sort()).toEqual(["aws:s3/bucketObjectv2:BucketObjectv2", configurationType, modelType].sort());
    expect(await kept(() => service(new Platform("shop", {})))).toEqual([]);
  });

  test("is a number from 0 to 20", () => {
    expect(() => new Endpoint("iris-endpoint", { ...args, retain: 21 })).toThrow("retain: got 21; allowed is a whole number from 0 to 20");
  });
});
