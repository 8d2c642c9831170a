import * as pulumi from "@pulumi/pulumi";
import { anything, arn, type Checks, checkArguments, list, modelName, object, required, text } from "../arguments";
import { componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";
import { type PlatformExports, platformCheck, platformValues } from "../platform/platform-exports";
import { deployerPermissions } from "./deployer-policies";
import { type GithubTrustArgs, githubTrust, githubTrustChecks } from "./github-trust";
import { createPersona, type PersonaNodes, scopeOf } from "./persona-role";

export interface DeployerRoleArgs {
  platform: pulumi.Input<PlatformExports>;
  /** Names of the models it deploys. Whatever is named `<model>-…` counts as the model's. 1 to 10. */
  models: string[];
  /** Boundary that every role it makes must have, and that it has itself: the platform's `permissionsBoundaryArn`. Without one it could make a role that may do anything. */
  permissionsBoundaryArn: pulumi.Input<string>;
  /** Jobs of GitHub Actions that assume it, by the account's identity provider for `token.actions.githubusercontent.com`. Give this or `existingRoleName`. */
  github?: GithubTrustArgs;
  /** Name of a role that gets these permissions, such as that of another CI. Give this or `github`. */
  existingRoleName?: pulumi.Input<string>;
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

export const deployerRoleChecks: Checks<DeployerRoleArgs> = {
  platform: platformCheck,
  models: required(list(text(modelName), { min: 1, max: 10 })),
  permissionsBoundaryArn: required(arn),
  github: object(githubTrustChecks),
  existingRoleName: text({ max: 64 }),
  tags: anything,
};

/** Role of CI that deploys models into a platform, and nothing of the platform itself. Roles it makes must have the permissions boundary. */
export class DeployerRole extends pulumi.ComponentResource {
  /** ARN of the role; known once its policies are in place. */
  declare readonly arn: pulumi.Output<string>;
  declare readonly roleName: pulumi.Output<string>;

  constructor(name: string, args: DeployerRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(deployerRoleChecks, args, "", problems);
    if (problems.faults.length === 0 && (args.github === undefined) === (args.existingRoleName === undefined)) {
      const given = args.github === undefined ? "is missing, as is existingRoleName" : "is given together with existingRoleName";
      problems.add("github", `${given}; say who assumes the role: give one of the two`);
    }
    problems.throwIfAny("DeployerRole", name);
    super(componentType("DeployerRole"), name, {}, opts);
    const { github, permissionsBoundaryArn } = args;
    const platform = platformValues(args.platform);
    const scope = scopeOf(platform);
    const policies = pulumi
      .output({
        scope,
        platform: platform.name,
        models: args.models,
        bucketName: platform.bucketName,
        repositoryArn: platform.repositoryArn,
        kmsKeyArn: platform.kmsKeyArn,
        readsScans: platform.scan.apply((scan) => scan !== undefined),
        permissionsBoundaryArn,
      })
      .apply(deployerPermissions);
    const persona = createPersona(this, name, platform, {
      description: `Deploys ${args.models.join(", ")} (${name})`,
      existing: args.existingRoleName,
      trust: github === undefined ? "" : scope.apply((known) => githubTrust(github, known)),
      permissionsBoundaryArn,
      policies: { models: policies.models, surroundings: policies.surroundings },
      tags: args.tags,
    });
    keepNodes(this, persona.nodes);
    this.arn = persona.arn;
    this.roleName = persona.roleName;
    this.registerOutputs({ arn: this.arn, roleName: this.roleName });
  }

  get nodes(): PersonaNodes {
    return nodesOf(this);
  }
}
