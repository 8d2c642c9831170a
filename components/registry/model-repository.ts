import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { anything, arn, type Checks, checkArguments, count, flag } from "../arguments";
import { childOf, componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";

export interface ModelRepositoryArgs {
  /** Key of the images; ECR's own key (AES256) when left out. A change replaces the repository. */
  kmsKeyArn?: pulumi.Input<string>;
  /** Days after which an image without a tag goes. Range 1 to 3650, default 30. Tagged images stay: a live endpoint pulls its image whenever it scales out. */
  untaggedImageDays?: number;
  /** Delete the images together with the repository. Take effect with an `up` before the `destroy`. Default: false. */
  forceDelete?: boolean;
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

export const modelRepositoryChecks: Checks<ModelRepositoryArgs> = {
  kmsKeyArn: arn,
  untaggedImageDays: count(1, 3650),
  forceDelete: flag,
  tags: anything,
};

export interface ModelRepositoryNodes {
  readonly repository: aws.ecr.Repository;
  readonly lifecyclePolicy: aws.ecr.LifecyclePolicy;
}

/** An ECR repository for model images: scanned on push, tags that cannot be moved, images encrypted. */
export class ModelRepository extends pulumi.ComponentResource {
  declare readonly repositoryUrl: pulumi.Output<string>;
  declare readonly repositoryArn: pulumi.Output<string>;

  constructor(name: string, args: ModelRepositoryArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(modelRepositoryChecks, args, "", problems);
    problems.throwIfAny("ModelRepository", name);
    super(componentType("ModelRepository"), name, {}, opts);
    const repository = new aws.ecr.Repository(
      name,
      {
        imageScanningConfiguration: { scanOnPush: true },
        imageTagMutability: "IMMUTABLE",
        encryptionConfigurations: [
          args.kmsKeyArn === undefined ? { encryptionType: "AES256" } : { encryptionType: "KMS", kmsKey: args.kmsKeyArn },
        ],
        forceDelete: args.forceDelete ?? false,
        tags: args.tags,
      },
      childOf(this),
    );
    const lifecyclePolicy = new aws.ecr.LifecyclePolicy(
      `${name}-lifecycle`,
      { repository: repository.name, policy: expireUntagged(args.untaggedImageDays ?? 30) },
      childOf(this),
    );
    keepNodes(this, { repository, lifecyclePolicy });
    this.repositoryUrl = repository.repositoryUrl;
    this.repositoryArn = repository.arn;
    this.registerOutputs({ repositoryUrl: this.repositoryUrl, repositoryArn: this.repositoryArn });
  }

  get nodes(): ModelRepositoryNodes {
    return nodesOf(this);
  }
}

/** ECR lifecycle policy: images without a tag go after `days`. */
export function expireUntagged(days: number): string {
  return JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        description: `Images without a tag go after ${days} days`,
        selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: days },
        action: { type: "expire" },
      },
    ],
  });
}
