import { randomBytes } from "node:crypto";
import type {
  CreateDomainCommandInput,
  CreateDomainCommandOutput,
  DeleteDomainCommandInput,
  DeleteDomainCommandOutput,
  DescribeDomainCommandInput,
  DescribeDomainCommandOutput,
  DomainSettings,
  DomainSettingsForUpdate,
  ListDomainsCommandInput,
  ListDomainsCommandOutput,
  UpdateDomainCommandInput,
  UpdateDomainCommandOutput,
} from "@aws-sdk/client-sagemaker";
import { date, given, type Operation, operation } from "./operation";
import { listPage } from "./pagination";
import type { DomainRecord } from "./records";
import type { Region } from "./region";
import { inUse, ServiceError } from "./service-error";
import { settle } from "./settle";
import { addTags, removeTags } from "./tags";

export function domainOperations(): Record<string, Operation> {
  return {
    CreateDomain: operation<CreateDomainCommandInput, CreateDomainCommandOutput>(async (input, { region }) => {
      const { Tags, ...request } = input;
      if (region.domains.list().some((domain) => domain.request.DomainName === input.DomainName)) {
        throw inUse(`Domain with name ${input.DomainName} already exists.`);
      }
      const id = newId("d-", 12);
      const arn = region.arn("domain", id);
      const now = Date.now();
      const homeEfsFileSystemId = newId("fs-", 17);
      const record: DomainRecord = { id, arn, request, status: "Pending", homeEfsFileSystemId, createdAt: now, modifiedAt: now };
      await region.domains.put(id, record);
      await addTags(region, arn, Tags);
      settle(region.domains, id, "InService");
      return { DomainArn: arn, DomainId: id, Url: url(region, id) };
    }),
    DescribeDomain: operation<DescribeDomainCommandInput, DescribeDomainCommandOutput>((input, { region }) => {
      const domain = findDomain(region, given(input.DomainId));
      return {
        ...domain.request,
        DomainId: domain.id,
        DomainArn: domain.arn,
        Status: domain.status,
        HomeEfsFileSystemId: domain.homeEfsFileSystemId,
        CreationTime: date(domain.createdAt),
        LastModifiedTime: date(domain.modifiedAt),
        AppNetworkAccessType: domain.request.AppNetworkAccessType ?? "PublicInternetOnly",
        Url: url(region, domain.id),
      };
    }),
    UpdateDomain: operation<UpdateDomainCommandInput, UpdateDomainCommandOutput>(async (input, { region }) => {
      const domain = findDomain(region, given(input.DomainId));
      const { DomainId: _, DomainSettingsForUpdate: forUpdate, DefaultUserSettings, DefaultSpaceSettings, ...changes } = input;
      const before = domain.request;
      const request = {
        ...before,
        ...changes,
        DefaultUserSettings: { ...before.DefaultUserSettings, ...DefaultUserSettings },
        ...withSettings("DefaultSpaceSettings", before.DefaultSpaceSettings, DefaultSpaceSettings),
        ...withSettings("DomainSettings", before.DomainSettings, forUpdate === undefined ? undefined : settingsOf(forUpdate)),
      };
      await region.domains.put(domain.id, { ...domain, request, status: "Updating", modifiedAt: Date.now() });
      settle(region.domains, domain.id, "InService");
      return { DomainArn: domain.arn };
    }),
    DeleteDomain: operation<DeleteDomainCommandInput, DeleteDomainCommandOutput>(async (input, { region }) => {
      const domain = findDomain(region, given(input.DomainId));
      refuseWhileInUse(region, domain);
      // RetentionPolicy decides what becomes of the home file system, and there is none here: both answers leave nothing behind.
      await region.domains.delete(domain.id);
      await removeTags(region, domain.arn);
      return {};
    }),
    ListDomains: operation<ListDomainsCommandInput, ListDomainsCommandOutput>((input, { region }) => {
      const domains = region.domains.list().map((domain) => ({ ...domain, name: domain.id }));
      const { items, nextToken } = listPage(domains, input);
      return {
        Domains: items.map((domain) => ({
          DomainArn: domain.arn,
          DomainId: domain.id,
          DomainName: domain.request.DomainName,
          Status: domain.status,
          CreationTime: date(domain.createdAt),
          LastModifiedTime: date(domain.modifiedAt),
          Url: url(region, domain.id),
        })),
        NextToken: nextToken,
      };
    }),
  };
}

export function findDomain(region: Region, id: string): DomainRecord {
  const domain = region.domains.get(id);
  if (domain === undefined) {
    throw new ServiceError("ResourceNotFound", `Domain [${id}] does not exist.`);
  }
  return domain;
}

/** AWS deletes a domain only when nothing is in it; an app that was deleted does not count, though it is listed for a while. */
function refuseWhileInUse(region: Region, { id, arn }: DomainRecord): void {
  const inside = (resource: { readonly request: { readonly DomainId?: string | undefined } }): boolean => resource.request.DomainId === id;
  const kinds = {
    App: region.apps.list().some((app) => inside(app) && app.status !== "Deleted"),
    Space: region.spaces.list().some(inside),
    UserProfile: region.userProfiles.list().some(inside),
  };
  const found = Object.entries(kinds).find(([, exists]) => exists);
  if (found !== undefined) {
    throw inUse(`Unable to delete Domain [${arn}] because ${found[0]}(s) are associated with it.`);
  }
}

/** What an update names is replaced, what it leaves out stays. */
function withSettings<K extends string, T extends object>(name: K, before: T | undefined, change: T | undefined): { [key in K]?: T } {
  return (before === undefined && change === undefined ? {} : { [name]: { ...before, ...change } }) as { [key in K]?: T };
}

function settingsOf({ RStudioServerProDomainSettingsForUpdate, ...settings }: DomainSettingsForUpdate): DomainSettings {
  return {
    ...settings,
    ...(RStudioServerProDomainSettingsForUpdate === undefined
      ? {}
      : { RStudioServerProDomainSettings: RStudioServerProDomainSettingsForUpdate }),
  };
}

function newId(prefix: string, characters: number): string {
  return prefix + randomBytes(characters).toString("hex").slice(0, characters);
}

function url(region: Region, id: string): string {
  return `https://${id}.studio.${region.name}.sagemaker.aws`;
}
