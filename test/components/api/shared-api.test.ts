import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ModelDescription, SharedApi, type SharedApiArgs } from "../../../components";
import { MockedEngine } from "../../support/mocks";
import { platform } from "../../support/platform";
import { promiseOf, refusalOf } from "../../support/promise-of";

const described = (endpointName: string, kind = "realtime"): { kind: string; outputs: pulumi.Output<ModelDescription> } => ({
  kind,
  outputs: pulumi.output({
    endpointName,
    endpointArn: `arn:aws:sagemaker:eu-central-1:123456789012:endpoint/${endpointName}`,
    kind,
    region: "eu-central-1",
    contentTypes: ["application/json"],
    ...(kind === "async"
      ? { inputLocation: "s3://b/async/sum/input", outputLocation: "s3://b/async/sum/output", failureLocation: "s3://b/async/sum/failure" }
      : {}),
  }),
});

describe("an API for many models", () => {
  let engine: MockedEngine;
  beforeEach(async () => {
    engine = await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  const routes: SharedApiArgs["routes"] = [
    { path: "/iris", model: described("shop-iris") },
    { path: "/v1/sum", model: described("shop-sum", "async"), requestsPerSecond: 5 },
  ];

  test("is one API with a function for each model, which may call that model alone", async () => {
    const api = new SharedApi("api", { platform, routes });
    expect(await promiseOf(api.urls)).toEqual({
      "/iris": "https://a1b2c3.execute-api.eu-central-1.amazonaws.com/iris",
      "/v1/sum": "https://a1b2c3.execute-api.eu-central-1.amazonaws.com/v1/sum",
    });
    await MockedEngine.settled();
    expect(engine.names().filter((name) => /apigatewayv2\/api:|lambda\/function:/.test(name))).toEqual([
      "aws:apigatewayv2/api:Api api",
      "aws:lambda/function:Function api-iris-function",
      "aws:lambda/function:Function api-v1-sum-function",
    ]);
    const policy = (name: string) => String(engine.one("aws:iam/rolePolicy:RolePolicy", name).inputs.policy);
    expect([policy("api-iris-policy").includes("shop-sum"), policy("api-v1-sum-policy").includes("shop-iris")]).toEqual([false, false]);
  });

  test("limits a model that has limits of its own on all its routes, when they are there", async () => {
    await promiseOf(new SharedApi("api", { platform, routes }).urls);
    await MockedEngine.settled();
    const stage = engine.one("aws:apigatewayv2/stage:Stage");
    const limits = { throttlingRateLimit: 5, throttlingBurstLimit: 10 };
    expect(stage.inputs.routeSettings).toEqual([
      { routeKey: "POST /v1/sum", ...limits },
      { routeKey: "GET /v1/sum/{id}", ...limits },
      { routeKey: "POST /v1/sum/uploads", ...limits },
    ]);
    expect(stage.dependencies).toContain("aws:apigatewayv2/route:Route api-v1-sum-uploads-route");
  });

  test("as a REST API is one definition, with one key for all", async () => {
    const api = new SharedApi("api", {
      platform,
      kind: "rest",
      apiKey: true,
      routes: [
        { path: "/iris", model: described("i"), requestsPerSecond: 3 },
        { path: "/sum", model: described("s", "async") },
      ],
    });
    expect(await promiseOf(api.models)).toMatchObject({
      "/iris": {
        endpointName: "i",
        apiUrl: expect.stringMatching(/\/live\/iris$/),
        apiKind: "rest",
        apiAuthorization: "NONE",
        apiKeyId: "api-key-id",
      },
      "/sum": { kind: "async", apiUrl: expect.stringMatching(/\/live\/sum$/) },
    });
    await MockedEngine.settled();
    const body = JSON.parse(String(engine.one("aws:apigateway/restApi:RestApi").inputs.body)) as { paths: object };
    expect(Object.keys(body.paths)).toEqual(["/iris", "/sum", "/sum/{id}", "/sum/uploads"]);
    expect(engine.one("aws:apigateway/methodSettings:MethodSettings", "api-iris-throttle").inputs).toMatchObject({
      methodPath: "iris/POST",
      settings: { throttlingRateLimit: 3, throttlingBurstLimit: 6 },
    });
  });

  test("is refused with all its faults at once: the same path twice, one that another model uses, tokens without an issuer", () => {
    const message = refusalOf(
      () =>
        new SharedApi("api", {
          platform,
          routes: [
            { path: "/sum", model: described("s", "async") },
            { path: "/sum", model: described("t") },
            { path: "/sum/uploads", model: described("u") },
            { path: "/a-b", model: described("v"), authorization: "JWT" },
            { path: "/a/b", model: described("w"), burst: 4 },
            { path: "/x", model: described("x", "batch"), timeout: "40s" },
          ],
        }),
    );
    expect(message).toContain('routes[1].path: got "/sum"; routes[0].path "/sum" has POST /sum already: give each model a path of its own');
    expect(message).toContain('routes[2].path: got "/sum/uploads"; routes[0].path "/sum" has POST /sum/uploads already');
    expect(message).toContain('routes[3].authorization: got "JWT", but the API has no jwt');
    expect(message).toContain('routes[4].path: got "/a/b"; its resources would have the names of those of routes[3].path "/a-b"');
    expect(message).toContain("routes[4].burst: got 4 without requestsPerSecond");
    expect(message).toContain('routes[5].model.kind: got "batch"; allowed are realtime, serverless, async');
    expect(message).toContain('routes[5].timeout: got "40s"; allowed is 1s to 29s');
    expect(engine.names()).toEqual([]);
  });

  test("refuses limits of a long path of a REST API, a streamed model, and what is no model", () => {
    const streamed = { path: "/y", model: described("y"), streaming: true };
    const message = refusalOf(
      () =>
        new SharedApi("api", {
          platform,
          kind: "rest",
          routes: [{ path: "/v1/x", model: described("x"), requestsPerSecond: 3 }, streamed, { path: "/z", model: {} as never }],
        }),
    );
    expect(message).toContain('routes[0].requestsPerSecond: got 3 for "/v1/x"; a REST API limits paths of one part only');
    expect(message).toContain("routes[1].streaming: got true; a streamed answer needs a function URL of its own");
    expect(message).toContain("routes[2].model: got []; give a ModelService, or its kind and outputs");
  });
});
