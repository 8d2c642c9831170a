import { randomUUID } from "node:crypto";
import type {
  DeleteScheduledActionCommandInput,
  DeleteScheduledActionCommandOutput,
  DescribeScheduledActionsCommandInput,
  DescribeScheduledActionsCommandOutput,
  PutScheduledActionCommandInput,
  PutScheduledActionCommandOutput,
} from "@aws-sdk/client-application-auto-scaling";
import { date, given, type Operation, operation } from "../../control-plane/operation";
import { partitionOf } from "../../control-plane/region";
import { invalid, ServiceError } from "../../control-plane/service-error";
import { checkNamespace, identityOf, registered } from "../resource-id";
import { scalingPage } from "../scaling-page";
import { memberKey } from "../scaling-state";
import { parseSchedule } from "../schedule";

/** Scheduled actions per scalable target, as AWS limits them. */
const maxActions = 200;

export function scheduledActionOperations(): Record<string, Operation> {
  return {
    PutScheduledAction: operation<PutScheduledActionCommandInput, PutScheduledActionCommandOutput>(async (input, { region }) => {
      const target = registered(region, input);
      const name = given(input.ScheduledActionName);
      const key = memberKey(target, name);
      const known = region.scaling.scheduledActions.get(key);
      if (known === undefined && region.scaling.actionsOf(target).length >= maxActions) {
        throw new ServiceError("LimitExceededException", `${target.resourceId} has ${maxActions} scheduled actions, which is the limit.`);
      }
      const schedule = input.Schedule ?? known?.schedule;
      const action = input.ScalableTargetAction ?? known?.action;
      if (schedule === undefined || action === undefined) {
        throw invalid(`Schedule and ScalableTargetAction are required for a new scheduled action: there is none called ${name}.`);
      }
      const { MinCapacity = target.min, MaxCapacity = Math.max(target.max, MinCapacity) } = action;
      if (MaxCapacity < MinCapacity) {
        throw invalid(
          `Maximum capacity cannot be less than minimum capacity: got MinCapacity ${MinCapacity} and MaxCapacity ${MaxCapacity}.`,
        );
      }
      const timezone = input.Timezone ?? known?.timezone;
      parseSchedule(schedule, timezone);
      const account = `${region.name}:${region.account}`;
      const place = `arn:${partitionOf(region.name)}:autoscaling:${account}:scheduledAction:${randomUUID()}`;
      await region.scaling.scheduledActions.put(key, {
        name,
        arn: known?.arn ?? `${place}:resource/sagemaker/${target.resourceId}:scheduledActionName/${name}`,
        resourceId: target.resourceId,
        dimension: target.dimension,
        schedule,
        timezone,
        // As AWS has it: what is left out of an update is kept, but for these two.
        startTime: input.StartTime?.getTime(),
        endTime: input.EndTime?.getTime(),
        action,
        createdAt: known?.createdAt ?? Date.now(),
      });
      return {};
    }),
    DescribeScheduledActions: operation<DescribeScheduledActionsCommandInput, DescribeScheduledActionsCommandOutput>(
      (input, { region }) => {
        checkNamespace(input.ServiceNamespace);
        const { ScheduledActionNames: names, ResourceId, ScalableDimension } = input;
        const found = region.scaling.scheduledActions
          .list()
          .filter(({ name }) => names === undefined || names.length === 0 || names.includes(name))
          .filter(({ resourceId }) => ResourceId === undefined || resourceId === ResourceId)
          .filter(({ dimension }) => ScalableDimension === undefined || dimension === ScalableDimension);
        const { items, nextToken } = scalingPage(found, input, { most: 50, SortBy: "Name", SortOrder: "Ascending" });
        return {
          ScheduledActions: items.map((action) => ({
            ScheduledActionName: action.name,
            ScheduledActionARN: action.arn,
            ServiceNamespace: "sagemaker" as const,
            Schedule: action.schedule,
            Timezone: action.timezone,
            ResourceId: action.resourceId,
            ScalableDimension: action.dimension,
            StartTime: date(action.startTime),
            EndTime: date(action.endTime),
            ScalableTargetAction: action.action,
            CreationTime: new Date(action.createdAt),
          })),
          NextToken: nextToken,
        };
      },
    ),
    DeleteScheduledAction: operation<DeleteScheduledActionCommandInput, DeleteScheduledActionCommandOutput>(async (input, { region }) => {
      const identity = identityOf(input);
      const name = given(input.ScheduledActionName);
      const key = memberKey(identity, name);
      if (!region.scaling.scheduledActions.has(key)) {
        throw new ServiceError(
          "ObjectNotFoundException",
          `No scheduled action found for service namespace: sagemaker, resource ID: ${identity.resourceId}, ` +
            `scalable dimension: ${identity.dimension}, scheduled action name: ${name}`,
        );
      }
      await region.scaling.scheduledActions.delete(key);
      return {};
    }),
  };
}
