import type { CreateModelPackageCommandInput, CreateModelPackageGroupCommandInput } from "@aws-sdk/client-sagemaker";
import type { StoredResource } from "../state/resource-store";

export interface ModelPackageGroupRecord extends StoredResource {
  readonly name: string;
  readonly arn: string;
  readonly request: CreateModelPackageGroupCommandInput;
  /** Number of the version registered last; numbers are not given twice, also after a version was deleted. */
  readonly lastVersion: number;
  readonly resourcePolicy?: string;
}

export interface ModelPackageRecord extends StoredResource {
  /** Of an unversioned package its own; of a version its group's. */
  readonly name: string;
  readonly arn: string;
  readonly version?: number;
  readonly request: CreateModelPackageCommandInput;
  readonly approvalDescription?: string;
  /** Of the request that made it: a repeated one makes nothing new. */
  readonly clientToken?: string;
  readonly modifiedAt?: number;
}
