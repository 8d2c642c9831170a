import * as gateway from "@aws-sdk/client-api-gateway";
import { allTags } from "../autoname";
import { orMissing } from "../errors";
import type { Context, ResourceSpec } from "../spec";
import { block, present, requiredText, text, texts, type Value, type Values } from "../values";
import { endpointOf, moved, withEndpoint } from "./apigatewayv2";
import { binaryMediaTypes, define } from "./rest-definition";

const restApi: ResourceSpec = {
  type: "aws:apigateway/restApi:RestApi",
  autoname: { property: "name", maxLength: 128 },
  computed: ["arn", "createdDate", "executionArn", "rootResourceId"],
  async create(context, inputs) {
    const body = text(inputs, "body");
    const { id = "", createdDate } = await context.clients.restapi.send(
      new gateway.CreateRestApiCommand({
        name: requiredText(inputs, "name"),
        description: text(inputs, "description"),
        binaryMediaTypes: texts(inputs, "binaryMediaTypes") ?? (body === undefined ? undefined : [...(binaryMediaTypes(body) ?? [])]),
        endpointConfiguration: { types: ["REGIONAL"] },
        tags: allTags(inputs, context.defaultTags),
      }),
    );
    if (body !== undefined) await define(context, id, body);
    return { id, outputs: { ...(await restOutputs(context, id)), createdDate: createdDate?.toISOString() ?? "" } };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.restapi.send(new gateway.GetRestApiCommand({ restApiId: id })));
    return found && { ...present({ name: found.name, description: found.description }), ...(await restOutputs(context, id)) };
  },
  async update(context, { id, olds, news }) {
    const patchOperations = ["name", "description"].flatMap((name) => replaced(`/${name}`, text(news, name)));
    await context.clients.restapi.send(new gateway.UpdateRestApiCommand({ restApiId: id, patchOperations }));
    const body = text(news, "body");
    if (body !== undefined && body !== text(olds, "body")) await define(context, id, body);
    return restOutputs(context, id);
  },
  async delete(context, id) {
    await orMissing(context.clients.restapi.send(new gateway.DeleteRestApiCommand({ restApiId: id })));
  },
};

async function restOutputs(context: Context, id: string): Promise<Values> {
  const { partition, region, account } = context;
  const { items = [] } = await context.clients.restapi.send(new gateway.GetResourcesCommand({ restApiId: id, limit: 500 }));
  return {
    arn: `arn:${partition}:apigateway:${region}::/restapis/${id}`,
    executionArn: `arn:${partition}:execute-api:${region}:${account}:${id}`,
    rootResourceId: items.find(({ path }) => path === "/")?.id ?? "",
  };
}

/** A change of one value, as UpdateRestApi and its like take it; all values are texts there. */
export function replaced(path: string, value: Value | undefined): gateway.PatchOperation[] {
  return value === undefined || value === null ? [] : [{ op: "replace", path, value: String(value) }];
}

const deployment: ResourceSpec = {
  type: "aws:apigateway/deployment:Deployment",
  computed: ["createdDate"],
  async create(context, inputs) {
    const input = { restApiId: requiredText(inputs, "restApi"), description: text(inputs, "description") };
    const { id = "", createdDate } = await context.clients.restapi.send(new gateway.CreateDeploymentCommand(input));
    return { id, outputs: { createdDate: createdDate?.toISOString() ?? "" } };
  },
  async read(context, id, state) {
    const key = { restApiId: requiredText(state, "restApi"), deploymentId: id };
    const found = await orMissing(context.clients.restapi.send(new gateway.GetDeploymentCommand(key)));
    return found && { restApi: key.restApiId };
  },
  async update(context, { id, news }) {
    const key = { restApiId: requiredText(news, "restApi"), deploymentId: id };
    const patchOperations = replaced("/description", text(news, "description"));
    await context.clients.restapi.send(new gateway.UpdateDeploymentCommand({ ...key, patchOperations }));
    return {};
  },
  async delete(context, id, state) {
    const key = { restApiId: requiredText(state, "restApi"), deploymentId: id };
    await orMissing(context.clients.restapi.send(new gateway.DeleteDeploymentCommand(key)));
  },
};

