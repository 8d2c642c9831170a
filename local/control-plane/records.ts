import type {
  CreateDomainCommandInput,
  CreateEndpointConfigCommandInput,
  CreateModelCommandInput,
  CreateTrainingJobCommandInput,
  CreateUserProfileCommandInput,
  DomainStatus,
  EndpointStatus,
  SecondaryStatus,
  Tag,
  TrainingJobStatus,
  UserProfileStatus,
} from "@aws-sdk/client-sagemaker";
import type { StoredResource } from "../state/resource-store";

/** What is kept of each resource, on disk and in memory. Times are milliseconds since the epoch. */
export interface ModelRecord extends StoredResource {
  readonly name: string;
  readonly arn: string;
  readonly request: CreateModelCommandInput;
}

export interface EndpointConfigRecord extends StoredResource {
  readonly name: string;
  readonly arn: string;
  readonly request: CreateEndpointConfigCommandInput;
}

export interface EndpointRecord extends StoredResource {
  readonly name: string;
  readonly arn: string;
  readonly status: EndpointStatus;
  /** The configuration that serves, or that is being created. */
  readonly configName: string;
  /** The configuration of the update that is under way. */
  readonly updatingTo?: string;
  readonly failureReason?: string;
  readonly modifiedAt: number;
}

export interface TrainingJobRecord extends StoredResource {
  readonly name: string;
  readonly arn: string;
  readonly request: CreateTrainingJobCommandInput;
  readonly status: TrainingJobStatus;
  readonly secondaryStatus: SecondaryStatus;
  readonly transitions: readonly SecondaryTransition[];
  readonly modifiedAt: number;
  readonly failureReason?: string;
  readonly modelArtifacts?: string;
  readonly trainingStartedAt?: number;
  readonly trainingEndedAt?: number;
  readonly finalMetrics?: readonly FinalMetric[];
}

export interface SecondaryTransition {
  readonly status: SecondaryStatus;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly message: string;
}

export interface FinalMetric {
  readonly name: string;
  readonly value: number;
  readonly at: number;
}

export interface DomainRecord extends StoredResource {
  readonly id: string;
  readonly arn: string;
  readonly request: CreateDomainCommandInput;
  readonly status: DomainStatus;
  readonly homeEfsFileSystemId: string;
  readonly modifiedAt: number;
}

export interface UserProfileRecord extends StoredResource {
  readonly arn: string;
  readonly request: CreateUserProfileCommandInput;
  readonly status: UserProfileStatus;
  readonly homeEfsFileSystemUid: string;
  readonly modifiedAt: number;
}

export interface TagsRecord extends StoredResource {
  readonly arn: string;
  readonly tags: readonly Tag[];
}
