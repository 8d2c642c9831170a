import { join } from "node:path";
import { ResourceStore } from "../state/resource-store";
import type {
  DomainRecord,
  EndpointConfigRecord,
  EndpointRecord,
  ModelRecord,
  TagsRecord,
  TrainingJobRecord,
  UserProfileRecord,
} from "./records";

/** All SageMaker resources of one region. */
export class Region {
  readonly trainingJobs: ResourceStore<TrainingJobRecord>;
  readonly models: ResourceStore<ModelRecord>;
  readonly endpointConfigs: ResourceStore<EndpointConfigRecord>;
  readonly endpoints: ResourceStore<EndpointRecord>;
  readonly domains: ResourceStore<DomainRecord>;
  readonly userProfiles: ResourceStore<UserProfileRecord>;
  readonly tags: ResourceStore<TagsRecord>;

  constructor(
    readonly name: string,
    readonly account: string,
    folder: string,
  ) {
    this.trainingJobs = new ResourceStore(join(folder, "training-jobs"));
    this.models = new ResourceStore(join(folder, "models"));
    this.endpointConfigs = new ResourceStore(join(folder, "endpoint-configs"));
    this.endpoints = new ResourceStore(join(folder, "endpoints"));
    this.domains = new ResourceStore(join(folder, "domains"));
    this.userProfiles = new ResourceStore(join(folder, "user-profiles"));
    this.tags = new ResourceStore(join(folder, "tags"));
  }

  /** ARN of a resource, such as `arn:aws:sagemaker:us-east-1:000000000000:endpoint/iris`. */
  arn(kind: string, name: string): string {
    return `arn:${partitionOf(this.name)}:sagemaker:${this.name}:${this.account}:${kind}/${name.toLowerCase()}`;
  }

  async flush(): Promise<void> {
    const stores = [this.trainingJobs, this.models, this.endpointConfigs, this.endpoints, this.domains, this.userProfiles, this.tags];
    await Promise.all(stores.map((store) => store.flush()));
  }
}

export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) {
    return "aws-cn";
  }
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
