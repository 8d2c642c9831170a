import type {
  CreateSpaceCommandInput,
  CreateSpaceCommandOutput,
  DeleteSpaceCommandInput,
  DeleteSpaceCommandOutput,
  DescribeSpaceCommandInput,
  DescribeSpaceCommandOutput,
  ListSpacesCommandInput,
  ListSpacesCommandOutput,
  UpdateSpaceCommandInput,
  UpdateSpaceCommandOutput,
} from "@aws-sdk/client-sagemaker";
import { findDomain } from "./domains";
import { date, given, type Operation, operation } from "./operation";
import { listPage } from "./pagination";
import type { Region } from "./region";
import { inUse, invalid, referredTo, ServiceError } from "./service-error";
import { settle } from "./settle";
import type { SpaceRecord } from "./studio-records";
import { addTags, removeTags } from "./tags";
import { findUserProfile, nextUid } from "./user-profiles";

export function spaceOperations(): Record<string, Operation> {
  return {
    CreateSpace: operation<CreateSpaceCommandInput, CreateSpaceCommandOutput>(async (input, { region }) => {
      const { Tags, ...request } = input;
      const { id } = referredTo(() => findDomain(region, given(input.DomainId)));
      const name = given(input.SpaceName);
      const key = keyOf(id, name);
      referredTo(() => checkOwner(region, id, input));
      if (region.spaces.has(key)) {
        throw inUse(`Space ${name} already exists in Domain [${id}].`);
      }
      const now = Date.now();
      const arn = region.arn("space", `${id}/${name}`);
      const homeEfsFileSystemUid = nextUid(region);
      await region.spaces.put(key, { arn, request, status: "Pending", homeEfsFileSystemUid, createdAt: now, modifiedAt: now });
      await addTags(region, arn, Tags);
      settle(region.spaces, key, "InService");
      return { SpaceArn: arn };
    }),
    DescribeSpace: operation<DescribeSpaceCommandInput, DescribeSpaceCommandOutput>((input, { region }) => {
      const space = findSpace(region, given(input.DomainId), given(input.SpaceName));
      return {
        ...space.request,
        SpaceArn: space.arn,
        Status: space.status,
        HomeEfsFileSystemUid: space.homeEfsFileSystemUid,
        CreationTime: date(space.createdAt),
        LastModifiedTime: date(space.modifiedAt),
        Url: `https://${space.request.DomainId}.studio.${region.name}.sagemaker.aws/spaces/${space.request.SpaceName}`,
      };
    }),
    UpdateSpace: operation<UpdateSpaceCommandInput, UpdateSpaceCommandOutput>(async (input, { region }) => {
      const space = findSpace(region, given(input.DomainId), given(input.SpaceName));
      const key = keyOf(given(input.DomainId), given(input.SpaceName));
      const { SpaceSettings, SpaceDisplayName = space.request.SpaceDisplayName } = input;
      const request = { ...space.request, SpaceDisplayName, SpaceSettings: { ...space.request.SpaceSettings, ...SpaceSettings } };
      await region.spaces.put(key, { ...space, request, status: "Updating", modifiedAt: Date.now() });
      settle(region.spaces, key, "InService");
      return { SpaceArn: space.arn };
    }),
    DeleteSpace: operation<DeleteSpaceCommandInput, DeleteSpaceCommandOutput>(async (input, { region }) => {
      const [domainId, name] = [given(input.DomainId), given(input.SpaceName)];
      const { arn } = findSpace(region, domainId, name);
      const apps = region.apps.list().filter((app) => app.request.DomainId === domainId && app.request.SpaceName === name);
      if (apps.some(({ status }) => status !== "Deleted")) {
        throw inUse(`Unable to delete Space [${arn}] because App(s) are associated with it.`);
      }
      await region.spaces.delete(keyOf(domainId, name));
      await removeTags(region, arn);
      return {};
    }),
    ListSpaces: operation<ListSpacesCommandInput, ListSpacesCommandOutput>((input, { region }) => {
      const spaces = region.spaces
        .list()
        .filter(({ request }) => input.DomainIdEquals === undefined || request.DomainId === input.DomainIdEquals)
        .map((space) => ({ ...space, name: given(space.request.SpaceName) }));
      const { items, nextToken } = listPage(spaces, {
        ...input,
        NameContains: input.SpaceNameContains,
        SortOrder: input.SortOrder ?? "Ascending",
      });
      return {
        Spaces: items.map(({ request, status, createdAt, modifiedAt }) => ({
          DomainId: request.DomainId,
          SpaceName: request.SpaceName,
          Status: status,
          CreationTime: date(createdAt),
          LastModifiedTime: date(modifiedAt),
          SpaceSettingsSummary: {
            AppType: request.SpaceSettings?.AppType,
            SpaceStorageSettings: request.SpaceSettings?.SpaceStorageSettings,
          },
          SpaceSharingSettingsSummary: request.SpaceSharingSettings && { SharingType: request.SpaceSharingSettings.SharingType },
          OwnershipSettingsSummary: request.OwnershipSettings && { OwnerUserProfileName: request.OwnershipSettings.OwnerUserProfileName },
          SpaceDisplayName: request.SpaceDisplayName,
        })),
        NextToken: nextToken,
      };
    }),
  };
}

export function findSpace(region: Region, domainId: string, name: string): SpaceRecord {
  const space = region.spaces.get(keyOf(domainId, name));
  if (space === undefined) {
    throw new ServiceError("ResourceNotFound", `Space ${name} does not exist in Domain [${domainId}].`);
  }
  return space;
}

/** Ownership and sharing come together on AWS; the owner is a profile of the same domain. */
function checkOwner(region: Region, domainId: string, { OwnershipSettings, SpaceSharingSettings }: CreateSpaceCommandInput): void {
  if ((OwnershipSettings === undefined) !== (SpaceSharingSettings === undefined)) {
    throw invalid("OwnershipSettings and SpaceSharingSettings must be specified together.");
  }
  if (OwnershipSettings?.OwnerUserProfileName !== undefined) {
    findUserProfile(region, domainId, OwnershipSettings.OwnerUserProfileName);
  }
}

function keyOf(domainId: string, name: string): string {
  return `${domainId}.${name}`;
}
