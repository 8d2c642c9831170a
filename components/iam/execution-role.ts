import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { anything, arn, type Checks, checkArguments, list, oneOf, required, s3Uri, text } from "../arguments";
import { childOf, componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";
import { type PlatformExports, platformCheck, platformValues } from "../platform/platform-exports";
import { permissions, type RoleKind, roleKinds, trustPolicy } from "./policies";

export interface ExecutionRoleArgs {
  platform: pulumi.Input<PlatformExports>;
  /** What the role is for: training, realtime, serverless, async or studio. */
  kind: string;
  /** Log group of the work, such as `/aws/sagemaker/Endpoints/<name>`. */
  logGroup: pulumi.Input<string>;
  /** URIs of the images it pulls. Only their repositories are named in the policy. */
  images?: pulumi.Input<string>[];
  /** S3 URIs it reads: an object, or everything that begins with a prefix that ends with "/" or "*". */
  readPaths?: pulumi.Input<string>[];
  /** S3 URIs it writes to. */
  writePaths?: pulumi.Input<string>[];
  /** ARNs of the SNS topics it publishes to. */
  topicArns?: pulumi.Input<string>[];
  /** Names of the CloudWatch alarms that end a rollout. */
  alarmNames?: pulumi.Input<string>[];
  /** Environment of the work. What it names by ARN, secrets of Secrets Manager and SSM parameters, the role may read. */
  environment?: { [name: string]: pulumi.Input<string> };
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

export const executionRoleChecks: Checks<ExecutionRoleArgs> = {
  platform: platformCheck,
  kind: required(oneOf(...roleKinds)),
  logGroup: required(text()),
  images: list(text()),
  readPaths: list(s3Uri),
  writePaths: list(s3Uri),
  topicArns: list(arn),
  alarmNames: list(text({ max: 255 })),
  environment: anything,
  tags: anything,
};

export interface ExecutionRoleNodes {
  readonly role: aws.iam.Role;
  readonly policy: aws.iam.RolePolicy;
}

/** A role SageMaker assumes for one kind of work of one model. It may do that work with that model's own data, and nothing else. */
export class ExecutionRole extends pulumi.ComponentResource {
  /** ARN of the role; known once its policy is in place, so that whatever uses it waits for the policy. */
  declare readonly arn: pulumi.Output<string>;
  declare readonly roleName: pulumi.Output<string>;

  constructor(name: string, args: ExecutionRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(executionRoleChecks, args, "", problems);
    problems.throwIfAny("ExecutionRole", name);
    super(componentType("ExecutionRole"), name, {}, opts);
    const nodes = createRole(this, name, args, args.kind as RoleKind);
    keepNodes(this, nodes);
    this.arn = pulumi.all([nodes.role.arn, nodes.policy.id]).apply(([arn]) => arn);
    this.roleName = nodes.role.name;
    this.registerOutputs({ arn: this.arn, roleName: this.roleName });
  }

  get nodes(): ExecutionRoleNodes {
    return nodesOf(this);
  }
}

function createRole(parent: ExecutionRole, name: string, args: ExecutionRoleArgs, kind: RoleKind): ExecutionRoleNodes {
  const platform = platformValues(args.platform);
  const scope = pulumi.output({ partition: platform.partition, region: platform.region, accountId: platform.accountId });
  const role = new aws.iam.Role(
    name,
    {
      description: `SageMaker ${kind} (${name})`,
      assumeRolePolicy: scope.apply((known) => trustPolicy(kind, known)),
      permissionsBoundary: platform.permissionsBoundaryArn,
      tags: args.tags,
    },
    childOf(parent),
  );
  const policy = new aws.iam.RolePolicy(
    `${name}-policy`,
    {
      role: role.name,
      policy: pulumi
        .output({
          scope,
          images: args.images ?? [],
          readPaths: args.readPaths ?? [],
          writePaths: args.writePaths ?? [],
          topicArns: args.topicArns ?? [],
          alarmNames: args.alarmNames ?? [],
          environment: Object.values(args.environment ?? {}),
          logGroup: args.logGroup,
          kmsKeyArn: platform.kmsKeyArn,
          subnetIds: platform.subnetIds,
        })
        .apply(({ subnetIds, ...work }) => permissions({ ...work, kind, vpc: subnetIds !== undefined })),
    },
    childOf(parent),
  );
  return { role, policy };
}
