import { randomBytes } from "node:crypto";
import type {
  CreateDomainCommandInput,
  CreateDomainCommandOutput,
  DeleteDomainCommandInput,
  DeleteDomainCommandOutput,
  DescribeDomainCommandInput,
  DescribeDomainCommandOutput,
  ListDomainsCommandInput,
  ListDomainsCommandOutput,
  UpdateDomainCommandInput,
  UpdateDomainCommandOutput,
} from "@aws-sdk/client-sagemaker";
import { date, given, type Operation, operation } from "./operation";
import { paginate } from "./pagination";
import type { DomainRecord } from "./records";
import type { Region } from "./region";
import { inUse, invalid, ServiceError } from "./service-error";
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
      settle(region, id);
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
      const { DomainId: _, DomainSettingsForUpdate, ...changes } = input;
      const request = { ...domain.request, ...changes, DomainSettings: DomainSettingsForUpdate ?? domain.request.DomainSettings };
      await region.domains.put(domain.id, { ...domain, request, status: "Updating", modifiedAt: Date.now() });
      settle(region, domain.id);
      return { DomainArn: domain.arn };
    }),
    DeleteDomain: operation<DeleteDomainCommandInput, DeleteDomainCommandOutput>(async (input, { region }) => {
      const domain = findDomain(region, given(input.DomainId));
      if (region.userProfiles.list().some((profile) => profile.request.DomainId === domain.id)) {
        throw inUse(`Unable to delete Domain [${domain.id}] because UserProfile(s) are associated with it.`);
      }
      await region.domains.delete(domain.id);
      await removeTags(region, domain.arn);
      return {};
    }),
    ListDomains: operation<ListDomainsCommandInput, ListDomainsCommandOutput>((input, { region }) => {
      const sorted = region.domains.list().sort((a, b) => b.createdAt - a.createdAt);
      const { items, nextToken } = paginate(sorted, input.NextToken, input.MaxResults);
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
  if (domain.status === "Deleting") {
    throw invalid(`Domain [${id}] is being deleted.`);
  }
  return domain;
}

/** Nothing is provisioned here: what AWS takes minutes for is done as soon as the answer is out, and never before it. */
function settle(region: Region, id: string): void {
  setImmediate(() => {
    const domain = region.domains.get(id);
    if (domain !== undefined) {
      region.domains.put(id, { ...domain, status: "InService", modifiedAt: Date.now() }).catch(() => undefined);
    }
  });
}

function newId(prefix: string, characters: number): string {
  return prefix + randomBytes(characters).toString("hex").slice(0, characters);
}

function url(region: Region, id: string): string {
  return `https://${id}.studio.${region.name}.sagemaker.aws`;
}
