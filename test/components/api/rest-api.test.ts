import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InferenceApi, type InferenceApiArgs } from "../../../components";
import { MockedEngine } from "../../support/mocks";
import { platform } from "../../support/platform";
import { promiseOf } from "../../support/promise-of";

const args: InferenceApiArgs = { platform, model: "iris", endpointName: "shop-iris", path: "/iris", kind: "rest" };

interface Operation {
  readonly security: object[];
  readonly "x-amazon-apigateway-integration": { readonly uri: string; readonly timeoutInMillis: number; readonly type: string };
}

interface Definition {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes: Readonly<Record<string, object>> };
  readonly "x-amazon-apigateway-binary-media-types": string[];
}

describe("a REST API", () => {
  let engine: MockedEngine;
  beforeEach(async () => {
    engine = await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  async function made(more: Partial<InferenceApiArgs> = {}): Promise<{ api: InferenceApi; url: string; definition: Definition }> {
    const api = new InferenceApi("iris-api", { ...args, ...more });
    const url = await promiseOf(api.url);
    await MockedEngine.settled();
    return { api, url, definition: JSON.parse(String(engine.one("aws:apigateway/restApi:RestApi").inputs.body)) as Definition };
  }

  const names = (type: string) => engine.registered.filter((each) => each.type === type).map(({ name }) => name);

  test("is a regional API that is defined as a whole, with bodies that pass as bytes", async () => {
    const { url, definition } = await made();
    expect(url).toBe("https://a1b2c3.execute-api.eu-central-1.amazonaws.com/live/iris");
    expect(engine.one("aws:apigateway/restApi:RestApi").inputs).toMatchObject({
      endpointConfiguration: { types: "REGIONAL" },
      binaryMediaTypes: ["*/*"],
    });
    expect(definition["x-amazon-apigateway-binary-media-types"]).toEqual(["*/*"]);
    expect(Object.keys(definition.paths)).toEqual(["/iris"]);
    expect(definition.paths["/iris"]?.post).toMatchObject({
      security: [],
      "x-amazon-apigateway-integration": {
        type: "aws_proxy",
        httpMethod: "POST",
        timeoutInMillis: 29_000,
        uri: expect.stringContaining("iris-api-function"),
      },
    });
    expect(engine.one("aws:lambda/permission:Permission").inputs.sourceArn).toBe(
      "arn:aws:execute-api:eu-central-1:123456789012:r9s8t7/*/POST/iris",
    );
  });

  test("is deployed anew when its definition changes, and its stage moves before the old deployment goes", async () => {
    const triggers: unknown[] = [];
    for (const timeout of ["29s", "29s", "10s"]) {
      engine = await MockedEngine.start();
      await made({ timeout });
      triggers.push(engine.one("aws:apigateway/deployment:Deployment").inputs.triggers);
      expect(engine.one("aws:apigateway/deployment:Deployment").options.deleteBeforeReplaceDefined).toBe(false);
    }
    expect(triggers[1]).toEqual(triggers[0]);
    expect(triggers[2]).not.toEqual(triggers[0]);
    expect(engine.one("aws:apigateway/stage:Stage").inputs).toMatchObject({ stageName: "live", deployment: "iris-api-deployment-id" });
  });

  test("logs who asked, never the key, and throttles the whole stage", async () => {
    await made({ requestsPerSecond: 7, burst: 9, logRetentionDays: 30 });
    const { format, destinationArn } = engine.one("aws:apigateway/stage:Stage").inputs.accessLogSettings as Record<string, string>;
    expect(destinationArn).toContain("/aws/apigateway/shop-iris-api-access-logs");
    expect(JSON.parse(format ?? "")).toMatchObject({ apiKeyId: "$context.identity.apiKeyId", sourceIp: "$context.identity.sourceIp" });
    expect(format).not.toContain('identity.apiKey"');
    expect(engine.one("aws:apigateway/methodSettings:MethodSettings").inputs).toMatchObject({
      methodPath: "*/*",
      settings: { throttlingRateLimit: 7, throttlingBurstLimit: 9, metricsEnabled: true },
    });
    expect(engine.one("aws:cloudwatch/logGroup:LogGroup", "iris-api-access-logs").inputs.retentionInDays).toBe(30);
  });

  test("asks for a key that AWS makes, with a plan; the key is a secret, its id is not", async () => {
    const { api, definition } = await made({ apiKey: true });
    expect(definition.paths["/iris"]?.post?.security).toEqual([{ api_key: [] }]);
    expect(definition.components.securitySchemes).toEqual({ api_key: { type: "apiKey", name: "x-api-key", in: "header" } });
    expect(engine.one("aws:apigateway/usagePlan:UsagePlan").inputs.apiStages).toEqual([{ apiId: "iris-api-id", stage: "live" }]);
    expect(engine.one("aws:apigateway/usagePlanKey:UsagePlanKey").inputs).toMatchObject({
      keyId: "iris-api-key-id",
      keyType: "API_KEY",
      usagePlanId: "iris-api-plan-id",
    });
    expect(await promiseOf(api.apiKeyId)).toBe("iris-api-key-id");
    expect(await (api.apiKey as unknown as { isSecret: Promise<boolean> }).isSecret).toBe(true);
    expect(engine.one("aws:apigateway/usagePlan:UsagePlan").inputs.throttleSettings).toBeUndefined();
  });

  test("limits what the key may be used for", async () => {
    await made({ apiKey: true, usagePlan: { requestsPerSecond: 2, burst: 4, quota: { requests: 1000, period: "MONTH" } } });
    expect(engine.one("aws:apigateway/usagePlan:UsagePlan").inputs).toMatchObject({
      throttleSettings: { rateLimit: 2, burstLimit: 4 },
      quotaSettings: { limit: 1000, period: "MONTH" },
    });
  });

  test("counts a quota by days unless told otherwise", async () => {
    await made({ apiKey: true, usagePlan: { quota: { requests: 5 } } });
    expect(engine.one("aws:apigateway/usagePlan:UsagePlan").inputs.quotaSettings).toEqual({ limit: 5, period: "DAY" });
  });

  test("asks for signed requests and the key together when both are declared", async () => {
    const { definition } = await made({ apiKey: true, authorization: "AWS_IAM" });
    expect(definition.paths["/iris"]?.post?.security).toEqual([{ sigv4: [], api_key: [] }]);
  });

  test("lets its function answer preflights, which come without key and signature", async () => {
    const { definition } = await made({ apiKey: true, cors: { origins: ["https://a.example"], maxAge: "10m" } });
    expect(definition.paths["/iris"]?.options?.security).toEqual([]);
    const { variables } = engine.one("aws:lambda/function:Function").inputs.environment as { variables: Record<string, string> };
    expect(JSON.parse(variables.SLIPWAY_CORS ?? "")).toEqual({
      origins: ["https://a.example"],
      headers: ["content-type", "accept", "x-api-key"],
      methods: ["POST"],
      credentials: false,
      maxAgeSeconds: 600,
    });
    expect(engine.one("aws:lambda/permission:Permission", "iris-api-preflight-permission").inputs.sourceArn).toMatch(
      /\/\*\/OPTIONS\/iris\*$/,
    );
  });

  test("waits longer than 29 s where it is told to, for an account whose quota allows it", async () => {
    const { definition } = await made({ timeout: "60s" });
    expect(definition.paths["/iris"]?.post?.["x-amazon-apigateway-integration"].timeoutInMillis).toBe(60_000);
    expect(engine.one("aws:lambda/function:Function").inputs.timeout).toBe(59);
  });

  test("makes the account's role for logs only when asked to", async () => {
    await made();
    expect(names("aws:apigateway/account:Account")).toEqual([]);
    engine = await MockedEngine.start();
    await made({ accountLogRole: true });
    expect(names("aws:apigateway/account:Account")).toEqual(["iris-api-account"]);
    expect(engine.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment").inputs.policyArn).toBe(
      "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
    );
    expect(engine.one("aws:apigateway/stage:Stage").dependencies).toContain("aws:apigateway/account:Account iris-api-account");
  });
});
