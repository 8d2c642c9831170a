import type { AppStatus, CreateAppCommandInput, CreateSpaceCommandInput, SpaceStatus } from "@aws-sdk/client-sagemaker";
import type { StoredResource } from "../state/resource-store";

export interface SpaceRecord extends StoredResource {
  readonly arn: string;
  readonly request: CreateSpaceCommandInput;
  readonly status: SpaceStatus;
  readonly homeEfsFileSystemUid: string;
  readonly modifiedAt: number;
}

export interface AppRecord extends StoredResource {
  readonly arn: string;
  readonly request: CreateAppCommandInput;
  readonly status: AppStatus;
  readonly modifiedAt: number;
}
