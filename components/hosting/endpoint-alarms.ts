import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childOf } from "../component";
import type { PlatformValues } from "../platform/platform-exports";
import { type AlarmPlan, type AlarmsArgs, alarmPlans } from "./alarms-spec";
import type { ServingSpec } from "./serving";

/** An endpoint's alarms by what they are of, such as `errors`, or `errors-b` of the variant b. */
export type EndpointAlarms = Readonly<Record<string, aws.cloudwatch.MetricAlarm>>;

export interface EndpointAlarmsParts {
  readonly parent: pulumi.Resource;
  /** Name of the endpoint's component. */
  readonly name: string;
  /** Name of the model. */
  readonly model: string;
  readonly platform: PlatformValues;
  readonly endpointName: pulumi.Output<string>;
  readonly alarms?: AlarmsArgs | undefined;
  readonly tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }> | undefined;
}

/** Names of the alarms that a rollout watches: those it names, else those of its endpoint that guard it. */
export function guardNames(
  alarms: AlarmsArgs | undefined,
  spec: ServingSpec,
  platform: PlatformValues,
  model: string,
): pulumi.Input<string>[] {
  if (spec.kind === "serverless" || spec.rollout === undefined) {
    return [];
  }
  return (
    spec.rollout.alarms ??
    alarmPlans(alarms, spec)
      .filter(({ guards }) => guards)
      .map((plan) => alarmName(platform, model, plan))
  );
}

/** Makes the alarms: before the endpoint, so that they watch its first update. */
export function createAlarms(parts: EndpointAlarmsParts, spec: ServingSpec): EndpointAlarms {
  const { parent, name, model, platform, endpointName, alarms, tags } = parts;
  const given = alarms?.topicArns ?? undefined;
  const topics = given === undefined ? platform.alarmTopicArns : pulumi.all(given);
  const actions = topics.apply((arns) => (arns !== undefined && arns.length > 0 ? arns : undefined)) as pulumi.Output<string[]>;
  return Object.fromEntries(
    alarmPlans(alarms, spec).map((plan) => [
      plan.title,
      new aws.cloudwatch.MetricAlarm(
        `${name}-${plan.title}`,
        {
          name: alarmName(platform, model, plan),
          ...plan.settings,
          comparisonOperator: "GreaterThanThreshold",
          treatMissingData: "notBreaching",
          dimensions: { EndpointName: endpointName, ...(plan.variant === undefined ? {} : { VariantName: plan.variant }) },
          alarmActions: actions,
          okActions: actions,
          tags,
        },
        childOf(parent),
      ),
    ]),
  );
}

/** How an endpoint is served, whose rollout watches the alarms that are made for it where it names none. */
export function guarded(spec: ServingSpec, alarms: EndpointAlarms, plans: readonly AlarmPlan[]): ServingSpec {
  if (spec.kind === "serverless" || spec.rollout === undefined || spec.rollout.alarms !== undefined) {
    return spec;
  }
  const guards = plans.filter((plan) => plan.guards).flatMap(({ title }) => (alarms[title] === undefined ? [] : [alarms[title].name]));
  return guards.length === 0 ? spec : { ...spec, rollout: { ...spec.rollout, alarms: guards } };
}

/** `shop-iris-errors`: known before the alarm is made, for the role that reads its state. */
function alarmName(platform: PlatformValues, model: string, { title }: AlarmPlan): pulumi.Output<string> {
  return pulumi.interpolate`${platform.name}-${model}-${title}`;
}
