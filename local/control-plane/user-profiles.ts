import type {
  CreateUserProfileCommandInput,
  CreateUserProfileCommandOutput,
  DeleteUserProfileCommandInput,
  DeleteUserProfileCommandOutput,
  DescribeUserProfileCommandInput,
  DescribeUserProfileCommandOutput,
  ListUserProfilesCommandInput,
  ListUserProfilesCommandOutput,
  UpdateUserProfileCommandInput,
  UpdateUserProfileCommandOutput,
} from "@aws-sdk/client-sagemaker";
import { findDomain } from "./domains";
import { date, given, type Operation, operation } from "./operation";
import { listPage } from "./pagination";
import type { UserProfileRecord } from "./records";
import type { Region } from "./region";
import { inUse, referredTo, ServiceError } from "./service-error";
import { settle } from "./settle";
import { addTags, removeTags } from "./tags";

/** The first POSIX user id of a domain's home file system. */
const firstUid = 200_005;

export function userProfileOperations(): Record<string, Operation> {
  return {
    CreateUserProfile: operation<CreateUserProfileCommandInput, CreateUserProfileCommandOutput>(async (input, { region }) => {
      const { Tags, ...request } = input;
      const { id } = referredTo(() => findDomain(region, given(input.DomainId)));
      const name = given(input.UserProfileName);
      const key = keyOf(id, name);
      if (region.userProfiles.has(key)) {
        throw inUse(`UserProfile ${name} already exists in Domain [${id}].`);
      }
      const now = Date.now();
      const arn = region.arn("user-profile", `${id}/${name}`);
      const homeEfsFileSystemUid = nextUid(region);
      await region.userProfiles.put(key, { arn, request, status: "Pending", homeEfsFileSystemUid, createdAt: now, modifiedAt: now });
      await addTags(region, arn, Tags);
      settle(region.userProfiles, key, "InService");
      return { UserProfileArn: arn };
    }),
    DescribeUserProfile: operation<DescribeUserProfileCommandInput, DescribeUserProfileCommandOutput>((input, { region }) => {
      const profile = findUserProfile(region, given(input.DomainId), given(input.UserProfileName));
      return {
        ...profile.request,
        UserProfileArn: profile.arn,
        Status: profile.status,
        HomeEfsFileSystemUid: profile.homeEfsFileSystemUid,
        CreationTime: date(profile.createdAt),
        LastModifiedTime: date(profile.modifiedAt),
      };
    }),
    UpdateUserProfile: operation<UpdateUserProfileCommandInput, UpdateUserProfileCommandOutput>(async (input, { region }) => {
      const profile = findUserProfile(region, given(input.DomainId), given(input.UserProfileName));
      const key = keyOf(given(input.DomainId), given(input.UserProfileName));
      const request = { ...profile.request, UserSettings: { ...profile.request.UserSettings, ...input.UserSettings } };
      await region.userProfiles.put(key, { ...profile, request, status: "Updating", modifiedAt: Date.now() });
      settle(region.userProfiles, key, "InService");
      return { UserProfileArn: profile.arn };
    }),
    DeleteUserProfile: operation<DeleteUserProfileCommandInput, DeleteUserProfileCommandOutput>(async (input, { region }) => {
      const profile = findUserProfile(region, given(input.DomainId), given(input.UserProfileName));
      refuseWhileInUse(region, profile);
      await region.userProfiles.delete(keyOf(given(input.DomainId), given(input.UserProfileName)));
      await removeTags(region, profile.arn);
      return {};
    }),
    ListUserProfiles: operation<ListUserProfilesCommandInput, ListUserProfilesCommandOutput>((input, { region }) => {
      const profiles = region.userProfiles
        .list()
        .filter(({ request }) => input.DomainIdEquals === undefined || request.DomainId === input.DomainIdEquals)
        .map((profile) => ({ ...profile, name: given(profile.request.UserProfileName) }));
      const { items, nextToken } = listPage(profiles, {
        NameContains: input.UserProfileNameContains,
        SortBy: input.SortBy,
        SortOrder: input.SortOrder ?? "Ascending",
        NextToken: input.NextToken,
        MaxResults: input.MaxResults,
      });
      return {
        UserProfiles: items.map((profile) => ({
          DomainId: profile.request.DomainId,
          UserProfileName: profile.name,
          Status: profile.status,
          CreationTime: date(profile.createdAt),
          LastModifiedTime: date(profile.modifiedAt),
        })),
        NextToken: nextToken,
      };
    }),
  };
}

export function findUserProfile(region: Region, domainId: string, name: string): UserProfileRecord {
  const profile = region.userProfiles.get(keyOf(domainId, name));
  if (profile === undefined) {
    throw new ServiceError("ResourceNotFound", `UserProfile ${name} does not exist in Domain [${domainId}].`);
  }
  return profile;
}

/** The POSIX user of the next profile or space; none is given twice while it is in use. */
export function nextUid(region: Region): string {
  const taken = [...region.userProfiles.list(), ...region.spaces.list()].map(({ homeEfsFileSystemUid }) => Number(homeEfsFileSystemUid));
  return String(Math.max(firstUid - 5, ...taken) + 5);
}

function refuseWhileInUse(region: Region, { arn, request }: UserProfileRecord): void {
  const { DomainId, UserProfileName } = request;
  const apps = region.apps.list().filter((app) => app.request.DomainId === DomainId && app.request.UserProfileName === UserProfileName);
  if (apps.some(({ status }) => status !== "Deleted")) {
    throw inUse(`Unable to delete UserProfile [${arn}] because App(s) are associated with it.`);
  }
  const owned = region.spaces.list().filter((space) => space.request.OwnershipSettings?.OwnerUserProfileName === UserProfileName);
  if (owned.some((space) => space.request.DomainId === DomainId)) {
    throw inUse(`Unable to delete UserProfile [${arn}] because Space(s) are associated with it.`);
  }
}

function keyOf(domainId: string, name: string): string {
  return `${domainId}.${name}`;
}