const stage: ResourceSpec = {
  type: "aws:apigateway/stage:Stage",
  computed: ["arn", "executionArn", "invokeUrl", "webAclArn"],
  check: withEndpoint,
  renewed: moved("invokeUrl"),
  async create(context, inputs) {
    const key = stageKey(inputs);
    await context.clients.restapi.send(
      new gateway.CreateStageCommand({
        ...key,
        deploymentId: requiredText(inputs, "deployment"),
        description: text(inputs, "description"),
        tags: allTags(inputs, context.defaultTags),
      }),
    );
    await context.clients.restapi.send(new gateway.UpdateStageCommand({ ...key, patchOperations: stageChanges(inputs) }));
    return { id: `ags-${key.restApiId}-${key.stageName}`, outputs: stageOutputs(context, key) };
  },
  async read(context, _id, state) {
    const key = stageKey(state);
    const found = await orMissing(context.clients.restapi.send(new gateway.GetStageCommand(key)));
    return found && { ...present({ deployment: found.deploymentId }), ...stageOutputs(context, key) };
  },
  async update(context, { news }) {
    const key = stageKey(news);
    const patchOperations = [...replaced("/deploymentId", text(news, "deployment")), ...stageChanges(news)];
    await context.clients.restapi.send(new gateway.UpdateStageCommand({ ...key, patchOperations }));
    return stageOutputs(context, key);
  },
  async delete(context, _id, state) {
    await orMissing(context.clients.restapi.send(new gateway.DeleteStageCommand(stageKey(state))));
  },
};

interface StageKey {
  readonly restApiId: string;
  readonly stageName: string;
}

function stageKey(values: Values): StageKey {
  return { restApiId: requiredText(values, "restApi"), stageName: requiredText(values, "stageName") };
}

function stageChanges(inputs: Values): gateway.PatchOperation[] {
  const logs = block(inputs, "accessLogSettings");
  return [
    ...replaced("/description", text(inputs, "description")),
    ...replaced("/accessLogSettings/destinationArn", text(logs, "destinationArn")),
    ...replaced("/accessLogSettings/format", text(logs, "format")),
  ];
}

function stageOutputs(context: Context, { restApiId, stageName }: StageKey): Values {
  const { partition, region, account } = context;
  return {
    arn: `arn:${partition}:apigateway:${region}::/restapis/${restApiId}/stages/${stageName}`,
    executionArn: `arn:${partition}:execute-api:${region}:${account}:${restApiId}/${stageName}`,
    invokeUrl: `${endpointOf(context, restApiId)}/${stageName}`,
    webAclArn: "",
  };
}

/** Which of a stage's settings for a method are sent, and under which path. */
const settingPaths: Readonly<Record<string, string>> = {
  metricsEnabled: "metrics/enabled",
  throttlingRateLimit: "throttling/rateLimit",
  throttlingBurstLimit: "throttling/burstLimit",
};

const methodSettings: ResourceSpec = {
  type: "aws:apigateway/methodSettings:MethodSettings",
  computed: [],
  async create(context, inputs) {
    await setMethod(context, inputs);
    const { restApiId, stageName } = stageKey(inputs);
    return { id: `${restApiId}-${stageName}-${requiredText(inputs, "methodPath")}`, outputs: {} };
  },
  async read(context, _id, state) {
    const found = await orMissing(context.clients.restapi.send(new gateway.GetStageCommand(stageKey(state))));
    return found?.methodSettings?.[requiredText(state, "methodPath")] && {};
  },
  async update(context, { news }) {
    await setMethod(context, news);
    return {};
  },
  async delete(context, _id, state) {
    const patchOperations: gateway.PatchOperation[] = [{ op: "remove", path: `/${requiredText(state, "methodPath")}` }];
    await orMissing(context.clients.restapi.send(new gateway.UpdateStageCommand({ ...stageKey(state), patchOperations })));
  },
};

async function setMethod(context: Context, inputs: Values): Promise<void> {
  const settings = block(inputs, "settings") ?? {};
  const patchOperations = Object.entries(settingPaths).flatMap(([name, path]) =>
    replaced(`/${requiredText(inputs, "methodPath")}/${path}`, settings[name]),
  );
  await context.clients.restapi.send(new gateway.UpdateStageCommand({ ...stageKey(inputs), patchOperations }));
}

export const apigatewayResources: readonly ResourceSpec[] = [restApi, deployment, stage, methodSettings];
