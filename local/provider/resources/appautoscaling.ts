import * as scaling from "@aws-sdk/client-application-auto-scaling";
import { allTags } from "../autoname";
import { orMissing } from "../errors";
import { recorded } from "../recorded";
import { fromApi, omit, pick, type ShapeRules, toApi } from "../shapes";
import type { Context, ResourceSpec } from "../spec";
import { block, blocks, number, present, requiredText, text, type Value, type Values } from "../values";
import { scheduledAction } from "./scheduled-action";

const RULES: ShapeRules = { renamed: { roleArn: "RoleARN" }, single: [], verbatim: [] };

const IDENTITY = ["serviceNamespace", "resourceId", "scalableDimension"];

interface Identity {
  readonly ServiceNamespace: scaling.ServiceNamespace;
  readonly ResourceId: string;
  readonly ScalableDimension: scaling.ScalableDimension;
}

const target: ResourceSpec = {
  type: "aws:appautoscaling/target:Target",
  computed: ["arn", "roleArn", "suspendedState"],
  async create(context, inputs) {
    await register(context, inputs, allTags(inputs, context.defaultTags));
    const id = requiredText(inputs, "resourceId");
    return { id, outputs: (await target.read(context, id, inputs)) ?? {} };
  },
  async read(context, id, state) {
    const { resourceId, scalableDimension, serviceNamespace } = identified(id, state, 0);
    const identity = { ServiceNamespace: serviceNamespace, ScalableDimension: scalableDimension, ResourceIds: [resourceId] };
    const page = await context.clients.scaling.send(new scaling.DescribeScalableTargetsCommand(identity));
    const [found] = page.ScalableTargets ?? [];
    if (found === undefined) return undefined;
    const shown = ["minCapacity", "maxCapacity", "roleArn", "suspendedState", ...IDENTITY];
    return { ...pick(fromApi(found, RULES), shown), ...present({ arn: found.ScalableTargetARN }) };
  },
  async update(context, { id, news }) {
    await retag(context, await register(context, news, undefined), allTags(news, context.defaultTags));
    return (await target.read(context, id, news)) ?? {};
  },
  async delete(context, _id, state) {
    await orMissing(context.clients.scaling.send(new scaling.DeregisterScalableTargetCommand(identityOf(state))));
  },
};

/** Makes the registration, or changes it, and gives its ARN; tags are given only when it is made. */
async function register(context: Context, inputs: Values, tags: Record<string, string> | undefined): Promise<string> {
  const input = toApi(pick(inputs, ["minCapacity", "maxCapacity", "roleArn", "suspendedState", ...IDENTITY]), RULES);
  const tagged = tags === undefined || Object.keys(tags).length === 0 ? input : { ...input, Tags: tags };
  const command = new scaling.RegisterScalableTargetCommand(tagged as unknown as scaling.RegisterScalableTargetCommandInput);
  return (await context.clients.scaling.send(command)).ScalableTargetARN ?? "";
}

async function retag(context: Context, ResourceARN: string, wanted: Record<string, string>): Promise<void> {
  const { Tags = {} } = await context.clients.scaling.send(new scaling.ListTagsForResourceCommand({ ResourceARN }));
  const TagKeys = Object.keys(Tags).filter((key) => !(key in wanted));
  if (TagKeys.length > 0) await context.clients.scaling.send(new scaling.UntagResourceCommand({ ResourceARN, TagKeys }));
  if (Object.keys(wanted).length > 0) await context.clients.scaling.send(new scaling.TagResourceCommand({ ResourceARN, Tags: wanted }));
}

const CONFIGURATIONS = ["targetTrackingScalingPolicyConfiguration", "stepScalingPolicyConfiguration"];

const policy: ResourceSpec = {
  type: "aws:appautoscaling/policy:Policy",
  autoname: { property: "name", maxLength: 255 },
  computed: ["arn", "alarmArns"],
  async create(context, inputs) {
    const put = await context.clients.scaling.send(new scaling.PutScalingPolicyCommand(policyRequest(inputs)));
    const alarmArns = (put.Alarms ?? []).flatMap(({ AlarmARN }) => (AlarmARN === undefined ? [] : [AlarmARN]));
    return { id: requiredText(inputs, "name"), outputs: present({ arn: put.PolicyARN, alarmArns, policyType: policyType(inputs) }) };
  },
  async read(context, id, state) {
    const identity = identified(id, state, 1);
    const found = await findPolicy(context, identity);
    if (found === undefined) return undefined;
    const alarmArns = (found.Alarms ?? []).flatMap(({ AlarmARN }) => (AlarmARN === undefined ? [] : [AlarmARN]));
    return {
      ...present({ ...pick(fromApi(found, RULES), ["policyType", ...IDENTITY]), name: found.PolicyName, arn: found.PolicyARN, alarmArns }),
      ...configurations(found, state),
    };
  },
  async update(context, { id, news, state }) {
    await context.clients.scaling.send(new scaling.PutScalingPolicyCommand(policyRequest(news)));
    return pick((await policy.read(context, id, { ...state, ...news })) ?? {}, ["arn", "alarmArns", "policyType"]);
  },
  async delete(context, id, state) {
    const PolicyName = text(state, "name") ?? id;
    await orMissing(context.clients.scaling.send(new scaling.DeleteScalingPolicyCommand({ ...identityOf(state), PolicyName })));
  },
};

/** The real provider's default, as the API's own. */
function policyType(inputs: Values): string {
  return text(inputs, "policyType") ?? "StepScaling";
}

