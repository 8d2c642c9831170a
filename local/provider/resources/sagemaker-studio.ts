import {
  CreateDomainCommand,
  type CreateDomainCommandInput,
  CreateUserProfileCommand,
  type CreateUserProfileCommandInput,
  DeleteDomainCommand,
  type DeleteDomainCommandInput,
  DeleteUserProfileCommand,
  DescribeDomainCommand,
  type DescribeDomainCommandOutput,
  DescribeUserProfileCommand,
  type DescribeUserProfileCommandOutput,
  DomainStatus,
  UpdateDomainCommand,
  type UpdateDomainCommandInput,
  UpdateUserProfileCommand,
  type UpdateUserProfileCommandInput,
  UserProfileStatus,
} from "@aws-sdk/client-sagemaker";
import { allTags } from "../autoname";
import { orMissing, PartiallyCreated } from "../errors";
import { omit, pick } from "../shapes";
import type { Context, ResourceSpec } from "../spec";
import { block, present, requiredText, type Values } from "../values";
import { waitFor } from "../waiting";
import { sagemakerProperties, sagemakerRequest } from "./sagemaker-shapes";
import { tagList } from "./tag-list";

const NOT_SENT = ["region", "tags", "retentionPolicy", "__defaults"];
const DOMAIN_INPUTS = [
  "domainName",
  "authMode",
  "vpcId",
  "subnetIds",
  "appNetworkAccessType",
  "defaultUserSettings",
  "domainSettings",
  "kmsKeyId",
];
const DOMAIN_UPDATES = [
  "appNetworkAccessType",
  "appSecurityGroupManagement",
  "defaultSpaceSettings",
  "defaultUserSettings",
  "subnetIds",
  "tagPropagation",
];

export const domain: ResourceSpec = {
  type: "aws:sagemaker/domain:Domain",
  computed: ["arn", "homeEfsFileSystemId", "securityGroupIdForDomainBoundary", "singleSignOnManagedApplicationInstanceId", "url"],
  async create(context, inputs) {
    const input = { ...sagemakerRequest(omit(inputs, NOT_SENT)), Tags: tagList(allTags(inputs, context.defaultTags)) };
    const { DomainArn } = await context.clients.sagemaker.send(new CreateDomainCommand(input as CreateDomainCommandInput));
    const id = DomainArn?.split("/").pop() ?? requiredText(inputs, "domainName");
    return { id, outputs: await domainReady(context, id) };
  },
  async read(context, id) {
    const found = await describeDomain(context, id);
    return found === undefined ? undefined : { ...pick(sagemakerProperties(found), DOMAIN_INPUTS), ...domainOutputs(found) };
  },
  async update(context, { id, news }) {
    const { DomainSettings, ...members } = sagemakerRequest(pick(news, [...DOMAIN_UPDATES, "domainSettings"]));
    const input = { ...members, DomainId: id, ...(DomainSettings !== undefined && { DomainSettingsForUpdate: DomainSettings }) };
    await context.clients.sagemaker.send(new UpdateDomainCommand(input as UpdateDomainCommandInput));
    return domainReady(context, id);
  },
  async delete(context, id, state) {
    const RetentionPolicy = sagemakerRequest(block(state, "retentionPolicy") ?? {});
    const input = { DomainId: id, ...(Object.keys(RetentionPolicy).length > 0 && { RetentionPolicy }) } as DeleteDomainCommandInput;
    await orMissing(context.clients.sagemaker.send(new DeleteDomainCommand(input)));
    await waitFor(
      context.signal,
      () => describeDomain(context, id),
      (found) => found === undefined || found.Status === DomainStatus.Delete_Failed,
    );
  },
};

const PROFILE_INPUTS = ["domainId", "userProfileName", "userSettings", "singleSignOnUserIdentifier", "singleSignOnUserValue"];

