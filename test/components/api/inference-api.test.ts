import { isBuiltin } from "node:module";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InferenceApi, type InferenceApiArgs } from "../../../components";
import { bundleHandler } from "../../../components/api/bundle";
import { apiTimeouts } from "../../../components/api/operations";
import { MockedEngine } from "../../support/mocks";
import { platform } from "../../support/platform";
import { promiseOf, refusalOf } from "../../support/promise-of";

const args: InferenceApiArgs = { platform, model: "iris", endpointName: "Shop-Iris", path: "/iris" };

describe("an inference API", () => {
  let engine: MockedEngine;
  beforeEach(async () => {
    engine = await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  test("is one POST route to one function that may call one endpoint", async () => {
    expect(await promiseOf(new InferenceApi("iris-api", args).url)).toBe("https://a1b2c3.execute-api.eu-central-1.amazonaws.com/iris");
    expect(engine.one("aws:apigatewayv2/route:Route").inputs).toMatchObject({
      routeKey: "POST /iris",
      target: "integrations/iris-api-integration-id",
      authorizationType: "NONE",
    });
    expect(JSON.parse(String(engine.one("aws:iam/rolePolicy:RolePolicy").inputs.policy))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "InvokeModel",
          Effect: "Allow",
          Action: ["sagemaker:InvokeEndpoint"],
          Resource: [
            "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/shop-iris",
            "arn:aws:sagemaker:eu-central-1:123456789012:endpoint/shop-iris--*",
          ],
        },
        {
          Sid: "WriteLogs",
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: ["arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/shop-iris-api-function-logs:*"],
        },
      ],
    });
    expect(engine.one("aws:lambda/permission:Permission").inputs).toMatchObject({
      action: "lambda:InvokeFunction",
      principal: "apigateway.amazonaws.com",
      sourceArn: "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/*/POST/iris",
    });
  });

  test("keeps its permission when the endpoint gets a number, so that no call is refused while the function learns the name", async () => {
    const policies: unknown[] = [];
    for (const endpointName of ["shop-iris", "shop-iris--2"]) {
      engine = await MockedEngine.start();
      await promiseOf(new InferenceApi("iris-api", { ...args, endpointName }).url);
      await MockedEngine.settled();
      policies.push(engine.one("aws:iam/rolePolicy:RolePolicy").inputs.policy);
      expect(engine.one("aws:lambda/function:Function").inputs).toMatchObject({
        environment: { variables: { SLIPWAY_ENDPOINT_NAME: endpointName } },
      });
    }
    expect(policies[1]).toBe(policies[0]);
  });

  test("throttles, and logs who asked and how it went", async () => {
    await promiseOf(new InferenceApi("iris-api", { ...args, requestsPerSecond: 10 }).url);
    const stage = engine.one("aws:apigatewayv2/stage:Stage").inputs;
    expect(stage).toMatchObject({
      name: "$default",
      autoDeploy: true,
      defaultRouteSettings: { throttlingRateLimit: 10, throttlingBurstLimit: 20 },
    });
    const { destinationArn, format } = stage.accessLogSettings as { destinationArn: string; format: string };
    expect(destinationArn).toBe("arn:aws:logs:eu-central-1:123456789012:log-group:/aws/apigateway/shop-iris-api-access-logs");
    expect(Object.keys(JSON.parse(format) as object)).toContain("sourceIp");
    expect(engine.registered.filter(({ type }) => type.includes("logGroup")).map(({ inputs }) => inputs.retentionInDays)).toEqual([
      365, 365,
    ]);
  });

  test("gives up in order: first the model, then the function, then API Gateway", async () => {
    expect(apiTimeouts(undefined)).toEqual({ modelMilliseconds: 27_000, lambda: 28, gatewayMilliseconds: 29_000 });
    expect(apiTimeouts("5s")).toEqual({ modelMilliseconds: 3000, lambda: 4, gatewayMilliseconds: 5000 });
    expect(apiTimeouts("1s")).toEqual({ modelMilliseconds: 500, lambda: 1, gatewayMilliseconds: 1000 });
    await promiseOf(new InferenceApi("iris-api", { ...args, timeout: "10s" }).url);
    expect(engine.one("aws:lambda/function:Function").inputs).toMatchObject({
      timeout: 9,
      runtime: "nodejs22.x",
      handler: "index.handler",
      environment: { variables: { SLIPWAY_ENDPOINT_NAME: "Shop-Iris", SLIPWAY_MODEL_TIMEOUT_MS: "8000" } },
    });
    expect(engine.one("aws:apigatewayv2/integration:Integration").inputs).toMatchObject({
      timeoutMilliseconds: 10_000,
      payloadFormatVersion: "2.0",
    });
  });

  test("has all its children below itself", async () => {
    const api = new InferenceApi("iris-api", args);
    await promiseOf(api.url);
    const parents = engine.registered.filter(({ type }) => type.startsWith("aws:")).map(({ parent }) => parent);
    expect(new Set(parents)).toEqual(new Set(["slipway:index:InferenceApi iris-api"]));
    expect(Object.keys(api.nodes).sort()).toEqual(["function", "functionLogs", "http", "policy", "rest", "role", "stream"]);
    expect(Object.keys(api.nodes.http ?? {}).sort()).toEqual(
      ["accessLogs", "api", "authorizer", "domain", "integrations", "permissions", "routes", "stage"].sort(),
    );
  });

  test("refuses a path without a slash, a longer wait than API Gateway allows, and an unknown retention, all at once", () => {
    const message = refusalOf(() => new InferenceApi("iris-api", { ...args, path: "iris", timeout: "30s", logRetentionDays: 2 }));
    expect(message).toContain('path: got "iris"; allowed is "/" and a name, such as "/iris"');
    expect(message).toContain('timeout: got "30s"; allowed is 1s to 29s');
    expect(message).toContain("logRetentionDays: got 2; allowed are 1, 3, 5, 7,");
    expect(engine.names()).toEqual([]);
  });
});

describe("the function's code", () => {
  test.each([
    ["invoke", "InvokeEndpoint", 2_000_000],
    ["stream", "InvokeEndpointWithResponseStream", 2_000_000],
    ["submit", "InvokeEndpointAsync", 3_000_000],
  ] as const)("that is to %s is the same bytes each time, with the AWS SDK inside", (mode, operation, bytes) => {
    const code = bundleHandler(mode);
    expect(bundleHandler(mode)).toBe(code);
    expect(code).toContain(operation);
    const outside = new Set([...code.matchAll(/require\("([^"]+)"\)/g)].map(([, name = ""]) => name).filter((name) => !isBuiltin(name)));
    // What is left out are native signers that the SDK looks for and does without.
    expect([...outside].filter((name) => !/^@aws-sdk\/signature-v4-|^@smithy\/|aws-crt/.test(name))).toEqual([]);
    expect(code.length).toBeLessThan(bytes);
  });
});
