import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  DataScientistRole,
  DeployerRole,
  Endpoint,
  ExecutionRole,
  InvokeGrant,
  type ModelDescription,
  ModelService,
} from "../../../components";
import { roleNameOf } from "../../../components/iam/invoke-grant";
import { FakeAws } from "../../support/fake-aws";
import { MockedEngine } from "../../support/mocks";
import { imageUri, platform } from "../../support/platform";
import { promiseOf, refusalOf } from "../../support/promise-of";

const permissionsBoundaryArn = "arn:aws:iam::123456789012:policy/boundary";
const github = { repository: "shop/models", environments: ["production"] };
const policyType = "aws:iam/rolePolicy:RolePolicy";
const roleType = "aws:iam/role:Role";

let engine: MockedEngine;
beforeEach(async () => {
  engine = await MockedEngine.start();
});
afterEach(() => MockedEngine.settled());

/** The statement of a policy that was registered. */
function statement(name: string, sid: string): unknown {
  const { Statement } = JSON.parse(String(engine.one(policyType, name).inputs.policy)) as { Statement: { Sid: string }[] };
  return Statement.find(({ Sid }) => Sid === sid);
}

describe("a data scientist's role", () => {
  test("is assumed by Studio, has the platform's boundary, and passes a training role made for it", async () => {
    const scientist = new DataScientistRole("ada", { platform: { ...platform, permissionsBoundaryArn }, instanceTypes: ["ml.m5.*"] });
    expect(await promiseOf(scientist.arn)).toBe("arn:aws:iam::123456789012:role/ada-1a2b3c4");
    expect(await promiseOf(scientist.trainingRoleArn)).toBe("arn:aws:iam::123456789012:role/ada-training-1a2b3c4");
    const { inputs } = engine.one(roleType, "ada");
    expect(inputs.permissionsBoundary).toBe(permissionsBoundaryArn);
    expect(String(inputs.assumeRolePolicy)).toContain('"aws:SourceArn":"arn:aws:sagemaker:eu-central-1:123456789012:*"');
    expect(statement("ada-policy", "PassTrainingRole")).toMatchObject({
      Resource: ["arn:aws:iam::123456789012:role/ada-training-1a2b3c4"],
      Condition: { StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" } },
    });
    expect(statement("ada-policy", "Train")).toMatchObject({
      Condition: {
        "ForAllValues:StringLike": { "sagemaker:InstanceTypes": ["ml.m5.*"] },
        NumericLessThanEquals: { "sagemaker:MaxRuntimeInSeconds": "28800" },
      },
    });
  });

  test("may be one that is there already, as may the training role; no role is made then", async () => {
    const trainingRoleArn = "arn:aws:iam::123456789012:role/sandbox";
    const scientist = new DataScientistRole("ada", {
      platform,
      instanceTypes: ["ml.m5.large"],
      trainingRoleArn,
      existingRoleName: "grace",
      maxRuntime: "1h",
    });
    expect(await promiseOf(scientist.arn)).toBe("arn:aws:iam::123456789012:role/grace");
    await MockedEngine.settled();
    expect(engine.names()).toEqual([`${policyType} ada-policy`, "slipway:index:DataScientistRole ada"]);
    expect(engine.one(policyType, "ada-policy").inputs.role).toBe("grace");
    expect(statement("ada-policy", "PassTrainingRole")).toMatchObject({ Resource: [trainingRoleArn] });
  });

  test("is refused without limits, or with ones that are none", () => {
    expect(refusalOf(() => new DataScientistRole("ada", { platform, instanceTypes: ["*"], maxRuntime: "29d" }))).toContain(
      "instanceTypes[0]",
    );
  });
});

describe("a deployer's role", () => {
  test("is assumed by jobs of one repository's environments, with a token for AWS", async () => {
    const deployer = new DeployerRole("ci", { platform, models: ["iris"], permissionsBoundaryArn, github });
    expect(await promiseOf(deployer.arn)).toBe("arn:aws:iam::123456789012:role/ci-1a2b3c4");
    const { inputs } = engine.one(roleType, "ci");
    expect(inputs.permissionsBoundary).toBe(permissionsBoundaryArn);
    expect(JSON.parse(String(inputs.assumeRolePolicy))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
              "token.actions.githubusercontent.com:sub": ["repo:shop/models:environment:production"],
            },
          },
        },
      ],
    });
    expect(statement("ci-models", "MakeRoles")).toMatchObject({
      Resource: ["arn:aws:iam::123456789012:role/iris-*"],
      Condition: { StringEquals: { "iam:PermissionsBoundary": permissionsBoundaryArn } },
    });
  });

  test("gives its permissions to a role that is there already", async () => {
    const deployer = new DeployerRole("ci", { platform, models: ["iris"], permissionsBoundaryArn, existingRoleName: "jenkins" });
    expect(await promiseOf(deployer.roleName)).toBe("jenkins");
    await MockedEngine.settled();
    expect(engine.names()).toEqual([`${policyType} ci-models`, `${policyType} ci-surroundings`, "slipway:index:DeployerRole ci"]);
  });

  test.each([
    ["nobody who assumes it", {}, "github"],
    ["two who assume it", { github, existingRoleName: "jenkins" }, "github"],
    ["every repository of an owner", { github: { ...github, repository: "shop/*" } }, "github.repository"],
    ["every environment", { github: { ...github, environments: ["*"] } }, "github.environments[0]"],
    ["no environment", { github: { ...github, environments: [] } }, "github.environments"],
  ])("is refused with %s", (_, args, path) => {
    expect(refusalOf(() => new DeployerRole("ci", { platform, models: ["iris"], permissionsBoundaryArn, ...args }))).toContain(path);
  });
});

