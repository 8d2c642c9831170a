import type {
  BatchDescribeModelPackageCommandInput,
  BatchDescribeModelPackageCommandOutput,
  CreateModelPackageCommandInput,
  CreateModelPackageCommandOutput,
  DeleteModelPackageCommandInput,
  DeleteModelPackageCommandOutput,
  DescribeModelPackageCommandInput,
  DescribeModelPackageCommandOutput,
  ListModelPackagesCommandInput,
  ListModelPackagesCommandOutput,
  UpdateModelPackageCommandInput,
  UpdateModelPackageCommandOutput,
} from "@aws-sdk/client-sagemaker";
import { findModelPackageGroup } from "./model-package-groups";
import type { ModelPackageRecord } from "./model-package-records";
import { date, given, type Operation, operation } from "./operation";
import { listPage } from "./pagination";
import type { Region } from "./region";
import { invalid, notFound } from "./service-error";
import { addTags, removeTags } from "./tags";

export function modelPackageOperations(): Record<string, Operation> {
  return {
    CreateModelPackage: operation<CreateModelPackageCommandInput, CreateModelPackageCommandOutput>(async (input, { region }) => {
      checkNew(input);
      const { Tags, ClientToken: _, ...request } = input;
      // The SDKs send a token of their own with every call, and the same one when they try again.
      const repeated = region.modelPackages
        .list()
        .find(({ clientToken }) => clientToken !== undefined && clientToken === input.ClientToken);
      if (repeated !== undefined) {
        return { ModelPackageArn: repeated.arn };
      }
      const created = input.ModelPackageGroupName === undefined ? unversioned(region, input) : nextVersion(region, input);
      const token = input.ClientToken === undefined ? {} : { clientToken: input.ClientToken };
      const record = { ...created, ...token, request: { ...request, ...approvalOf(input) }, createdAt: Date.now() };
      await Promise.all([region.modelPackages.put(keyOf(created), record), region.modelPackageGroups.flush()]);
      await addTags(region, created.arn, Tags);
      return { ModelPackageArn: created.arn };
    }),
    DescribeModelPackage: operation<DescribeModelPackageCommandInput, DescribeModelPackageCommandOutput>((input, { region }) => {
      const found = findModelPackage(region, given(input.ModelPackageName));
      const { ModelPackageGroupName: _, ModelPackageName: __, ...request } = found.request;
      return {
        ...request,
        ...identityOf(found),
        ModelPackageName: found.name,
        ModelPackageStatus: "Completed",
        ModelPackageStatusDetails: { ValidationStatuses: [], ImageScanStatuses: [] },
        ApprovalDescription: found.approvalDescription,
        CertifyForMarketplace: request.CertifyForMarketplace ?? false,
        CreationTime: date(found.createdAt),
        LastModifiedTime: date(found.modifiedAt),
        CreatedBy: {},
      };
    }),
    BatchDescribeModelPackage: operation<BatchDescribeModelPackageCommandInput, BatchDescribeModelPackageCommandOutput>(
      (input, { region }) => {
        const arns = given(input.ModelPackageArnList);
        const found = arns.flatMap((arn) => region.modelPackages.list().filter((each) => each.arn === arn && each.version !== undefined));
        const lost = arns.filter((arn) => !found.some((each) => each.arn === arn));
        return {
          ModelPackageSummaries: Object.fromEntries(
            found.map((each) => {
              const InferenceSpecification = each.request.InferenceSpecification ?? { Containers: [] };
              return [each.arn, { ...summaryOf(each), ModelPackageGroupName: each.name, InferenceSpecification }];
            }),
          ),
          BatchDescribeModelPackageErrorMap: Object.fromEntries(
            lost.map((arn) => [arn, { ErrorCode: "ValidationException", ErrorResponse: `ModelPackage ${arn} does not exist.` }]),
          ),
        };
      },
    ),
    ListModelPackages: operation<ListModelPackagesCommandInput, ListModelPackagesCommandOutput>((input, { region }) => {
      const { ModelPackageGroupName: group, ModelPackageType: type = group === undefined ? "Unversioned" : "Versioned" } = input;
      const name = group === undefined ? undefined : findModelPackageGroup(region, group).name;
      const packages = region.modelPackages
        .list()
        .filter(({ version }) => type === "Both" || (type === "Versioned") === (version !== undefined))
        .filter((each) => name === undefined || (each.version !== undefined && each.name === name))
        .filter(({ request }) => input.ModelApprovalStatus === undefined || request.ModelApprovalStatus === input.ModelApprovalStatus)
        // Versions made in the same millisecond follow each other by number.
        .map((each) => ({ ...each, arn: String(each.version ?? 0).padStart(9, "0"), package: each }));
      const { items, nextToken } = listPage(packages, input);
      return {
        ModelPackageSummaryList: items.map((item) => ({ ...summaryOf(item.package), ...nameOf(item.package) })),
        NextToken: nextToken,
      };
    }),
    UpdateModelPackage: operation<UpdateModelPackageCommandInput, UpdateModelPackageCommandOutput>(async (input, { region }) => {
      const found = findModelPackage(region, given(input.ModelPackageArn));
      if (found.version === undefined && input.ModelApprovalStatus !== undefined) {
        throw invalid(`The approval status of ${found.arn} cannot be updated: only versioned model packages have one.`);
      }
      await region.modelPackages.put(keyOf(found), { ...updated(found, input), modifiedAt: Date.now() });
      return { ModelPackageArn: found.arn };
    }),
    DeleteModelPackage: operation<DeleteModelPackageCommandInput, DeleteModelPackageCommandOutput>(async (input, { region }) => {
      const found = findModelPackage(region, given(input.ModelPackageName));
      await region.modelPackages.delete(keyOf(found));
      await removeTags(region, found.arn);
      return {};
    }),
  };
}

