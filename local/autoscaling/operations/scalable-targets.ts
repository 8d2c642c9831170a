import { randomUUID } from "node:crypto";
import type {
  DeregisterScalableTargetCommandInput,
  DeregisterScalableTargetCommandOutput,
  DescribeScalableTargetsCommandInput,
  DescribeScalableTargetsCommandOutput,
  RegisterScalableTargetCommandInput,
  RegisterScalableTargetCommandOutput,
  ScalableTarget,
} from "@aws-sdk/client-application-auto-scaling";
import { type Operation, operation } from "../../control-plane/operation";
import { partitionOf, type Region } from "../../control-plane/region";
import { invalid, ServiceError } from "../../control-plane/service-error";
import type { PolicyAlarms } from "../policy-alarms";
import type { ScalableTargetRecord } from "../records";
import { checkNamespace, identityOf, instanceCount, partsOf, scaledVariant } from "../resource-id";
import { scalingPage } from "../scaling-page";
import { type TargetIdentity, targetKey } from "../scaling-state";
import { deleteTrackingAlarms } from "../tracking-alarms";
import { checkTags } from "./scaling-tags";

const nothingSuspended = { DynamicScalingInSuspended: false, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false };

export function scalableTargetOperations(alarms: PolicyAlarms): Record<string, Operation> {
  return {
    RegisterScalableTarget: operation<RegisterScalableTargetCommandInput, RegisterScalableTargetCommandOutput>(
      async (input, { region }) => {
        const identity = identityOf(input);
        const known = region.scaling.target(identity);
        if (known !== undefined && input.Tags !== undefined) {
          throw invalid(`The scalable target ${known.arn} exists already. To tag an existing scalable target, use TagResource.`);
        }
        checkTags(input.Tags ?? {});
        const target: ScalableTargetRecord = {
          ...(known ?? unregistered(region, identity)),
          ...capacities(region, identity, input, known),
          roleArn: input.RoleARN ?? known?.roleArn ?? serviceLinkedRole(region),
          suspended: { ...nothingSuspended, ...known?.suspended, ...input.SuspendedState },
          tags: known?.tags ?? input.Tags ?? {},
        };
        await region.scaling.targets.put(targetKey(identity), target);
        return { ScalableTargetARN: target.arn };
      },
    ),
    DescribeScalableTargets: operation<DescribeScalableTargetsCommandInput, DescribeScalableTargetsCommandOutput>((input, { region }) => {
      checkNamespace(input.ServiceNamespace);
      const { ResourceIds, ScalableDimension } = input;
      const found = region.scaling.targets
        .list()
        .filter(({ resourceId }) => ResourceIds === undefined || ResourceIds.length === 0 || ResourceIds.includes(resourceId))
        .filter(({ dimension }) => ScalableDimension === undefined || dimension === ScalableDimension);
      const listed = found.map((target) => ({ name: target.resourceId, arn: target.arn, createdAt: target.createdAt, target }));
      const { items, nextToken } = scalingPage(listed, input, { most: 50, SortBy: "Name", SortOrder: "Ascending" });
      return { ScalableTargets: items.map(({ target }) => described(target)), NextToken: nextToken };
    }),
    DeregisterScalableTarget: operation<DeregisterScalableTargetCommandInput, DeregisterScalableTargetCommandOutput>(
      async (input, { region }) => {
        const identity = identityOf(input);
        if (region.scaling.target(identity) === undefined) {
          throw new ServiceError(
            "ObjectNotFoundException",
            `No scalable target found for service namespace: sagemaker, resource ID: ${identity.resourceId}, scalable dimension: ${identity.dimension}`,
          );
        }
        await deleteTrackingAlarms(alarms, region.name, await region.scaling.deregister(identity));
        return {};
      },
    ),
  };
}

function unregistered(region: Region, { resourceId, dimension }: TargetIdentity): Omit<ScalableTargetRecord, "min" | "max"> {
  const names = partsOf(resourceId);
  const found = scaledVariant(region, resourceId);
  if (found === undefined) {
    throw invalid(`SageMaker endpoint variant doesn't exist: ${resourceId}`);
  }
  const isServerless = found.variant.ServerlessConfig !== undefined;
  if (isServerless === (dimension === instanceCount)) {
    const kind = isServerless ? "serverless: it has provisioned concurrency to scale" : "not serverless: it has instances to scale";
    throw invalid(`The scalable dimension ${dimension} does not fit ${resourceId}, which is ${kind}.`);
  }
  const id = randomUUID().replaceAll("-", "");
  return {
    arn: `arn:${partitionOf(region.name)}:application-autoscaling:${region.name}:${region.account}:scalable-target/${id}`,
    resourceId,
    dimension,
    ...names,
    endpointCreatedAt: found.endpoint.createdAt,
    roleArn: serviceLinkedRole(region),
    suspended: nothingSuspended,
    tags: {},
    createdAt: Date.now(),
  };
}

/** The capacities of a request, completed by those that are registered. Throws for what AWS does not let a variant be. */
function capacities(
  region: Region,
  { resourceId, dimension }: TargetIdentity,
  { MinCapacity, MaxCapacity }: RegisterScalableTargetCommandInput,
  known: ScalableTargetRecord | undefined,
): Pick<ScalableTargetRecord, "min" | "max"> {
  const [min, max] = [MinCapacity ?? known?.min, MaxCapacity ?? known?.max];
  if (min === undefined || max === undefined) {
    throw invalid(`MinCapacity and MaxCapacity are required to register a new scalable target: ${resourceId} is not registered.`);
  }
  if (max < min) {
    throw invalid(`Maximum capacity cannot be less than minimum capacity: got MinCapacity ${min} and MaxCapacity ${max}.`);
  }
  const least = dimension === instanceCount && scaledVariant(region, resourceId)?.isAsync === false ? 1 : 0;
  if (min < least) {
    throw invalid(
      least === 1
        ? `Minimum capacity cannot be less than 1 for ${resourceId}: got ${min}; only variants of asynchronous endpoints scale to zero.`
        : `Minimum capacity cannot be less than 0: got ${min}.`,
    );
  }
  return { min, max };
}

function serviceLinkedRole({ name, account }: Region): string {
  const service = "sagemaker.application-autoscaling.amazonaws.com";
  return `arn:${partitionOf(name)}:iam::${account}:role/aws-service-role/${service}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint`;
}

function described(target: ScalableTargetRecord): ScalableTarget {
  return {
    ServiceNamespace: "sagemaker",
    ResourceId: target.resourceId,
    ScalableDimension: target.dimension,
    MinCapacity: target.min,
    MaxCapacity: target.max,
    RoleARN: target.roleArn,
    CreationTime: new Date(target.createdAt),
    SuspendedState: target.suspended,
    ScalableTargetARN: target.arn,
  };
}
