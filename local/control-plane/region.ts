import { join } from "node:path";
import { ScalingState } from "../autoscaling/scaling-state";
import { ResourceStore, type StoredResource } from "../state/resource-store";
import type { ProcessingJobRecord, TransformJobRecord } from "./job-records";
import type { ModelPackageGroupRecord, ModelPackageRecord } from "./model-package-records";
import type {
  DomainRecord,
  EndpointConfigRecord,
  EndpointRecord,
  ModelRecord,
  TagsRecord,
  TrainingJobRecord,
  UserProfileRecord,
} from "./records";
import type { AppRecord, SpaceRecord } from "./studio-records";

/** Every resource of the API has one. */
interface ResourceWithArn extends StoredResource {
  readonly arn: string;
}

/** All SageMaker resources of one region. */
export class Region {
  readonly trainingJobs: ResourceStore<TrainingJobRecord>;
  readonly transformJobs: ResourceStore<TransformJobRecord>;
  readonly processingJobs: ResourceStore<ProcessingJobRecord>;
  readonly models: ResourceStore<ModelRecord>;
  readonly modelPackageGroups: ResourceStore<ModelPackageGroupRecord>;
  readonly modelPackages: ResourceStore<ModelPackageRecord>;
  readonly endpointConfigs: ResourceStore<EndpointConfigRecord>;
  readonly endpoints: ResourceStore<EndpointRecord>;
  readonly domains: ResourceStore<DomainRecord>;
  readonly userProfiles: ResourceStore<UserProfileRecord>;
  readonly spaces: ResourceStore<SpaceRecord>;
  readonly apps: ResourceStore<AppRecord>;
  readonly tags: ResourceStore<TagsRecord>;
  readonly scaling: ScalingState;
  /** All but the tags: what can be tagged. */
  private readonly resources: { list(): ResourceWithArn[]; flush(): Promise<void>; clear(): Promise<void> }[] = [];

  constructor(
    readonly name: string,
    readonly account: string,
    folder: string,
  ) {
    const open = <T extends ResourceWithArn>(kind: string): ResourceStore<T> => {
      const store = new ResourceStore<T>(join(folder, kind));
      this.resources.push(store);
      return store;
    };
    this.trainingJobs = open("training-jobs");
    this.transformJobs = open("transform-jobs");
    this.processingJobs = open("processing-jobs");
    this.models = open("models");
    this.modelPackageGroups = open("model-package-groups");
    this.modelPackages = open("model-packages");
    this.endpointConfigs = open("endpoint-configs");
    this.endpoints = open("endpoints");
    this.domains = open("domains");
    this.userProfiles = open("user-profiles");
    this.spaces = open("spaces");
    this.apps = open("apps");
    this.tags = new ResourceStore(join(folder, "tags"));
    this.scaling = new ScalingState(join(folder, "application-auto-scaling"));
  }

  /** ARN of a resource, such as `arn:aws:sagemaker:us-east-1:000000000000:endpoint/iris`. */
  arn(kind: string, name: string): string {
    return `arn:${partitionOf(this.name)}:sagemaker:${this.name}:${this.account}:${kind}/${name.toLowerCase()}`;
  }

  /** Whether there is a resource with this ARN. */
  has(arn: string): boolean {
    return this.resources.some((store) => store.list().some((resource) => resource.arn === arn));
  }

  async flush(): Promise<void> {
    await Promise.all([...this.resources, this.tags, this.scaling].map((store) => store.flush()));
  }

  /** Forgets every resource, in memory at once. */
  async clear(): Promise<void> {
    await Promise.all([...this.resources, this.tags, this.scaling].map((store) => store.clear()));
  }
}

export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) {
    return "aws-cn";
  }
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