/** The id is the profile's ARN, as in the real provider. */
export const userProfile: ResourceSpec = {
  type: "aws:sagemaker/userProfile:UserProfile",
  computed: ["arn", "homeEfsFileSystemUid"],
  async create(context, inputs) {
    const input = { ...sagemakerRequest(omit(inputs, NOT_SENT)), Tags: tagList(allTags(inputs, context.defaultTags)) };
    const { UserProfileArn } = await context.clients.sagemaker.send(new CreateUserProfileCommand(input as CreateUserProfileCommandInput));
    const id = UserProfileArn ?? requiredText(inputs, "userProfileName");
    return { id, outputs: await profileReady(context, id) };
  },
  async read(context, id) {
    const found = await describeProfile(context, id);
    return found === undefined ? undefined : { ...pick(sagemakerProperties(found), PROFILE_INPUTS), ...profileOutputs(found) };
  },
  async update(context, { id, news }) {
    const input = { ...sagemakerRequest(pick(news, ["userSettings"])), ...profileKey(id) } as UpdateUserProfileCommandInput;
    await context.clients.sagemaker.send(new UpdateUserProfileCommand(input));
    return profileReady(context, id);
  },
  async delete(context, id) {
    await orMissing(context.clients.sagemaker.send(new DeleteUserProfileCommand(profileKey(id))));
    await waitFor(
      context.signal,
      () => describeProfile(context, id),
      (found) => found === undefined || found.Status === UserProfileStatus.Delete_Failed,
    );
  },
};

function describeDomain(context: Context, id: string): Promise<DescribeDomainCommandOutput | undefined> {
  return orMissing(context.clients.sagemaker.send(new DescribeDomainCommand({ DomainId: id })));
}

async function domainReady(context: Context, id: string): Promise<Values> {
  const found = await waitFor(
    context.signal,
    () => describeDomain(context, id),
    (state) => state?.Status !== DomainStatus.Pending && state?.Status !== DomainStatus.Updating,
  );
  if (found?.Status === DomainStatus.InService) return domainOutputs(found);
  const reason = found?.FailureReason === undefined ? "" : `. last error: ${found.FailureReason}`;
  const message = `waiting for SageMaker AI Domain (${id}): unexpected state '${found?.Status ?? "deleted"}', wanted target 'InService'${reason}`;
  throw new PartiallyCreated(message, id, found === undefined ? {} : domainOutputs(found));
}

function domainOutputs(found: DescribeDomainCommandOutput): Values {
  return present({
    arn: found.DomainArn,
    url: found.Url,
    homeEfsFileSystemId: found.HomeEfsFileSystemId,
    securityGroupIdForDomainBoundary: found.SecurityGroupIdForDomainBoundary,
    singleSignOnManagedApplicationInstanceId: found.SingleSignOnManagedApplicationInstanceId,
  });
}

/** Domain and profile of `arn:aws:sagemaker:region:account:user-profile/<domain>/<name>`. */
function profileKey(arn: string): { DomainId: string; UserProfileName: string } {
  const [DomainId = "", UserProfileName = ""] = arn.split(":user-profile/").pop()?.split("/") ?? [];
  return { DomainId, UserProfileName };
}

function describeProfile(context: Context, arn: string): Promise<DescribeUserProfileCommandOutput | undefined> {
  return orMissing(context.clients.sagemaker.send(new DescribeUserProfileCommand(profileKey(arn))));
}

async function profileReady(context: Context, arn: string): Promise<Values> {
  const found = await waitFor(
    context.signal,
    () => describeProfile(context, arn),
    (state) => state?.Status !== UserProfileStatus.Pending && state?.Status !== UserProfileStatus.Updating,
  );
  if (found?.Status === UserProfileStatus.InService) return profileOutputs(found);
  const reason = found?.FailureReason === undefined ? "" : `. last error: ${found.FailureReason}`;
  const message = `waiting for SageMaker AI User Profile (${arn}): unexpected state '${found?.Status ?? "deleted"}', wanted target 'InService'${reason}`;
  throw new PartiallyCreated(message, arn, { arn });
}

function profileOutputs(found: DescribeUserProfileCommandOutput): Values {
  return present({ arn: found.UserProfileArn, homeEfsFileSystemUid: found.HomeEfsFileSystemUid });
}
