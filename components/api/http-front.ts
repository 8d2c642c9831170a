import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childOf } from "../component";
import { httpAccessLog } from "./access-log";
import type { ApiSettings } from "./api-args";
import { createLogGroup, type FrontContext } from "./caller";
import { createDomain, type DomainNodes } from "./custom-domain";
import { createPermissions } from "./front-permissions";
import { exposedHeaders } from "./handler/cors-settings";
import type { ModelWay } from "./model-way";
import { apiTimeouts, corsOf, operationsOf, throttleOf } from "./operations";

export interface HttpApiNodes {
  readonly api: aws.apigatewayv2.Api;
  /** Undefined unless tokens are checked. */
  readonly authorizer: aws.apigatewayv2.Authorizer | undefined;
  /** One per model. */
  readonly integrations: readonly aws.apigatewayv2.Integration[];
  /** One per method and path. */
  readonly routes: readonly aws.apigatewayv2.Route[];
  readonly accessLogs: aws.cloudwatch.LogGroup;
  readonly stage: aws.apigatewayv2.Stage;
  readonly permissions: readonly aws.lambda.Permission[];
  readonly domain: DomainNodes | undefined;
}

/** An HTTP API before the functions of its models. */
export function createHttpApi(
  context: FrontContext,
  name: string,
  description: string,
  settings: ApiSettings,
  ways: readonly { readonly way: ModelWay; readonly lambda: aws.lambda.Function }[],
): { readonly nodes: HttpApiNodes; readonly baseUrl: pulumi.Output<string>; readonly ready: pulumi.Output<unknown> } {
  const { parent, tags } = context;
  const cors = corsOf(settings, ways.some(({ way }) => way.serving === "async") ? ["POST", "GET"] : ["POST"]);
  const api = new aws.apigatewayv2.Api(
    name,
    {
      protocolType: "HTTP",
      description,
      corsConfiguration: cors && {
        allowOrigins: [...cors.origins],
        allowHeaders: [...cors.headers],
        allowMethods: [...cors.methods],
        exposeHeaders: exposedHeaders,
        allowCredentials: cors.credentials,
        maxAge: cors.maxAgeSeconds,
      },
      tags,
    },
    childOf(parent),
  );
  const { jwt } = settings;
  const authorizer =
    jwt &&
    new aws.apigatewayv2.Authorizer(
      `${name}-authorizer`,
      {
        apiId: api.id,
        authorizerType: "JWT",
        identitySources: ["$request.header.Authorization"],
        jwtConfiguration: { issuer: jwt.issuer, audiences: jwt.audience },
      },
      childOf(parent),
    );
  const made = ways.map(({ way, lambda }) => createRoutes(context, api, authorizer, settings, way, lambda));
  const routes = made.flatMap((each) => each.routes);
  const accessLogs = createLogGroup(context, `${name}-access-logs`, "/aws/apigateway");
  const limits = throttleOf(settings);
  const stage = new aws.apigatewayv2.Stage(
    `${name}-stage`,
    {
      apiId: api.id,
      name: "$default",
      autoDeploy: true,
      accessLogSettings: { destinationArn: accessLogs.arn, format: httpAccessLog },
      defaultRouteSettings: { throttlingRateLimit: limits.rate, throttlingBurstLimit: limits.burst },
      ...routeThrottles(ways.map(({ way }) => way)),
      tags,
    },
    childOf(parent, { dependsOn: routes }),
  );
  const permissions = made.flatMap((each) => each.permissions);
  const domain = settings.domain && createDomain(context, name, settings.domain, api.id, stage.id);
  return {
    nodes: { api, authorizer, integrations: made.map((each) => each.integration), routes, accessLogs, stage, permissions, domain },
    baseUrl:
      settings.domain === undefined
        ? stage.invokeUrl.apply((url) => url.replace(/\/$/, ""))
        : pulumi.all([domain?.mapping.id]).apply(() => `https://${settings.domain?.name}`),
    ready: pulumi.all([...routes, ...permissions].map(({ id }) => id)),
  };
}

function createRoutes(
  { parent }: FrontContext,
  api: aws.apigatewayv2.Api,
  authorizer: aws.apigatewayv2.Authorizer | undefined,
  { jwt }: ApiSettings,
  way: ModelWay,
  lambda: aws.lambda.Function,
): {
  readonly integration: aws.apigatewayv2.Integration;
  readonly routes: aws.apigatewayv2.Route[];
  readonly permissions: aws.lambda.Permission[];
} {
  const integration = new aws.apigatewayv2.Integration(
    `${way.name}-integration`,
    {
      apiId: api.id,
      integrationType: "AWS_PROXY",
      integrationUri: lambda.invokeArn,
      integrationMethod: "POST",
      payloadFormatVersion: "2.0",
      timeoutMilliseconds: apiTimeouts(way.settings.timeout).gatewayMilliseconds,
    },
    childOf(parent),
  );
  const routes = operationsOf(way.path, way.serving).map(
    ({ method, path, suffix }) =>
      new aws.apigatewayv2.Route(
        `${way.name}${suffix}-route`,
        {
          apiId: api.id,
          routeKey: `${method} ${path}`,
          target: pulumi.interpolate`integrations/${integration.id}`,
          authorizationType: way.authorization,
          ...(way.authorization === "JWT" && authorizer !== undefined
            ? { authorizerId: authorizer.id, ...(jwt?.scopes === undefined ? {} : { authorizationScopes: jwt.scopes }) }
            : {}),
        },
        childOf(parent),
      ),
  );
  return { integration, routes, permissions: createPermissions(parent, way, lambda, api.executionArn, false) };
}

/** Limits of models that have their own; the stage's hold for the others. */
function routeThrottles(ways: readonly ModelWay[]): Pick<aws.apigatewayv2.StageArgs, "routeSettings"> {
  const routeSettings = ways.flatMap(({ path, serving, throttle }) => {
    if (throttle === undefined) {
      return [];
    }
    const { rate, burst } = throttleOf(throttle);
    return operationsOf(path, serving).map((operation) => ({
      routeKey: `${operation.method} ${operation.path}`,
      throttlingRateLimit: rate,
      throttlingBurstLimit: burst,
    }));
  });
  return routeSettings.length === 0 ? {} : { routeSettings };
}
