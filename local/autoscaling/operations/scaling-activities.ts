import type {
  DescribeScalingActivitiesCommandInput,
  DescribeScalingActivitiesCommandOutput,
} from "@aws-sdk/client-application-auto-scaling";
import { date, type Operation, operation } from "../../control-plane/operation";
import { checkNamespace } from "../resource-id";
import { scalingPage } from "../scaling-page";

export function scalingActivityOperations(): Record<string, Operation> {
  return {
    DescribeScalingActivities: operation<DescribeScalingActivitiesCommandInput, DescribeScalingActivitiesCommandOutput>(
      (input, { region }) => {
        checkNamespace(input.ServiceNamespace);
        const found = region.scaling.activities
          .list()
          .filter(({ resourceId }) => input.ResourceId === undefined || resourceId === input.ResourceId)
          .filter(({ dimension }) => input.ScalableDimension === undefined || dimension === input.ScalableDimension)
          .map((activity) => ({ name: activity.id, createdAt: activity.createdAt, activity }));
        const { items, nextToken } = scalingPage(found, input, { most: 50, SortBy: "CreationTime", SortOrder: "Descending" });
        return {
          ScalingActivities: items.map(({ activity }) => ({
            ActivityId: activity.id,
            ServiceNamespace: "sagemaker" as const,
            ResourceId: activity.resourceId,
            ScalableDimension: activity.dimension,
            Description: activity.description,
            Cause: activity.cause,
            StartTime: date(activity.createdAt),
            EndTime: date(activity.endedAt),
            StatusCode: activity.status,
            StatusMessage: activity.statusMessage,
          })),
          NextToken: nextToken,
        };
      },
    ),
  };
}
