import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ModelService, type ModelServiceArgs } from "../../../components";
import { packageFolder } from "../../../components/component";
import { MockedEngine } from "../../support/mocks";
import { platform } from "../../support/platform";
import { promiseOf } from "../../support/promise-of";

const folder = join(packageFolder(), "docs", "examples");

interface Program {
  readonly name: string;
  readonly resources: { readonly iris: { readonly type: string; readonly properties: ModelServiceArgs } };
}

/** The example as a program at the project's root, where its paths point to. */
function program(example: string): Program {
  return parse(readFileSync(join(folder, example, "Pulumi.yaml"), "utf8").replaceAll("../../../", "")) as Program;
}

describe("an example", () => {
  beforeEach(() => MockedEngine.start());
  afterEach(() => MockedEngine.settled());

  test("is there for each kind of endpoint", () => {
    expect(readdirSync(folder).sort()).toEqual(["async-iris", "serverless-iris", "yaml-iris"]);
  });

  test.each([
    ["yaml-iris", "realtime"],
    ["serverless-iris", "serverless"],
    ["async-iris", "async"],
  ])("%s declares Iris on a %s endpoint", async (example, kind) => {
    const { name, resources } = program(example);
    expect([name, resources.iris.type]).toEqual([example, "slipway:ModelService"]);
    expect(await promiseOf(new ModelService("iris", { ...resources.iris.properties, platform }).outputs)).toMatchObject({
      endpointName: "shop-iris",
      kind,
    });
  });
});
