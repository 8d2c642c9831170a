import * as scaling from "@aws-sdk/client-application-auto-scaling";
import { orMissing } from "../errors";
import { fromApi, pick, type ShapeRules, toApi } from "../shapes";
import type { Context, ResourceSpec } from "../spec";
import { block, present, requiredText, text, type Values } from "../values";

const RULES: ShapeRules = { renamed: {}, single: [], verbatim: [] };

/** Replaced in the state by what is there when somebody else changed it. */
const SHOWN = ["serviceNamespace", "resourceId", "scalableDimension", "schedule", "timezone", "scalableTargetAction"];

/** Changes the bounds of a registered variant at certain times. Its id is that of the real provider: name, namespace and resource, by hyphens. */
export const scheduledAction: ResourceSpec = {
  type: "aws:appautoscaling/scheduledAction:ScheduledAction",
  autoname: { property: "name", maxLength: 256 },
  computed: ["arn"],
  async create(context, inputs) {
    await put(context, inputs);
    const id = [requiredText(inputs, "name"), requiredText(inputs, "serviceNamespace"), requiredText(inputs, "resourceId")].join("-");
    const found = await find(context, inputs);
    return { id, outputs: present({ arn: found?.ScheduledActionARN, timezone: text(inputs, "timezone") ?? "UTC" }) };
  },
  async read(context, _id, state) {
    const found = text(state, "name") === undefined ? undefined : await find(context, state);
    if (found === undefined) return undefined;
    const { startTime, endTime } = state;
    const times = present({
      startTime: sameTime(startTime, found.StartTime) ? startTime : found.StartTime?.toISOString(),
      endTime: sameTime(endTime, found.EndTime) ? endTime : found.EndTime?.toISOString(),
    });
    const shown = pick(fromApi(found, RULES), SHOWN);
    return { ...shown, ...times, ...present({ name: found.ScheduledActionName, arn: found.ScheduledActionARN }) };
  },
  async update(context, { news }) {
    await put(context, news);
    return {};
  },
  async delete(context, _id, state) {
    const command = new scaling.DeleteScheduledActionCommand({ ...identityOf(state), ScheduledActionName: requiredText(state, "name") });
    await orMissing(context.clients.scaling.send(command));
  },
};

async function put(context: Context, inputs: Values): Promise<void> {
  const startTime = text(inputs, "startTime");
  const endTime = text(inputs, "endTime");
  const action = block(inputs, "scalableTargetAction");
  await context.clients.scaling.send(
    new scaling.PutScheduledActionCommand({
      ...identityOf(inputs),
      ScheduledActionName: requiredText(inputs, "name"),
      Schedule: requiredText(inputs, "schedule"),
      Timezone: text(inputs, "timezone") ?? "UTC",
      ...(startTime === undefined ? {} : { StartTime: new Date(startTime) }),
      ...(endTime === undefined ? {} : { EndTime: new Date(endTime) }),
      ...(action && { ScalableTargetAction: toApi(action, RULES) }),
    }),
  );
}

async function find(context: Context, values: Values): Promise<scaling.ScheduledAction | undefined> {
  const command = new scaling.DescribeScheduledActionsCommand({
    ...identityOf(values),
    ScheduledActionNames: [requiredText(values, "name")],
  });
  return (await context.clients.scaling.send(command)).ScheduledActions?.[0];
}

function identityOf(values: Values) {
  return {
    ServiceNamespace: requiredText(values, "serviceNamespace") as scaling.ServiceNamespace,
    ResourceId: requiredText(values, "resourceId"),
    ScalableDimension: requiredText(values, "scalableDimension") as scaling.ScalableDimension,
  };
}

function sameTime(written: unknown, there: Date | undefined): boolean {
  return typeof written === "string" && there !== undefined && Date.parse(written) === there.getTime();
}
