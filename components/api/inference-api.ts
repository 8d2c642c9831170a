import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { anything, type Checks, checkArguments, count, duration, modelName, oneOf, required, seconds, text } from "../arguments";
import { childOf, componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";
import type { AwsScope } from "../iam/arns";
import { type PlatformExports, type PlatformValues, platformCheck, platformValues } from "../platform/platform-exports";
import { recordedChild } from "../recorded-state";
import { bundleHandler } from "./bundle";
import { handedOver } from "./handover";
import { callerPermissions, lambdaTrust } from "./policies";

/** How an endpoint is reached over HTTPS. */
export interface ApiArgs {
  /** Path of the one route, such as "/iris". */
  path: string;
  /** NONE (anyone with the URL) or AWS_IAM (signed requests). Default: NONE. */
  authorization?: string;
  /** How long a caller waits at most. Range 1s to 29s, default 29s. */
  timeout?: string;
  /** Requests per second before callers get 429. Range 1 to 10000, default 50. */
  requestsPerSecond?: number;
  /** Requests that may come at once. Range 1 to 5000, default twice `requestsPerSecond`. */
  burst?: number;
  /** Days that access logs and the function's logs are kept. Default: 365. */
  logRetentionDays?: number;
}

export interface InferenceApiArgs extends ApiArgs {
  platform: pulumi.Input<PlatformExports>;
  /** Name of the model. */
  model: string;
  /** Name of the endpoint. */
  endpointName: pulumi.Input<string>;
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

/** Retention periods CloudWatch Logs knows. */
const retentionDays = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

export const apiChecks: Checks<ApiArgs> = {
  path: required(text({ pattern: /^\/[A-Za-z0-9._~-]+(\/[A-Za-z0-9._~-]+)*$/, allowed: '"/" and a name, such as "/iris"', max: 256 })),
  authorization: oneOf("NONE", "AWS_IAM"),
  timeout: duration("1s", "29s"),
  requestsPerSecond: count(1, 10_000),
  burst: count(1, 5000),
  logRetentionDays: (value, path, problems) => {
    if (typeof value !== "number" || !retentionDays.includes(value)) {
      problems.add(path, `got ${JSON.stringify(value)}; allowed are ${retentionDays.join(", ")}`);
    }
  },
};

export const inferenceApiChecks: Checks<InferenceApiArgs> = {
  ...apiChecks,
  platform: platformCheck,
  model: required(text(modelName)),
  endpointName: required(text()),
  tags: anything,
};

export interface InferenceApiNodes {
  readonly role: aws.iam.Role;
  readonly policy: aws.iam.RolePolicy;
  readonly functionLogs: aws.cloudwatch.LogGroup;
  readonly function: aws.lambda.Function;
  readonly api: aws.apigatewayv2.Api;
  readonly integration: aws.apigatewayv2.Integration;
  readonly route: aws.apigatewayv2.Route;
  readonly accessLogs: aws.cloudwatch.LogGroup;
  readonly stage: aws.apigatewayv2.Stage;
  readonly permission: aws.lambda.Permission;
}

/** An HTTP API with one `POST` route to one endpoint, through a function that may call that endpoint and do nothing else. Bodies, media types and the model's own errors pass unchanged. */
export class InferenceApi extends pulumi.ComponentResource {
  /** URL to `POST` to. */
  declare readonly url: pulumi.Output<string>;

  constructor(name: string, args: InferenceApiArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(inferenceApiChecks, args, "", problems);
    problems.throwIfAny("InferenceApi", name);
    super(componentType("InferenceApi"), name, {}, opts);
    const platform = platformValues(args.platform);
    const recorded = recordedChild(`${name}-function`, "aws:lambda/function:Function", this);
    const caller = createFunction(this, name, args, platform);
    const front = createApi(this, name, args, platform, caller.function);
    keepNodes(this, { ...caller, ...front });
    // Known when the whole way is there, so that whoever is told the URL can call it.
    const way = pulumi.all([front.route.id, front.permission.id, handedOver(caller.function, recorded, args.endpointName)]);
    this.url = pulumi.all([front.stage.invokeUrl, way]).apply(([invokeUrl]) => `${invokeUrl.replace(/\/$/, "")}${args.path}`);
    this.registerOutputs({ url: this.url });
  }

  get nodes(): InferenceApiNodes {
    return nodesOf(this);
  }
}

/** The shortest of the three timeouts is the model's: the function can then still answer 504, and API Gateway hears it. */
export function apiTimeouts(timeout: string | undefined): { readonly model: number; readonly lambda: number; readonly gateway: number } {
  const longest = seconds(timeout, 29);
  return { model: Math.max(0.5, longest - 2) * 1000, lambda: Math.max(1, longest - 1), gateway: longest * 1000 };
}

function createFunction(
  parent: InferenceApi,
  name: string,
  args: InferenceApiArgs,
  platform: PlatformValues,
): Pick<InferenceApiNodes, "role" | "policy" | "functionLogs" | "function"> {
  const tags = args.tags;
  const role = new aws.iam.Role(
    `${name}-role`,
    {
      description: `Calls the endpoint of ${args.model}`,
      assumeRolePolicy: lambdaTrust,
      permissionsBoundary: platform.permissionsBoundaryArn,
      tags,
    },
    childOf(parent),
  );
  const functionLogs = createLogGroup(parent, `${name}-function-logs`, "/aws/lambda", args, platform);
  const scope: pulumi.Output<AwsScope> = pulumi.output({
    partition: platform.partition,
    region: platform.region,
    accountId: platform.accountId,
  });
  const policy = new aws.iam.RolePolicy(
    `${name}-policy`,
    {
      role: role.name,
      policy: pulumi
        .all([scope, args.endpointName, functionLogs.name])
        .apply(([known, endpointName, logGroup]) => callerPermissions(known, endpointName, logGroup)),
    },
    childOf(parent),
  );
  const timeouts = apiTimeouts(args.timeout);
  const lambda = new aws.lambda.Function(
    `${name}-function`,
    {
      role: role.arn,
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      handler: "index.handler",
      code: new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset(bundleHandler()) }),
      memorySize: 256,
      timeout: timeouts.lambda,
      environment: { variables: { SLIPWAY_ENDPOINT_NAME: args.endpointName, SLIPWAY_MODEL_TIMEOUT_MS: String(timeouts.model) } },
      loggingConfig: { logFormat: "JSON", logGroup: functionLogs.name },
      tags,
    },
    childOf(parent, { dependsOn: [policy] }),
  );
  return { role, policy, functionLogs, function: lambda };
}

