import * as gateway from "@aws-sdk/client-apigatewayv2";
import { allTags } from "../autoname";
import { orMissing } from "../errors";
import { fromApi, omit, pick, type ShapeRules, toApi } from "../shapes";
import type { Context, ResourceSpec } from "../spec";
import { requiredText, text, type Values } from "../values";

const rules: ShapeRules = {
  renamed: { timeoutMilliseconds: "TimeoutInMillis" },
  single: [],
  verbatim: ["stageVariables", "requestParameters", "requestTemplates", "requestModels"],
};
/** Kept among the inputs, so that a platform that came up on another port updates the URLs it gave out. */
const ENDPOINT = "localEndpointUrl";
const NOT_SENT = ["region", "tags", "__defaults", ENDPOINT];

function request<Input>(inputs: Values, extra: Partial<Input>): Input {
  return { ...toApi(omit(inputs, NOT_SENT), rules), ...extra } as Input;
}

function seen(found: object, names: readonly string[]): Values {
  return pick(fromApi(found, rules), names);
}

export async function withEndpoint({ endpointUrl }: Context, inputs: Values): Promise<Values> {
  return { ...inputs, [ENDPOINT]: endpointUrl };
}

export function moved(output: string): (olds: Values, news: Values) => readonly string[] {
  return (olds, news) => (olds[ENDPOINT] === news[ENDPOINT] ? [] : [output]);
}

const API_INPUTS = ["name", "protocolType", "description", "corsConfiguration", "disableExecuteApiEndpoint", "version"];

const api: ResourceSpec = {
  type: "aws:apigatewayv2/api:Api",
  autoname: { property: "name", maxLength: 128 },
  computed: ["apiEndpoint", "arn", "executionArn"],
  check: withEndpoint,
  renewed: moved("apiEndpoint"),
  async create(context, inputs) {
    const input = request<gateway.CreateApiCommandInput>(inputs, { Tags: allTags(inputs, context.defaultTags) });
    const { ApiId = "" } = await context.clients.apigateway.send(new gateway.CreateApiCommand(input));
    return { id: ApiId, outputs: apiOutputs(context, ApiId) };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.apigateway.send(new gateway.GetApiCommand({ ApiId: id })));
    return found && { ...seen(found, API_INPUTS), ...apiOutputs(context, id) };
  },
  async update(context, { id, olds, news }) {
    const input = request<gateway.UpdateApiCommandInput>(omit(news, ["protocolType"]), { ApiId: id });
    await context.clients.apigateway.send(new gateway.UpdateApiCommand(input));
    if (olds.corsConfiguration !== undefined && news.corsConfiguration === undefined)
      await context.clients.apigateway.send(new gateway.DeleteCorsConfigurationCommand({ ApiId: id }));
    return apiOutputs(context, id);
  },
  async delete(context, id) {
    await orMissing(context.clients.apigateway.send(new gateway.DeleteApiCommand({ ApiId: id })));
  },
};

/** Where the local endpoint serves an API: by path, since hosts below localhost do not resolve everywhere. */
export function endpointOf({ endpointUrl }: Context, apiId: string): string {
  return `${endpointUrl}/_aws/execute-api/${apiId}`;
}

function apiOutputs(context: Context, id: string): Values {
  const { partition, region, account } = context;
  return {
    apiEndpoint: endpointOf(context, id),
    arn: `arn:${partition}:apigateway:${region}::/apis/${id}`,
    executionArn: `arn:${partition}:execute-api:${region}:${account}:${id}`,
  };
}

const INTEGRATION_INPUTS = ["integrationType", "integrationUri", "integrationMethod", "payloadFormatVersion", "timeoutMilliseconds"];

const integration: ResourceSpec = {
  type: "aws:apigatewayv2/integration:Integration",
  computed: ["integrationResponseSelectionExpression"],
  async create(context, inputs) {
    const input = request<gateway.CreateIntegrationCommandInput>(inputs, {});
    const { IntegrationId = "" } = await context.clients.apigateway.send(new gateway.CreateIntegrationCommand(input));
    return { id: IntegrationId, outputs: {} };
  },
  async read(context, id, state) {
    const key = { ApiId: ofApi(state), IntegrationId: id };
    const found = await orMissing(context.clients.apigateway.send(new gateway.GetIntegrationCommand(key)));
    return found && { ...seen(found, INTEGRATION_INPUTS), apiId: key.ApiId };
  },
  async update(context, { id, news }) {
    const input = request<gateway.UpdateIntegrationCommandInput>(news, { IntegrationId: id });
    await context.clients.apigateway.send(new gateway.UpdateIntegrationCommand(input));
    return {};
  },
  async delete(context, id, state) {
    await orMissing(context.clients.apigateway.send(new gateway.DeleteIntegrationCommand({ ApiId: ofApi(state), IntegrationId: id })));
  },
};

