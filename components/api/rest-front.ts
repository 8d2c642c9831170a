import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childOf } from "../component";
import { restAccessLog } from "./access-log";
import type { ApiSettings } from "./api-args";
import { createLogGroup, type FrontContext } from "./caller";
import { createDomain, type DomainNodes } from "./custom-domain";
import { createPermissions } from "./front-permissions";
import type { ModelWay } from "./model-way";
import { apiTimeouts, operationsOf, throttleOf } from "./operations";
import { gatewayTrust } from "./policies";
import { restDefinition } from "./rest-definition";

export interface RestApiNodes {
  readonly api: aws.apigateway.RestApi;
  readonly deployment: aws.apigateway.Deployment;
  readonly accessLogs: aws.cloudwatch.LogGroup;
  readonly stage: aws.apigateway.Stage;
  /** The first is of the whole stage; then those of models with limits of their own. */
  readonly methodSettings: readonly aws.apigateway.MethodSettings[];
  readonly permissions: readonly aws.lambda.Permission[];
  /** Undefined unless callers send a key. */
  readonly apiKey: aws.apigateway.ApiKey | undefined;
  readonly usagePlan: aws.apigateway.UsagePlan | undefined;
  readonly usagePlanKey: aws.apigateway.UsagePlanKey | undefined;
  readonly domain: DomainNodes | undefined;
}

/** Part of every URL of a REST API without a domain of its own. */
const stageName = "live";

/** A REST API before the functions of its models. Whatever changes of its definition is deployed at once. */
export function createRestApi(
  context: FrontContext,
  name: string,
  description: string,
  settings: ApiSettings,
  ways: readonly { readonly way: ModelWay; readonly lambda: aws.lambda.Function }[],
): { readonly nodes: RestApiNodes; readonly baseUrl: pulumi.Output<string>; readonly ready: pulumi.Output<unknown> } {
  const { parent, tags } = context;
  const body = pulumi.all(ways.map(({ lambda }) => lambda.invokeArn)).apply((invokeArns) =>
    restDefinition({
      title: name,
      apiKey: settings.apiKey === true,
      cors: settings.cors !== undefined,
      operations: ways.flatMap(({ way }, index) =>
        operationsOf(way.path, way.serving).map(({ method, path }) => ({
          method,
          path,
          invokeArn: invokeArns[index] ?? "",
          authorization: way.authorization,
          timeoutMilliseconds: apiTimeouts(way.settings.timeout).gatewayMilliseconds,
        })),
      ),
    }),
  );
  const api = new aws.apigateway.RestApi(
    name,
    { description, body, endpointConfiguration: { types: "REGIONAL" }, binaryMediaTypes: ["*/*"], tags },
    childOf(parent),
  );
  // The new deployment comes before the old one goes, which the stage is still bound to.
  const deployment = new aws.apigateway.Deployment(
    `${name}-deployment`,
    { restApi: api.id, triggers: { definition: body.apply((text) => createHash("sha256").update(text).digest("hex")) } },
    childOf(parent),
  );
  const accessLogs = createLogGroup(context, `${name}-access-logs`, "/aws/apigateway");
  const stage = new aws.apigateway.Stage(
    `${name}-stage`,
    {
      restApi: api.id,
      deployment: deployment.id,
      stageName,
      accessLogSettings: { destinationArn: accessLogs.arn, format: restAccessLog },
      tags,
    },
    childOf(parent, { dependsOn: settings.accountLogRole === true ? [createAccountLogRole(context, name)] : [] }),
  );
  const methodSettings = createMethodSettings(
    context,
    name,
    settings,
    api,
    stage,
    ways.map(({ way }) => way),
  );
  const permissions = ways.flatMap(({ way, lambda }) =>
    createPermissions(parent, way, lambda, api.executionArn, settings.cors !== undefined),
  );
  const key = createKey(context, name, settings, api, stage);
  const domain = settings.domain && createDomain(context, name, settings.domain, api.id, stage.stageName);
  return {
    nodes: { api, deployment, accessLogs, stage, methodSettings, permissions, ...key, domain },
    baseUrl:
      settings.domain === undefined
        ? stage.invokeUrl.apply((url) => url.replace(/\/$/, ""))
        : pulumi.all([domain?.mapping.id]).apply(() => `https://${settings.domain?.name}`),
    ready: pulumi.all(
      [...permissions, ...methodSettings, ...(key.usagePlanKey === undefined ? [] : [key.usagePlanKey])].map(({ id }) => id),
    ),
  };
}

