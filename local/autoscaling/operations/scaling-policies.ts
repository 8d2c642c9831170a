import { randomUUID } from "node:crypto";
import type {
  Alarm,
  DeleteScalingPolicyCommandInput,
  DeleteScalingPolicyCommandOutput,
  DescribeScalingPoliciesCommandInput,
  DescribeScalingPoliciesCommandOutput,
  PutScalingPolicyCommandInput,
  PutScalingPolicyCommandOutput,
  ScalingPolicy,
} from "@aws-sdk/client-application-auto-scaling";
import { given, type Operation, operation } from "../../control-plane/operation";
import { partitionOf, type Region } from "../../control-plane/region";
import { invalid, ServiceError } from "../../control-plane/service-error";
import type { PolicyAlarm, PolicyAlarms } from "../policy-alarms";
import { checkStepScaling, checkTargetTracking } from "../policy-checks";
import type { ScalableTargetRecord, ScalingPolicyRecord } from "../records";
import { checkNamespace, identityOf, registered } from "../resource-id";
import { scalingPage } from "../scaling-page";
import { memberKey } from "../scaling-state";
import { deleteTrackingAlarms, putTrackingAlarms } from "../tracking-alarms";

/** Policies per scalable target, as AWS limits them. */
const maxPolicies = 50;

export function scalingPolicyOperations(alarms: PolicyAlarms): Record<string, Operation> {
  return {
    PutScalingPolicy: operation<PutScalingPolicyCommandInput, PutScalingPolicyCommandOutput>(async (input, { region }) => {
      const target = registered(region, input);
      const name = given(input.PolicyName);
      const key = memberKey(target, name);
      const known = region.scaling.policies.get(key);
      if (known === undefined && region.scaling.policiesOf(target).length >= maxPolicies) {
        throw new ServiceError("LimitExceededException", `${target.resourceId} has ${maxPolicies} scaling policies, which is the limit.`);
      }
      const policy: ScalingPolicyRecord = {
        name,
        arn: known?.arn ?? policyArn(region, target, name),
        resourceId: target.resourceId,
        dimension: target.dimension,
        createdAt: known?.createdAt ?? Date.now(),
        ...configuration(input, known),
      };
      if (policy.type === "TargetTrackingScaling") {
        await putTrackingAlarms(alarms, region.name, target, policy);
      }
      await region.scaling.policies.put(key, policy);
      return { PolicyARN: policy.arn, Alarms: alarmsOf(policy, await alarms.of(region.name)) };
    }),
    DescribeScalingPolicies: operation<DescribeScalingPoliciesCommandInput, DescribeScalingPoliciesCommandOutput>(
      async (input, { region }) => {
        checkNamespace(input.ServiceNamespace);
        const { PolicyNames, ResourceId, ScalableDimension } = input;
        const found = region.scaling.policies
          .list()
          .filter(({ name }) => PolicyNames === undefined || PolicyNames.length === 0 || PolicyNames.includes(name))
          .filter(({ resourceId }) => ResourceId === undefined || resourceId === ResourceId)
          .filter(({ dimension }) => ScalableDimension === undefined || dimension === ScalableDimension)
          .map((policy) => ({ name: policy.name, arn: policy.arn, createdAt: policy.createdAt, policy }));
        const { items, nextToken } = scalingPage(found, input, { most: 10, SortBy: "Name", SortOrder: "Ascending" });
        const known = items.length > 0 ? await alarms.of(region.name) : [];
        return { ScalingPolicies: items.map(({ policy }) => described(policy, known)), NextToken: nextToken };
      },
    ),
    DeleteScalingPolicy: operation<DeleteScalingPolicyCommandInput, DeleteScalingPolicyCommandOutput>(async (input, { region }) => {
      const identity = identityOf(input);
      const name = given(input.PolicyName);
      const key = memberKey(identity, name);
      const policy = region.scaling.policies.get(key);
      if (policy === undefined) {
        throw new ServiceError(
          "ObjectNotFoundException",
          `No scaling policy found for service namespace: sagemaker, resource ID: ${identity.resourceId}, ` +
            `scalable dimension: ${identity.dimension}, policy name: ${name}`,
        );
      }
      await region.scaling.policies.delete(key);
      await deleteTrackingAlarms(alarms, region.name, [policy]);
      return {};
    }),
  };
}

/** What a request makes of a policy. The type of an existing one may be left out, and cannot be changed. */
function configuration(
  input: PutScalingPolicyCommandInput,
  known: ScalingPolicyRecord | undefined,
): Pick<ScalingPolicyRecord, "type" | "tracking" | "step"> {
  const { StepScalingPolicyConfiguration: step, TargetTrackingScalingPolicyConfiguration: tracking } = input;
  // AWS's own default, from before there were other types.
  const type = input.PolicyType ?? known?.type ?? "StepScaling";
  if (known !== undefined && known.type !== type) {
    throw invalid(`The type of the policy ${known.name} cannot be changed: it is ${known.type}, got ${type}.`);
  }
  if (input.PredictiveScalingPolicyConfiguration !== undefined || type === "PredictiveScaling") {
    throw invalid("PredictiveScaling is only supported for Amazon ECS; allowed are TargetTrackingScaling and StepScaling.");
  }
  if (type === "StepScaling") {
    if (tracking !== undefined) {
      throw invalid("TargetTrackingScalingPolicyConfiguration can only be given with the policy type TargetTrackingScaling.");
    }
    return { type, step: checkStepScaling(step ?? known?.step) };
  }
  if (step !== undefined) {
    throw invalid("StepScalingPolicyConfiguration can only be given with the policy type StepScaling.");
  }
  return { type, tracking: checkTargetTracking(tracking ?? known?.tracking) };
}

function policyArn(region: Region, { resourceId }: ScalableTargetRecord, name: string): string {
  const place = `arn:${partitionOf(region.name)}:autoscaling:${region.name}:${region.account}`;
  return `${place}:scalingPolicy:${randomUUID()}:resource/sagemaker/${resourceId}:policyName/${name}`;
}

function described(policy: ScalingPolicyRecord, alarms: readonly PolicyAlarm[]): ScalingPolicy {
  return {
    PolicyARN: policy.arn,
    PolicyName: policy.name,
    ServiceNamespace: "sagemaker",
    ResourceId: policy.resourceId,
    ScalableDimension: policy.dimension,
    PolicyType: policy.type,
    StepScalingPolicyConfiguration: policy.step,
    TargetTrackingScalingPolicyConfiguration: policy.tracking,
    Alarms: alarmsOf(policy, alarms),
    CreationTime: new Date(policy.createdAt),
  };
}

function alarmsOf({ arn }: ScalingPolicyRecord, alarms: readonly PolicyAlarm[]): Alarm[] {
  return alarms
    .filter(({ policyArns }) => policyArns.includes(arn))
    .map((alarm) => ({ AlarmName: alarm.name, AlarmARN: alarm.arn }))
    .sort((a, b) => a.AlarmName.localeCompare(b.AlarmName));
}