function policyRequest(inputs: Values): scaling.PutScalingPolicyCommandInput {
  const step = block(inputs, "stepScalingPolicyConfiguration");
  const tracking = block(inputs, "targetTrackingScalingPolicyConfiguration");
  const predictive = block(inputs, "predictiveScalingPolicyConfiguration");
  return {
    ...identityOf(inputs),
    PolicyName: requiredText(inputs, "name"),
    PolicyType: policyType(inputs) as scaling.PolicyType,
    ...(step && { StepScalingPolicyConfiguration: stepRequest(step) }),
    ...(tracking && {
      TargetTrackingScalingPolicyConfiguration: toApi(tracking, RULES) as unknown as scaling.TargetTrackingScalingPolicyConfiguration,
    }),
    ...(predictive && { PredictiveScalingPolicyConfiguration: toApi(predictive, RULES) as never }),
  };
}

/** Bounds are texts in the provider, so that none can be told from 0. */
function stepRequest(step: Values): scaling.StepScalingPolicyConfiguration {
  const StepAdjustments = blocks(step, "stepAdjustments").map((adjustment) => ({
    ...(toApi(omit(adjustment, ["metricIntervalLowerBound", "metricIntervalUpperBound"]), RULES) as { ScalingAdjustment: number }),
    ...present({
      MetricIntervalLowerBound: number(adjustment, "metricIntervalLowerBound"),
      MetricIntervalUpperBound: number(adjustment, "metricIntervalUpperBound"),
    }),
  }));
  return { ...toApi(omit(step, ["stepAdjustments"]), RULES), StepAdjustments };
}

/** The configuration as the state has it while it means the same as what is there. */
function configurations(found: scaling.ScalingPolicy, state: Values): Values {
  const asked = text(state, "name") === undefined ? undefined : policyRequest(state);
  const same =
    asked !== undefined &&
    sameContent(asked.TargetTrackingScalingPolicyConfiguration, found.TargetTrackingScalingPolicyConfiguration) &&
    sameContent(asked.StepScalingPolicyConfiguration, found.StepScalingPolicyConfiguration);
  return same ? pick(state, CONFIGURATIONS) : pick(bounded(fromApi(found, RULES)), CONFIGURATIONS);
}

function bounded(properties: Values): Values {
  const step = block(properties, "stepScalingPolicyConfiguration");
  if (step === undefined) return properties;
  const stepAdjustments: Value[] = blocks(step, "stepAdjustments").map(
    (adjustment): Values =>
      Object.fromEntries(
        Object.entries(adjustment).map(([name, value]): [string, Value] => [
          name,
          name.startsWith("metricInterval") ? String(value) : value,
        ]),
      ),
  );
  return { ...properties, stepScalingPolicyConfiguration: { ...step, stepAdjustments } };
}

function sameContent(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, member]): [string, unknown] => [name, sorted(member)])
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

interface Identified {
  readonly serviceNamespace: scaling.ServiceNamespace;
  readonly resourceId: string;
  readonly scalableDimension: scaling.ScalableDimension;
  readonly name: string | undefined;
}

async function findPolicy(context: Context, { serviceNamespace, resourceId, scalableDimension, name }: Identified) {
  const page = await context.clients.scaling.send(
    new scaling.DescribeScalingPoliciesCommand({
      ServiceNamespace: serviceNamespace,
      ResourceId: resourceId,
      ScalableDimension: scalableDimension,
      PolicyNames: name === undefined ? [] : [name],
    }),
  );
  return page.ScalingPolicies?.[0];
}

/** From the state; on an import from the id `<namespace>/<resource id>/<dimension>`, with a name at its end for what is called by one. */
function identified(id: string, state: Values, names: 0 | 1): Identified {
  if (text(state, "resourceId") !== undefined) {
    const { ServiceNamespace, ResourceId, ScalableDimension } = identityOf(state);
    const name = names === 1 ? (text(state, "name") ?? id) : undefined;
    return { serviceNamespace: ServiceNamespace, resourceId: ResourceId, scalableDimension: ScalableDimension, name };
  }
  const [serviceNamespace = "", ...rest] = id.split("/");
  const name = names === 1 ? rest.pop() : undefined;
  const scalableDimension = rest.pop() ?? "";
  return {
    serviceNamespace: serviceNamespace as scaling.ServiceNamespace,
    resourceId: rest.join("/"),
    scalableDimension: scalableDimension as scaling.ScalableDimension,
    name,
  };
}

function identityOf(values: Values): Identity {
  return {
    ServiceNamespace: requiredText(values, "serviceNamespace") as scaling.ServiceNamespace,
    ResourceId: requiredText(values, "resourceId"),
    ScalableDimension: requiredText(values, "scalableDimension") as scaling.ScalableDimension,
  };
}

/** What scales another service than SageMaker is recorded: nothing here would act on it. */
function sageMakerOnly(spec: ResourceSpec): ResourceSpec {
  const other = recorded(spec.type);
  const of = (values: Values, id = ""): ResourceSpec =>
    (text(values, "serviceNamespace") ?? id.split("/")[0]) === "sagemaker" ? spec : other;
  return {
    ...spec,
    create: (context, inputs) => of(inputs).create(context, inputs),
    read: (context, id, state) => of(state, id).read(context, id, state),
    update: (context, change) => of(change.news).update?.(context, change) ?? Promise.resolve({}),
    delete: (context, id, state) => of(state, id).delete(context, id, state),
  };
}

export const appautoscalingResources: readonly ResourceSpec[] = [target, policy, scheduledAction].map(sageMakerOnly);