function createApi(
  parent: InferenceApi,
  name: string,
  args: InferenceApiArgs,
  platform: PlatformValues,
  lambda: aws.lambda.Function,
): Pick<InferenceApiNodes, "api" | "integration" | "route" | "accessLogs" | "stage" | "permission"> {
  const api = new aws.apigatewayv2.Api(
    name,
    { protocolType: "HTTP", description: `Inference with ${args.model}`, tags: args.tags },
    childOf(parent),
  );
  const integration = new aws.apigatewayv2.Integration(
    `${name}-integration`,
    {
      apiId: api.id,
      integrationType: "AWS_PROXY",
      integrationUri: lambda.invokeArn,
      integrationMethod: "POST",
      payloadFormatVersion: "2.0",
      timeoutMilliseconds: apiTimeouts(args.timeout).gateway,
    },
    childOf(parent),
  );
  const route = new aws.apigatewayv2.Route(
    `${name}-route`,
    {
      apiId: api.id,
      routeKey: `POST ${args.path}`,
      target: pulumi.interpolate`integrations/${integration.id}`,
      authorizationType: args.authorization ?? "NONE",
    },
    childOf(parent),
  );
  const accessLogs = createLogGroup(parent, `${name}-access-logs`, "/aws/apigateway", args, platform);
  const requestsPerSecond = args.requestsPerSecond ?? 50;
  const stage = new aws.apigatewayv2.Stage(
    `${name}-stage`,
    {
      apiId: api.id,
      name: "$default",
      autoDeploy: true,
      accessLogSettings: { destinationArn: accessLogs.arn, format: accessLogFormat },
      defaultRouteSettings: {
        throttlingRateLimit: requestsPerSecond,
        throttlingBurstLimit: args.burst ?? Math.min(5000, 2 * requestsPerSecond),
      },
      tags: args.tags,
    },
    childOf(parent, { dependsOn: [route] }),
  );
  const permission = new aws.lambda.Permission(
    `${name}-permission`,
    {
      action: "lambda:InvokeFunction",
      function: lambda.name,
      principal: "apigateway.amazonaws.com",
      sourceArn: pulumi.interpolate`${api.executionArn}/*/POST${args.path}`,
    },
    childOf(parent),
  );
  return { api, integration, route, accessLogs, stage, permission };
}

function createLogGroup(
  parent: InferenceApi,
  name: string,
  place: string,
  args: InferenceApiArgs,
  platform: PlatformValues,
): aws.cloudwatch.LogGroup {
  return new aws.cloudwatch.LogGroup(
    name,
    {
      name: pulumi.interpolate`${place}/${platform.name}-${name}`,
      retentionInDays: args.logRetentionDays ?? 365,
      kmsKeyId: platform.kmsKeyArn,
      tags: args.tags,
    },
    childOf(parent),
  );
}

/** One JSON line per request; no bodies. */
const accessLogFormat = JSON.stringify({
  requestId: "$context.requestId",
  time: "$context.requestTime",
  sourceIp: "$context.identity.sourceIp",
  route: "$context.routeKey",
  status: "$context.status",
  milliseconds: "$context.responseLatency",
  integrationStatus: "$context.integrationStatus",
  integrationError: "$context.integrationErrorMessage",
});