/** By ARN, by `name` when it is unversioned, or by `group/version`. */
export function findModelPackage(region: Region, nameOrArn: string): ModelPackageRecord {
  const arn = nameOrArn.startsWith("arn:") ? nameOrArn : region.arn("model-package", nameOrArn);
  const found = region.modelPackages.list().find((each) => each.arn === arn);
  if (found === undefined) {
    throw notFound(`ModelPackage ${arn} does not exist.`);
  }
  return found;
}

type NewPackage = Pick<ModelPackageRecord, "name" | "arn" | "version">;

function unversioned(region: Region, input: CreateModelPackageCommandInput): NewPackage {
  const name = given(input.ModelPackageName);
  const arn = region.arn("model-package", name);
  if (region.modelPackages.has(name)) {
    throw invalid(`Cannot create already existing model package "${arn}".`);
  }
  return { name, arn };
}

/** Counts at once; the caller waits until the count is on disk. */
function nextVersion(region: Region, input: CreateModelPackageCommandInput): NewPackage {
  const group = findModelPackageGroup(region, given(input.ModelPackageGroupName));
  const version = group.lastVersion + 1;
  void region.modelPackageGroups.put(group.name, { ...group, lastVersion: version });
  return { name: group.name, version, arn: region.arn("model-package", `${group.name}/${version}`) };
}

/** AWS's words where they are known: both names, or none. */
function checkNew(input: CreateModelPackageCommandInput): void {
  const { ModelPackageName, ModelPackageGroupName, InferenceSpecification, SourceAlgorithmSpecification, SourceUri } = input;
  if (ModelPackageName !== undefined && ModelPackageGroupName !== undefined) {
    throw invalid("Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which one to use.");
  }
  if (ModelPackageName === undefined && ModelPackageGroupName === undefined) {
    throw invalid("Missing ARN.");
  }
  if (InferenceSpecification !== undefined && SourceAlgorithmSpecification !== undefined) {
    throw invalid("InferenceSpecification and SourceAlgorithmSpecification cannot both be specified.");
  }
  if (
    ModelPackageName !== undefined &&
    InferenceSpecification === undefined &&
    SourceAlgorithmSpecification === undefined &&
    SourceUri === undefined
  ) {
    throw invalid("An unversioned model package must have an InferenceSpecification or a SourceAlgorithmSpecification.");
  }
  if (ModelPackageGroupName !== undefined && input.Tags !== undefined && input.Tags.length > 0) {
    throw invalid("Tags cannot be specified for a versioned model package: it uses those of its model package group.");
  }
  if (ModelPackageName !== undefined && input.ModelApprovalStatus !== undefined) {
    throw invalid("ModelApprovalStatus can be specified for versioned model packages only.");
  }
}

/** A version waits for approval unless it is registered with another answer. */
function approvalOf(input: CreateModelPackageCommandInput): Pick<CreateModelPackageCommandInput, "ModelApprovalStatus"> {
  return input.ModelPackageGroupName === undefined ? {} : { ModelApprovalStatus: input.ModelApprovalStatus ?? "PendingManualApproval" };
}

function updated(found: ModelPackageRecord, input: UpdateModelPackageCommandInput): ModelPackageRecord {
  const {
    ModelPackageArn: _,
    ClientToken: __,
    ApprovalDescription: approvalDescription = found.approvalDescription,
    CustomerMetadataProperties,
    CustomerMetadataPropertiesToRemove: removed = [],
    AdditionalInferenceSpecificationsToAdd: more = [],
    ...changes
  } = input;
  const before = found.request;
  const metadata = Object.entries({ ...before.CustomerMetadataProperties, ...CustomerMetadataProperties }).filter(
    ([key]) => !removed.includes(key),
  );
  const specifications = [...(before.AdditionalInferenceSpecifications ?? []), ...more];
  return {
    ...found,
    ...(approvalDescription === undefined ? {} : { approvalDescription }),
    request: {
      ...before,
      ...changes,
      CustomerMetadataProperties: metadata.length === 0 ? undefined : Object.fromEntries(metadata),
      AdditionalInferenceSpecifications: specifications.length === 0 ? undefined : specifications,
    },
  };
}

function identityOf({ name, arn, version }: ModelPackageRecord) {
  return { ModelPackageArn: arn, ...(version === undefined ? {} : { ModelPackageGroupName: name, ModelPackageVersion: version }) };
}

/** In lists a version is known by its group alone. */
function nameOf({ name, version }: ModelPackageRecord) {
  return version === undefined ? { ModelPackageName: name } : {};
}

function summaryOf(each: ModelPackageRecord) {
  return {
    ...identityOf(each),
    ModelPackageStatus: "Completed" as const,
    ModelPackageDescription: each.request.ModelPackageDescription,
    ModelApprovalStatus: each.request.ModelApprovalStatus,
    ModelPackageRegistrationType: each.request.ModelPackageRegistrationType,
    CreationTime: date(each.createdAt),
  };
}

function keyOf({ name, version }: NewPackage): string {
  return version === undefined ? name : `${name}/${version}`;
}