function createMethodSettings(
  { parent }: FrontContext,
  name: string,
  settings: ApiSettings,
  api: aws.apigateway.RestApi,
  stage: aws.apigateway.Stage,
  ways: readonly ModelWay[],
): aws.apigateway.MethodSettings[] {
  const limit = (resource: string, methodPath: string, { rate, burst }: ReturnType<typeof throttleOf>) =>
    new aws.apigateway.MethodSettings(
      resource,
      {
        restApi: api.id,
        stageName: stage.stageName,
        methodPath,
        settings: { metricsEnabled: true, throttlingRateLimit: rate, throttlingBurstLimit: burst },
      },
      childOf(parent),
    );
  return [
    limit(`${name}-throttle`, "*/*", throttleOf(settings)),
    ...ways.flatMap(({ name: wayName, path, throttle }) =>
      throttle === undefined ? [] : [limit(`${wayName}-throttle`, `${path.slice(1)}/POST`, throttleOf(throttle))],
    ),
  ];
}

/** A key that AWS makes, and the plan that says where and how much it may be used. */
function createKey(
  { parent, tags }: FrontContext,
  name: string,
  { apiKey, usagePlan: plan }: ApiSettings,
  api: aws.apigateway.RestApi,
  stage: aws.apigateway.Stage,
): Pick<RestApiNodes, "apiKey" | "usagePlan" | "usagePlanKey"> {
  if (apiKey !== true) {
    return { apiKey: undefined, usagePlan: undefined, usagePlanKey: undefined };
  }
  const key = new aws.apigateway.ApiKey(`${name}-key`, { tags }, childOf(parent, { additionalSecretOutputs: ["value"] }));
  const { requestsPerSecond, burst, quota } = plan ?? {};
  const limited = requestsPerSecond !== undefined || burst !== undefined;
  const usagePlan = new aws.apigateway.UsagePlan(
    `${name}-plan`,
    {
      apiStages: [{ apiId: api.id, stage: stage.stageName }],
      ...(limited
        ? {
            throttleSettings: {
              ...(requestsPerSecond === undefined ? {} : { rateLimit: requestsPerSecond }),
              ...(burst === undefined ? {} : { burstLimit: burst }),
            },
          }
        : {}),
      ...(quota === undefined ? {} : { quotaSettings: { limit: quota.requests, period: quota.period ?? "DAY" } }),
      tags,
    },
    childOf(parent),
  );
  const usagePlanKey = new aws.apigateway.UsagePlanKey(
    `${name}-plan-key`,
    { keyId: key.id, keyType: "API_KEY", usagePlanId: usagePlan.id },
    // The provider tells the key's value here too.
    childOf(parent, { additionalSecretOutputs: ["value"] }),
  );
  return { apiKey: key, usagePlan, usagePlanKey };
}

/** An account has one such role in a region, for all of its REST APIs. */
function createAccountLogRole({ parent, platform, tags }: FrontContext, name: string): aws.apigateway.Account {
  const role = new aws.iam.Role(
    `${name}-account-log-role`,
    {
      description: "API Gateway writes the logs of REST APIs",
      assumeRolePolicy: gatewayTrust,
      permissionsBoundary: platform.permissionsBoundaryArn,
      tags,
    },
    childOf(parent),
  );
  const attachment = new aws.iam.RolePolicyAttachment(
    `${name}-account-log-policy`,
    {
      role: role.name,
      policyArn: pulumi.interpolate`arn:${platform.partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs`,
    },
    childOf(parent),
  );
  return new aws.apigateway.Account(`${name}-account`, { cloudwatchRoleArn: role.arn }, childOf(parent, { dependsOn: [attachment] }));
}
