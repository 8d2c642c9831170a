import type {
  CreateAppCommandInput,
  CreateAppCommandOutput,
  DeleteAppCommandInput,
  DeleteAppCommandOutput,
  DescribeAppCommandInput,
  DescribeAppCommandOutput,
  ListAppsCommandInput,
  ListAppsCommandOutput,
} from "@aws-sdk/client-sagemaker";
import { findDomain } from "./domains";
import { date, given, type Operation, operation } from "./operation";
import { listPage } from "./pagination";
import type { Region } from "./region";
import { inUse, invalid, referredTo, ServiceError } from "./service-error";
import { settle } from "./settle";
import { findSpace } from "./spaces";
import type { AppRecord } from "./studio-records";
import { addTags, removeTags } from "./tags";
import { findUserProfile } from "./user-profiles";

/** AWS lists an app that was deleted for a day. */
const deletedForMilliseconds = 24 * 3_600 * 1_000;

export function appOperations(): Record<string, Operation> {
  return {
    CreateApp: operation<CreateAppCommandInput, CreateAppCommandOutput>(async (input, { region }) => {
      const { Tags, ...request } = input;
      const { id } = referredTo(() => findDomain(region, given(input.DomainId)));
      const owner = referredTo(() => checkOwner(region, id, input));
      const key = keyOf(input);
      const current = region.apps.get(key);
      const arn = region.arn("app", `${id}/${owner}/${input.AppType}/${input.AppName}`);
      if (current !== undefined && current.status !== "Deleted") {
        throw inUse(`App [${arn}] already exists.`);
      }
      const now = Date.now();
      await region.apps.put(key, { arn, request, status: "Pending", createdAt: now, modifiedAt: now });
      await addTags(region, arn, Tags);
      settle(region.apps, key, "InService");
      return { AppArn: arn };
    }),
    DescribeApp: operation<DescribeAppCommandInput, DescribeAppCommandOutput>((input, { region }) => {
      const { arn, request, status, createdAt, modifiedAt } = findApp(region, input);
      return {
        ...request,
        AppArn: arn,
        Status: status,
        CreationTime: date(createdAt),
        LastUserActivityTimestamp: date(createdAt),
        LastHealthCheckTimestamp: date(modifiedAt),
      };
    }),
    DeleteApp: operation<DeleteAppCommandInput, DeleteAppCommandOutput>(async (input, { region }) => {
      const app = findApp(region, input);
      if (app.status === "Deleted" || app.status === "Deleting") {
        throw new ServiceError("ResourceNotFound", `App [${app.arn}] does not exist.`);
      }
      await region.apps.put(keyOf(input), { ...app, status: "Deleting", modifiedAt: Date.now() });
      await removeTags(region, app.arn);
      settle(region.apps, keyOf(input), "Deleted");
      return {};
    }),
    ListApps: operation<ListAppsCommandInput, ListAppsCommandOutput>((input, { region }) => {
      const wanted = (equals: string | undefined, value: string | undefined): boolean => equals === undefined || equals === value;
      const apps = region.apps
        .list()
        .filter((app) => isListed(app))
        .filter(({ request }) => wanted(input.DomainIdEquals, request.DomainId))
        .filter(({ request }) => wanted(input.UserProfileNameEquals, request.UserProfileName))
        .filter(({ request }) => wanted(input.SpaceNameEquals, request.SpaceName))
        .map((app) => ({ ...app, name: given(app.request.AppName) }));
      const { items, nextToken } = listPage(apps, { ...input, SortOrder: input.SortOrder ?? "Ascending" });
      return {
        Apps: items.map(({ request, status, createdAt }) => ({
          DomainId: request.DomainId,
          UserProfileName: request.UserProfileName,
          SpaceName: request.SpaceName,
          AppType: request.AppType,
          AppName: request.AppName,
          Status: status,
          CreationTime: date(createdAt),
          ResourceSpec: request.ResourceSpec,
        })),
        NextToken: nextToken,
      };
    }),
  };
}

type AppName = Pick<CreateAppCommandInput, "DomainId" | "UserProfileName" | "SpaceName" | "AppType" | "AppName">;

function findApp(region: Region, name: AppName): AppRecord {
  checkOneOwner(name);
  const app = region.apps.get(keyOf(name));
  if (app === undefined || !isListed(app)) {
    const owner = name.UserProfileName ?? name.SpaceName;
    throw new ServiceError(
      "ResourceNotFound",
      `App [${region.arn("app", `${name.DomainId}/${owner}/${name.AppType}/${name.AppName}`)}] does not exist.`,
    );
  }
  return app;
}

function isListed({ status, modifiedAt }: AppRecord): boolean {
  return status !== "Deleted" || Date.now() - modifiedAt < deletedForMilliseconds;
}

/** The user profile or space an app is for, which must exist. */
function checkOwner(region: Region, domainId: string, name: AppName): string {
  checkOneOwner(name);
  if (name.UserProfileName !== undefined) {
    findUserProfile(region, domainId, name.UserProfileName);
    return name.UserProfileName;
  }
  const space = given(name.SpaceName);
  findSpace(region, domainId, space);
  return space;
}

function checkOneOwner({ UserProfileName, SpaceName }: AppName): void {
  if ((UserProfileName === undefined) === (SpaceName === undefined)) {
    throw invalid("Exactly one of UserProfileName and SpaceName must be specified.");
  }
}

function keyOf({ DomainId, UserProfileName, SpaceName, AppType, AppName }: AppName): string {
  return [DomainId, UserProfileName === undefined ? "space" : "user", UserProfileName ?? SpaceName, AppType, AppName].join(".");
}
