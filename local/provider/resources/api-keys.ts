import * as gateway from "@aws-sdk/client-api-gateway";
import { allTags } from "../autoname";
import { sameValue } from "../diff";
import { orMissing } from "../errors";
import type { Context, ResourceSpec } from "../spec";
import { block, blocks, flag, number, present, requiredText, text, type Values } from "../values";
import { replaced } from "./apigateway";

const apiKey: ResourceSpec = {
  type: "aws:apigateway/apiKey:ApiKey",
  autoname: { property: "name", maxLength: 1024 },
  computed: ["arn", "createdDate", "lastUpdatedDate", "value"],
  async create(context, inputs) {
    const { id = "", value } = await context.clients.restapi.send(
      new gateway.CreateApiKeyCommand({
        name: requiredText(inputs, "name"),
        description: text(inputs, "description"),
        enabled: flag(inputs, "enabled") ?? true,
        value: text(inputs, "value"),
        tags: allTags(inputs, context.defaultTags),
      }),
    );
    return { id, outputs: { ...keyOutputs(context, id), value: value ?? "" } };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.restapi.send(new gateway.GetApiKeyCommand({ apiKey: id, includeValue: true })));
    return found && { ...present({ name: found.name, value: found.value }), ...keyOutputs(context, id) };
  },
  async update(context, { id, news }) {
    const patchOperations = ["name", "description", "enabled"].flatMap((name) => replaced(`/${name}`, text(news, name)));
    await context.clients.restapi.send(new gateway.UpdateApiKeyCommand({ apiKey: id, patchOperations }));
    return keyOutputs(context, id);
  },
  async delete(context, id) {
    await orMissing(context.clients.restapi.send(new gateway.DeleteApiKeyCommand({ apiKey: id })));
  },
};

function keyOutputs({ partition, region }: Context, id: string): Values {
  return { arn: `arn:${partition}:apigateway:${region}::/apikeys/${id}` };
}

const usagePlan: ResourceSpec = {
  type: "aws:apigateway/usagePlan:UsagePlan",
  autoname: { property: "name", maxLength: 1024 },
  computed: ["arn"],
  async create(context, inputs) {
    const throttle = block(inputs, "throttleSettings");
    const quota = block(inputs, "quotaSettings");
    const { id = "" } = await context.clients.restapi.send(
      new gateway.CreateUsagePlanCommand({
        name: requiredText(inputs, "name"),
        description: text(inputs, "description"),
        apiStages: blocks(inputs, "apiStages").map((each) => ({ apiId: text(each, "apiId"), stage: text(each, "stage") })),
        ...(throttle && { throttle: { rateLimit: number(throttle, "rateLimit"), burstLimit: number(throttle, "burstLimit") } }),
        ...(quota && { quota: { limit: number(quota, "limit"), period: text(quota, "period") as gateway.QuotaPeriodType | undefined } }),
        tags: allTags(inputs, context.defaultTags),
      }),
    );
    return { id, outputs: planOutputs(context, id) };
  },
  async read(context, id) {
    const found = await orMissing(context.clients.restapi.send(new gateway.GetUsagePlanCommand({ usagePlanId: id })));
    return found && { ...present({ name: found.name }), ...planOutputs(context, id) };
  },
  async update(context, { id, olds, news }) {
    // MiniStack keeps a changed list of stages as text.
    if (!sameValue(olds.apiStages, news.apiStages))
      throw new Error("the stages of a usage plan cannot be changed here: give it another name");
    const patchOperations = [...settingChanges("throttle", olds, news), ...settingChanges("quota", olds, news)];
    if (patchOperations.length > 0)
      await context.clients.restapi.send(new gateway.UpdateUsagePlanCommand({ usagePlanId: id, patchOperations }));
    return planOutputs(context, id);
  },
  async delete(context, id) {
    await orMissing(context.clients.restapi.send(new gateway.DeleteUsagePlanCommand({ usagePlanId: id })));
  },
};

function settingChanges(name: "throttle" | "quota", olds: Values, news: Values): gateway.PatchOperation[] {
  const settings = block(news, `${name}Settings`);
  if (settings === undefined) return block(olds, `${name}Settings`) === undefined ? [] : [{ op: "remove", path: `/${name}` }];
  return Object.entries(settings).flatMap(([key, value]) => replaced(`/${name}/${key}`, value));
}

function planOutputs({ partition, region }: Context, id: string): Values {
  return { arn: `arn:${partition}:apigateway:${region}::/usageplans/${id}` };
}

/** The id is the key's, as in the real provider. */
const usagePlanKey: ResourceSpec = {
  type: "aws:apigateway/usagePlanKey:UsagePlanKey",
  computed: ["name", "value"],
  async create(context, inputs) {
    const { id = "", name } = await context.clients.restapi.send(new gateway.CreateUsagePlanKeyCommand(planKey(inputs)));
    return { id, outputs: { name: name ?? "", value: "" } };
  },
  async read(context, id, state) {
    const key = { usagePlanId: requiredText(state, "usagePlanId"), keyId: id };
    const found = await orMissing(context.clients.restapi.send(new gateway.GetUsagePlanKeyCommand(key)));
    return found && { ...key, name: found.name ?? "", value: "" };
  },
  async delete(context, id, state) {
    const key = { usagePlanId: requiredText(state, "usagePlanId"), keyId: id };
    await orMissing(context.clients.restapi.send(new gateway.DeleteUsagePlanKeyCommand(key)));
  },
};

function planKey(inputs: Values): gateway.CreateUsagePlanKeyCommandInput {
  return {
    usagePlanId: requiredText(inputs, "usagePlanId"),
    keyId: requiredText(inputs, "keyId"),
    keyType: requiredText(inputs, "keyType"),
  };
}

export const apiKeyResources: readonly ResourceSpec[] = [apiKey, usagePlan, usagePlanKey];
