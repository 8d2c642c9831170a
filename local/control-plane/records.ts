import type {
  CreateDomainCommandInput,
  CreateEndpointConfigCommandInput,
  CreateModelCommandInput,
  CreateTrainingJobCommandInput,
  CreateUserProfileCommandInput,
  DataCaptureConfig,
  DeploymentConfig,
  DomainStatus,
  EndpointStatus,
  SecondaryStatus,
  Tag,
  TrainingJobStatus,
  UserProfileStatus,
} from "@aws-sdk/client-sagemaker";
import type { PropertiesByVariant } from "../hosting/variant-properties";
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
  /** What UpdateEndpointWeightsAndCapacities asked for, or an update kept. */
  readonly variants?: PropertiesByVariant | undefined;
  /** Kept by an update, in place of the configuration's own. */
  readonly dataCapture?: DataCaptureConfig | undefined;
  readonly lastDeploymentConfig?: DeploymentConfig | undefined;
  /** The update that is under way. */
  readonly updating?: EndpointUpdate | undefined;
  readonly failureReason?: string | undefined;
  readonly modifiedAt: number;
}

export interface EndpointUpdate {
  readonly configName: string;
  readonly variants?: PropertiesByVariant | undefined;
  readonly dataCapture?: DataCaptureConfig | undefined;
  readonly deploymentConfig?: DeploymentConfig | undefined;
  readonly startedAt: number;
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
