import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InferenceApi, type InferenceApiArgs, ModelService } from "../../../components";
import { MockedEngine } from "../../support/mocks";
import { imageUri, platform } from "../../support/platform";
import { promiseOf } from "../../support/promise-of";

const args: InferenceApiArgs = {
  platform,
  model: "sum",
  endpointName: "shop-sum",
  path: "/sum",
  serving: "async",
  inputLocation: "s3://shop-artifacts/async/sum/input",
  outputLocation: "s3://shop-artifacts/async/sum/output",
  failureLocation: "s3://shop-artifacts/async/sum/failure",
};

describe("an API before an asynchronous model", () => {
  let engine: MockedEngine;
  beforeEach(async () => {
    engine = await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  async function policyOf(more: Partial<InferenceApiArgs> = {}): Promise<unknown> {
    await promiseOf(new InferenceApi("sum-api", { ...args, ...more }).url);
    await MockedEngine.settled();
    return (JSON.parse(String(engine.one("aws:iam/rolePolicy:RolePolicy").inputs.policy)) as { Statement: unknown }).Statement;
  }

  const allowed = {
    invoke: {
      Sid: "InvokeModel",
      Effect: "Allow",
      Action: ["sagemaker:InvokeEndpointAsync"],
      Resource: [
        "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/shop-sum",
        "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/shop-sum--*",
      ],
    },
    put: { Sid: "PutInputs", Effect: "Allow", Action: ["s3:PutObject"], Resource: ["arn:aws:s3:::shop-artifacts/async/sum/input/*"] },
    read: (...more: string[]) => ({
      Sid: "ReadResults",
      Effect: "Allow",
      Action: ["s3:GetObject"],
      Resource: ["arn:aws:s3:::shop-artifacts/async/sum/output/*", "arn:aws:s3:::shop-artifacts/async/sum/failure/*", ...more],
    }),
    log: {
      Sid: "WriteLogs",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: ["arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/shop-sum-api-function-logs:*"],
    },
  };

  test("may put inputs, ask that endpoint, read its results and failures, and nothing else", async () => {
    expect(await policyOf()).toEqual([allowed.invoke, allowed.put, allowed.read(), allowed.log]);
  });

  test("may use the platform's key where there is one", async () => {
    const kmsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/1";
    const key = { Sid: "UseKey", Effect: "Allow", Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: [kmsKeyArn] };
    expect(await policyOf({ platform: { ...platform, kmsKeyArn } })).toEqual([
      allowed.invoke,
      allowed.put,
      allowed.read(),
      key,
      allowed.log,
    ]);
  });

  test("may read its own receipts when it keeps them", async () => {
    const receipts = "arn:aws:s3:::shop-artifacts/async/sum/input/receipts/*";
    expect(await policyOf({ idempotencyKeys: true })).toEqual([allowed.invoke, allowed.put, allowed.read(receipts), allowed.log]);
  });

  test("has a route to ask, one for the state of a request and one for uploads, and no more is permitted", async () => {
    await policyOf();
    const routes = engine.registered.filter(({ type }) => type === "aws:apigatewayv2/route:Route");
    expect(routes.map(({ name, inputs }) => [name, inputs.routeKey]).sort()).toEqual([
      ["sum-api-route", "POST /sum"],
      ["sum-api-status-route", "GET /sum/{id}"],
      ["sum-api-uploads-route", "POST /sum/uploads"],
    ]);
    const permissions = engine.registered.filter(({ type }) => type === "aws:lambda/permission:Permission");
    expect(permissions.map(({ inputs }) => String(inputs.sourceArn).split(":a1b2c3/")[1]).sort()).toEqual([
      "*/GET/sum/*",
      "*/POST/sum",
      "*/POST/sum/uploads",
    ]);
  });

  test("tells its function the three places, and how long its URLs work", async () => {
    await policyOf({ urlExpiry: "30m" });
    expect(engine.one("aws:lambda/function:Function").inputs.environment).toEqual({
      variables: {
        SLIPWAY_ENDPOINT_NAME: "shop-sum",
        SLIPWAY_MODEL_TIMEOUT_MS: "27000",
        SLIPWAY_PATH: "/sum",
        SLIPWAY_INPUT: args.inputLocation,
        SLIPWAY_OUTPUT: args.outputLocation,
        SLIPWAY_FAILURE: args.failureLocation,
        SLIPWAY_URL_SECONDS: "1800",
        SLIPWAY_IDEMPOTENCY: "false",
      },
    });
  });

  test("is declared by one line in a model, and told to clients with the id of its key", async () => {
    const model = new ModelService("sum", {
      platform,
      image: imageUri,
      async: { instanceType: "ml.m5.large" },
      api: { kind: "rest", apiKey: true, path: "/sum" },
    });
    expect(await promiseOf(model.outputs)).toMatchObject({
      kind: "async",
      apiUrl: "https://a1b2c3.execute-api.eu-central-1.amazonaws.com/live/sum",
      apiKind: "rest",
      apiAuthorization: "NONE",
      apiKeyId: "sum-api-key-id",
      inputLocation: "s3://shop-artifacts/async/sum/input",
    });
    const { variables } = engine.one("aws:lambda/function:Function").inputs.environment as { variables: Record<string, string> };
    expect(variables.SLIPWAY_OUTPUT).toBe("s3://shop-artifacts/async/sum/output");
  });
});
