import type {
  CreateModelPackageGroupCommandInput,
  CreateModelPackageGroupCommandOutput,
  DeleteModelPackageGroupCommandInput,
  DeleteModelPackageGroupCommandOutput,
  DeleteModelPackageGroupPolicyCommandInput,
  DeleteModelPackageGroupPolicyCommandOutput,
  DescribeModelPackageGroupCommandInput,
  DescribeModelPackageGroupCommandOutput,
  GetModelPackageGroupPolicyCommandInput,
  GetModelPackageGroupPolicyCommandOutput,
  ListModelPackageGroupsCommandInput,
  ListModelPackageGroupsCommandOutput,
  PutModelPackageGroupPolicyCommandInput,
  PutModelPackageGroupPolicyCommandOutput,
} from "@aws-sdk/client-sagemaker";
import type { ModelPackageGroupRecord } from "./model-package-records";
import { date, given, type Operation, operation } from "./operation";
import { listPage } from "./pagination";
import type { Region } from "./region";
import { invalid, notFound, ServiceError } from "./service-error";
import { addTags, removeTags } from "./tags";

export function modelPackageGroupOperations(): Record<string, Operation> {
  return {
    CreateModelPackageGroup: operation<CreateModelPackageGroupCommandInput, CreateModelPackageGroupCommandOutput>(
      async (input, { region }) => {
        const { Tags, ...request } = input;
        const name = given(input.ModelPackageGroupName);
        const arn = region.arn("model-package-group", name);
        if (region.modelPackageGroups.has(name)) {
          throw invalid(`Model Package Group already exists: ${arn}`);
        }
        await region.modelPackageGroups.put(name, { name, arn, request, lastVersion: 0, createdAt: Date.now() });
        await addTags(region, arn, Tags);
        return { ModelPackageGroupArn: arn };
      },
    ),
    DescribeModelPackageGroup: operation<DescribeModelPackageGroupCommandInput, DescribeModelPackageGroupCommandOutput>(
      (input, { region }) => {
        const { name, arn, request, createdAt } = findModelPackageGroup(region, given(input.ModelPackageGroupName));
        return {
          ...request,
          ModelPackageGroupName: name,
          ModelPackageGroupArn: arn,
          ModelPackageGroupStatus: "Completed",
          CreationTime: date(createdAt),
          CreatedBy: {},
        };
      },
    ),
    ListModelPackageGroups: operation<ListModelPackageGroupsCommandInput, ListModelPackageGroupsCommandOutput>((input, { region }) => {
      const own = input.CrossAccountFilterOption === "CrossAccount" ? [] : region.modelPackageGroups.list();
      const { items, nextToken } = listPage(own, input);
      return {
        ModelPackageGroupSummaryList: items.map((group) => ({
          ModelPackageGroupName: group.name,
          ModelPackageGroupArn: group.arn,
          ModelPackageGroupDescription: group.request.ModelPackageGroupDescription,
          ModelPackageGroupStatus: "Completed",
          CreationTime: date(group.createdAt),
        })),
        NextToken: nextToken,
      };
    }),
    DeleteModelPackageGroup: operation<DeleteModelPackageGroupCommandInput, DeleteModelPackageGroupCommandOutput>(
      async (input, { region }) => {
        const { name, arn } = findModelPackageGroup(region, given(input.ModelPackageGroupName));
        if (region.modelPackages.list().some((version) => version.version !== undefined && version.name === name)) {
          throw new ServiceError("ConflictException", `Model Package Group ${arn} cannot be deleted because it contains Model Packages.`);
        }
        await region.modelPackageGroups.delete(name);
        await removeTags(region, arn);
        return {};
      },
    ),
    PutModelPackageGroupPolicy: operation<PutModelPackageGroupPolicyCommandInput, PutModelPackageGroupPolicyCommandOutput>(
      async (input, { region }) => {
        const group = findModelPackageGroup(region, given(input.ModelPackageGroupName));
        const resourcePolicy = given(input.ResourcePolicy);
        if (!isJsonObject(resourcePolicy)) {
          throw invalid(`The resource policy of ${group.arn} is not a JSON object.`);
        }
        await region.modelPackageGroups.put(group.name, { ...group, resourcePolicy });
        return { ModelPackageGroupArn: group.arn };
      },
    ),
    GetModelPackageGroupPolicy: operation<GetModelPackageGroupPolicyCommandInput, GetModelPackageGroupPolicyCommandOutput>(
      (input, { region }) => ({ ResourcePolicy: policyOf(findModelPackageGroup(region, given(input.ModelPackageGroupName))) }),
    ),
    DeleteModelPackageGroupPolicy: operation<DeleteModelPackageGroupPolicyCommandInput, DeleteModelPackageGroupPolicyCommandOutput>(
      async (input, { region }) => {
        const group = findModelPackageGroup(region, given(input.ModelPackageGroupName));
        policyOf(group);
        const { resourcePolicy: _, ...kept } = group;
        await region.modelPackageGroups.put(group.name, kept);
        return {};
      },
    ),
  };
}

/** By name or ARN. */
export function findModelPackageGroup(region: Region, nameOrArn: string): ModelPackageGroupRecord {
  const arn = nameOrArn.startsWith("arn:") ? nameOrArn : region.arn("model-package-group", nameOrArn);
  const group = region.modelPackageGroups.list().find((each) => each.arn === arn);
  if (group === undefined) {
    throw notFound(`ModelPackageGroup ${arn} does not exist.`);
  }
  return group;
}

function policyOf({ arn, resourcePolicy }: ModelPackageGroupRecord): string {
  if (resourcePolicy === undefined) {
    throw notFound(`Cannot find resource policy for: ${arn}`);
  }
  return resourcePolicy;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