const route: ResourceSpec = {
  type: "aws:apigatewayv2/route:Route",
  computed: [],
  async create(context, inputs) {
    const { RouteId = "" } = await context.clients.apigateway.send(new gateway.CreateRouteCommand(request(inputs, {})));
    return { id: RouteId, outputs: {} };
  },
  async read(context, id, state) {
    const key = { ApiId: ofApi(state), RouteId: id };
    const found = await orMissing(context.clients.apigateway.send(new gateway.GetRouteCommand(key)));
    return (
      found && { ...seen(found, ["routeKey", "target", "authorizationType", "authorizerId", "authorizationScopes"]), apiId: key.ApiId }
    );
  },
  async update(context, { id, news }) {
    await context.clients.apigateway.send(new gateway.UpdateRouteCommand(request<gateway.UpdateRouteCommandInput>(news, { RouteId: id })));
    return {};
  },
  async delete(context, id, state) {
    await orMissing(context.clients.apigateway.send(new gateway.DeleteRouteCommand({ ApiId: ofApi(state), RouteId: id })));
  },
};

const authorizer: ResourceSpec = {
  type: "aws:apigatewayv2/authorizer:Authorizer",
  autoname: { property: "name", maxLength: 128 },
  computed: [],
  async create(context, inputs) {
    const { AuthorizerId = "" } = await context.clients.apigateway.send(
      new gateway.CreateAuthorizerCommand(authorizerRequest<gateway.CreateAuthorizerCommandInput>(inputs, {})),
    );
    return { id: AuthorizerId, outputs: {} };
  },
  async read(context, id, state) {
    const key = { ApiId: ofApi(state), AuthorizerId: id };
    const found = await orMissing(context.clients.apigateway.send(new gateway.GetAuthorizerCommand(key)));
    return found && { apiId: key.ApiId, name: found.Name ?? "" };
  },
  async update(context, { id, news }) {
    const input = authorizerRequest<gateway.UpdateAuthorizerCommandInput>(news, { AuthorizerId: id });
    await context.clients.apigateway.send(new gateway.UpdateAuthorizerCommand(input));
    return {};
  },
  async delete(context, id, state) {
    await orMissing(context.clients.apigateway.send(new gateway.DeleteAuthorizerCommand({ ApiId: ofApi(state), AuthorizerId: id })));
  },
};

/** Lists of identity sources and audiences have singular names in the API. */
function authorizerRequest<Input>(inputs: Values, extra: Partial<Input>): Input {
  const singular: ShapeRules = { ...rules, renamed: { identitySources: "IdentitySource", audiences: "Audience" } };
  return { ...toApi(omit(inputs, NOT_SENT), singular), ...extra } as Input;
}

/** The id is the stage's name, as in the real provider. */
const stage: ResourceSpec = {
  type: "aws:apigatewayv2/stage:Stage",
  autoname: { property: "name", maxLength: 128 },
  computed: ["arn", "deploymentId", "executionArn", "invokeUrl"],
  check: withEndpoint,
  renewed: moved("invokeUrl"),
  async create(context, inputs) {
    const StageName = requiredText(inputs, "name");
    const input = request<gateway.CreateStageCommandInput>(stageInputs(inputs), { StageName, Tags: allTags(inputs, context.defaultTags) });
    await context.clients.apigateway.send(new gateway.CreateStageCommand(input));
    return { id: StageName, outputs: stageOutputs(context, ofApi(inputs), StageName) };
  },
  async read(context, id, state) {
    const ApiId = ofApi(state);
    const found = await orMissing(context.clients.apigateway.send(new gateway.GetStageCommand({ ApiId, StageName: id })));
    return (
      found && {
        ...seen(found, ["autoDeploy", "description", "stageVariables"]),
        ...stageOutputs(context, ApiId, id),
        apiId: ApiId,
        name: id,
      }
    );
  },
  async update(context, { id, news }) {
    const input = request<gateway.UpdateStageCommandInput>(stageInputs(news), { StageName: id });
    await context.clients.apigateway.send(new gateway.UpdateStageCommand(input));
    return stageOutputs(context, ofApi(news), id);
  },
  async delete(context, id, state) {
    await orMissing(context.clients.apigateway.send(new gateway.DeleteStageCommand({ ApiId: ofApi(state), StageName: id })));
  },
};

/** Route settings are a list here and a map by route key in the API. */
function stageInputs(inputs: Values): Values {
  return omit(inputs, ["name", "routeSettings"]);
}

function stageOutputs(context: Context, apiId: string, name: string): Values {
  const { partition, region, account } = context;
  return {
    arn: `arn:${partition}:apigateway:${region}::/apis/${apiId}/stages/${name}`,
    executionArn: `arn:${partition}:execute-api:${region}:${account}:${apiId}/${name}`,
    invokeUrl: `${endpointOf(context, apiId)}/${name === "$default" ? "" : name}`,
    deploymentId: "",
  };
}

function ofApi(values: Values): string {
  const apiId = text(values, "apiId");
  if (apiId === undefined) throw new Error("the API's id is not known here: import the API, and declare its parts anew");
  return apiId;
}

export const apigatewayv2Resources: readonly ResourceSpec[] = [api, integration, route, authorizer, stage];