describe("a grant to invoke", () => {
  const description = {
    endpointName: "shop-iris",
    endpointArn: "",
    kind: "async",
    region: "eu-central-1",
    contentTypes: [],
  } satisfies ModelDescription;

  test("names the endpoint, and the places of an asynchronous one", async () => {
    const queue = { inputLocation: "s3://shop/in", outputLocation: "s3://shop/out", failureLocation: "s3://shop/failed" };
    await promiseOf(new InvokeGrant("web", { platform, model: { ...description, ...queue }, roleName: "web" }).urn);
    await MockedEngine.settled();
    expect(statement("web", "Invoke")).toMatchObject({
      Action: ["sagemaker:InvokeEndpointAsync"],
      Resource: [
        "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/shop-iris",
        "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/shop-iris--*",
      ],
    });
    expect(statement("web", "PutInputs")).toMatchObject({ Resource: ["arn:aws:s3:::shop/in/*"] });
  });

  test("takes a role by name, or a role itself", async () => {
    const role = new ExecutionRole("worker", { platform, kind: "training", logGroup: "/aws/sagemaker/TrainingJobs" });
    expect(await promiseOf(roleNameOf(role))).toBe("worker-1a2b3c4");
    expect(await promiseOf(roleNameOf(role.nodes.role))).toBe("worker-1a2b3c4");
    expect(await promiseOf(roleNameOf("web"))).toBe("web");
  });

  test("is what a model gives to a role that is to call it", async () => {
    const aws = await FakeAws.start();
    const iris = new ModelService("iris", { platform, image: imageUri, realtime: { instanceType: "ml.m5.large" } });
    await promiseOf(iris.grantInvoke("web-calls-iris", "web").urn);
    await MockedEngine.settled();
    await aws.stop();
    expect(engine.one(policyType, "web-calls-iris").inputs.role).toBe("web");
    expect(engine.one("slipway:index:InvokeGrant").parent).toBe("slipway:index:ModelService iris");
    expect(statement("web-calls-iris", "Invoke")).toMatchObject({
      Action: ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
    });
  });

  test("is what an endpoint without a ModelService gives too, with the objects of an asynchronous one", async () => {
    const given = { platform, model: "iris", image: imageUri, executionRoleArn: "arn:aws:iam::123456789012:role/iris" };
    const endpoint = new Endpoint("iris-endpoint", { ...given, async: { instanceType: "ml.m5.large" } });
    await promiseOf(endpoint.grantInvoke("web-calls-iris", { name: pulumi.output("web") }).urn);
    await MockedEngine.settled();
    expect(engine.one(policyType, "web-calls-iris").inputs.role).toBe("web");
    expect(engine.one("slipway:index:InvokeGrant").parent).toBe("slipway:index:Endpoint iris-endpoint");
    expect(statement("web-calls-iris", "Invoke")).toEqual({
      Sid: "Invoke",
      Effect: "Allow",
      Action: ["sagemaker:InvokeEndpointAsync"],
      Resource: ["", "--*"].map((end) => `arn:aws:sagemaker:eu-central-1:123456789012:endpoint/shop-iris${end}`),
    });
    expect(statement("web-calls-iris", "PutInputs")).toMatchObject({ Resource: ["arn:aws:s3:::shop-artifacts/async/iris/input/*"] });
  });
});

describe("roles that are there already", () => {
  test("are what a model trains and serves with, and none is made for it", async () => {
    const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
    const aws = await FakeAws.start();
    const iris = new ModelService("iris", {
      platform,
      image: imageUri,
      executionRoleArn: pulumi.output(role("serve")),
      training: { instanceType: "ml.m5.large", channels: { train: "s3://data/iris/" }, executionRoleArn: role("train") },
      realtime: { instanceType: "ml.m5.large", variants: { beta: { weight: 1, environment: { MODE: "beta" } } } },
    });
    await promiseOf(iris.outputs);
    await MockedEngine.settled();
    await aws.stop();
    expect(engine.names().filter((name) => name.startsWith("aws:iam"))).toEqual([]);
    expect(engine.one("aws:sagemaker/trainingJob:TrainingJob").inputs.roleArn).toBe(role("train"));
    const models = engine.registered.filter(({ type }) => type === "aws:sagemaker/model:Model");
    expect(models.map(({ inputs }) => inputs.executionRoleArn)).toEqual([role("serve"), role("serve")]);
    expect([iris.nodes.trainingRole, iris.nodes.servingRole]).toEqual([undefined, undefined]);
  });
});
