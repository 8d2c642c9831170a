import * as pulumi from "@pulumi/pulumi";
import { anything, arn, type Checks, checkArguments, duration, list, required, seconds, text } from "../arguments";
import { componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";
import { type PlatformExports, platformCheck, platformValues } from "../platform/platform-exports";
import { dataScientistPermissions } from "./data-scientist-policies";
import { ExecutionRole } from "./execution-role";
import { createPersona, type PersonaNodes, scopeOf } from "./persona-role";
import { trustPolicy } from "./policies";

export interface DataScientistRoleArgs {
  platform: pulumi.Input<PlatformExports>;
  /** Instance types that training jobs of experiments may have, such as `ml.m5.*`; `*` stands for any text. 1 to 50. */
  instanceTypes: string[];
  /** Longest time such a job may run. Range 1m to 28d, default 8h. */
  maxRuntime?: string;
  /** Role that such jobs run as. Made when left out: it reads the platform's bucket and writes below `experiments/`. */
  trainingRoleArn?: pulumi.Input<string>;
  /** Name of a role that gets these permissions; a role that Studio assumes is made when left out. */
  existingRoleName?: pulumi.Input<string>;
  /** Permissions boundary; the platform's when left out. */
  permissionsBoundaryArn?: pulumi.Input<string>;
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

export const dataScientistRoleChecks: Checks<DataScientistRoleArgs> = {
  platform: platformCheck,
  instanceTypes: required(
    list(text({ pattern: /^ml\.[\w.*-]+$/, allowed: "an instance type, such as ml.m5.large or ml.m5.*" }), { min: 1, max: 50 }),
  ),
  maxRuntime: duration("1m", "28d"),
  trainingRoleArn: arn,
  existingRoleName: text({ max: 64 }),
  permissionsBoundaryArn: arn,
  tags: anything,
};

export interface DataScientistRoleNodes extends PersonaNodes {
  /** Undefined when a training role was given. */
  readonly trainingRole: ExecutionRole | undefined;
}

/** Role of a data scientist's Studio apps: experiments, training jobs named `experiment-…` within limits, the platform's data to read; no endpoint. Give it to a `StudioUser` as `executionRoleArn`. */
export class DataScientistRole extends pulumi.ComponentResource {
  /** ARN of the role; known once its policies are in place. */
  declare readonly arn: pulumi.Output<string>;
  declare readonly roleName: pulumi.Output<string>;
  /** Role to give to training jobs. */
  declare readonly trainingRoleArn: pulumi.Output<string>;

  constructor(name: string, args: DataScientistRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(dataScientistRoleChecks, args, "", problems);
    problems.throwIfAny("DataScientistRole", name);
    super(componentType("DataScientistRole"), name, {}, opts);
    const platform = platformValues(args.platform);
    const trainingRole = args.trainingRoleArn === undefined ? createTrainingRole(this, name, args) : undefined;
    this.trainingRoleArn = trainingRole?.arn ?? pulumi.output(args.trainingRoleArn ?? "");
    const work = pulumi.output({
      scope: scopeOf(platform),
      platform: platform.name,
      bucketName: platform.bucketName,
      trainingRoleArn: this.trainingRoleArn,
      instanceTypes: args.instanceTypes,
      maxRuntimeSeconds: seconds(args.maxRuntime, 28_800),
      subnetIds: platform.subnetIds,
      securityGroupIds: platform.securityGroupIds,
      kmsKeyArn: platform.kmsKeyArn,
    });
    const persona = createPersona(this, name, platform, {
      description: `Data scientist of Studio (${name})`,
      existing: args.existingRoleName,
      trust: scopeOf(platform).apply((scope) => trustPolicy("studio", scope)),
      permissionsBoundaryArn: args.permissionsBoundaryArn ?? platform.permissionsBoundaryArn,
      policies: { policy: work.apply(dataScientistPermissions) },
      tags: args.tags,
    });
    keepNodes(this, { ...persona.nodes, trainingRole });
    this.arn = persona.arn;
    this.roleName = persona.roleName;
    this.registerOutputs({ arn: this.arn, roleName: this.roleName, trainingRoleArn: this.trainingRoleArn });
  }

  get nodes(): DataScientistRoleNodes {
    return nodesOf(this);
  }
}

function createTrainingRole(parent: DataScientistRole, name: string, { platform, tags }: DataScientistRoleArgs): ExecutionRole {
  const { bucketName, repositoryUrl } = platformValues(platform);
  return new ExecutionRole(
    `${name}-training`,
    {
      platform,
      kind: "training",
      logGroup: "/aws/sagemaker/TrainingJobs",
      images: [repositoryUrl],
      readPaths: [pulumi.interpolate`s3://${bucketName}/`],
      writePaths: [pulumi.interpolate`s3://${bucketName}/experiments/`],
      ...(tags === undefined ? {} : { tags }),
    },
    { parent },
  );
}
