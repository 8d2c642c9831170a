import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InferenceApi, type InferenceApiArgs } from "../../../components";
import { MockedEngine } from "../../support/mocks";
import { platform } from "../../support/platform";
import { promiseOf } from "../../support/promise-of";

const args: InferenceApiArgs = { platform, model: "iris", endpointName: "shop-iris", path: "/iris" };
let engine: MockedEngine;

beforeEach(async () => {
  engine = await MockedEngine.start();
});
afterEach(() => MockedEngine.settled());

async function urlOf(more: Partial<InferenceApiArgs>): Promise<string> {
  const url = await promiseOf(new InferenceApi("iris-api", { ...args, ...more }).url);
  await MockedEngine.settled();
  return url;
}

describe("an HTTP API", () => {
  test("lets in who has a token of the issuer for the audience, with one of the scopes", async () => {
    await urlOf({ jwt: { issuer: "https://id.example/pool", audience: ["shop"], scopes: ["ask"] } });
    expect(engine.one("aws:apigatewayv2/authorizer:Authorizer").inputs).toMatchObject({
      authorizerType: "JWT",
      identitySources: ["$request.header.Authorization"],
      jwtConfiguration: { issuer: "https://id.example/pool", audiences: ["shop"] },
    });
    expect(engine.one("aws:apigatewayv2/route:Route").inputs).toMatchObject({
      authorizationType: "JWT",
      authorizerId: "iris-api-authorizer-id",
      authorizationScopes: ["ask"],
    });
  });

  test("asks for signed requests", async () => {
    await urlOf({ authorization: "AWS_IAM" });
    expect(engine.one("aws:apigatewayv2/route:Route").inputs.authorizationType).toBe("AWS_IAM");
  });

  test("answers the pages of named sites", async () => {
    await urlOf({ cors: { origins: ["https://a.example"], headers: ["x-trace"], credentials: true } });
    expect(engine.one("aws:apigatewayv2/api:Api").inputs.corsConfiguration).toEqual({
      allowOrigins: ["https://a.example"],
      allowHeaders: ["x-trace"],
      allowMethods: ["POST"],
      exposeHeaders: ["location", "retry-after"],
      allowCredentials: true,
      maxAge: 3600,
    });
  });

  test("has a domain of the user's, with an alias where the zone is given", async () => {
    const certificateArn = "arn:aws:acm:eu-central-1:123456789012:certificate/1";
    expect(await urlOf({ domain: { name: "api.example.com", certificateArn, hostedZoneId: "Z0123456789" } })).toBe(
      "https://api.example.com/iris",
    );
    expect(engine.one("aws:apigatewayv2/domainName:DomainName").inputs).toMatchObject({
      domainName: "api.example.com",
      domainNameConfiguration: { certificateArn, endpointType: "REGIONAL", securityPolicy: "TLS_1_2" },
    });
    expect(engine.one("aws:apigatewayv2/apiMapping:ApiMapping").inputs).toMatchObject({ apiId: "iris-api-id", stage: "iris-api-stage-id" });
    expect(engine.one("aws:route53/record:Record").inputs).toMatchObject({ zoneId: "Z0123456789", name: "api.example.com", type: "A" });
  });

  test("reserves instances of its function when told to", async () => {
    await urlOf({ reservedConcurrency: 20 });
    expect(engine.one("aws:lambda/function:Function").inputs.reservedConcurrentExecutions).toBe(20);
  });
});

describe("a streamed answer", () => {
  test("goes through a function URL for signed requests, and no API", async () => {
    expect(await urlOf({ streaming: true })).toBe("https://u1v2.lambda-url.eu-central-1.on.aws/iris");
    expect(engine.one("aws:lambda/functionUrl:FunctionUrl").inputs).toMatchObject({
      authorizationType: "AWS_IAM",
      invokeMode: "RESPONSE_STREAM",
    });
    expect(engine.names().filter((name) => /apigateway|permission/i.test(name))).toEqual([]);
    expect(engine.one("aws:lambda/function:Function").inputs).toMatchObject({
      timeout: 480,
      environment: { variables: { SLIPWAY_MODEL_TIMEOUT_MS: "479000", SLIPWAY_PATH: "/iris" } },
    });
  });

  test("is asked for by a role that may invoke that endpoint, as a stream too", async () => {
    await urlOf({ streaming: true });
    const policy = JSON.parse(String(engine.one("aws:iam/rolePolicy:RolePolicy").inputs.policy)) as { Statement: { Action: string[] }[] };
    expect(policy.Statement.map(({ Action }) => Action)).toEqual([
      ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
      ["logs:CreateLogStream", "logs:PutLogEvents"],
    ]);
  });

  test("is open to everyone only when that is said, with both permissions AWS asks for", async () => {
    await urlOf({ streaming: true, authorization: "NONE", cors: { origins: ["*"] } });
    const permissions = engine.registered.filter(({ type }) => type === "aws:lambda/permission:Permission");
    expect(
      permissions.map(({ inputs }) => [inputs.action, inputs.principal, inputs.functionUrlAuthType, inputs.invokedViaFunctionUrl]),
    ).toEqual([
      ["lambda:InvokeFunctionUrl", "*", "NONE", undefined],
      ["lambda:InvokeFunction", "*", undefined, true],
    ]);
    expect(engine.one("aws:lambda/functionUrl:FunctionUrl").inputs.cors).toMatchObject({ allowOrigins: ["*"], allowCredentials: false });
  });
});
