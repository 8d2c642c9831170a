import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childOf } from "../component";
import type { PlatformValues } from "../platform/platform-exports";
import type { AwsScope } from "./arns";

/** A role for people or for CI: made here, or one that is there already and gets the policies. */
export interface PersonaRole {
  readonly description: string;
  /** Name of a role that is there already; its trust and boundary stay as they are. */
  readonly existing: pulumi.Input<string> | undefined;
  readonly trust: pulumi.Input<string>;
  readonly permissionsBoundaryArn: pulumi.Input<string | undefined>;
  /** Policies by what the name of each ends with. */
  readonly policies: Readonly<Record<string, pulumi.Input<string>>>;
  readonly tags: pulumi.Input<{ [key: string]: pulumi.Input<string> }> | undefined;
}

export interface PersonaNodes {
  /** Undefined when an existing role was given. */
  readonly role: aws.iam.Role | undefined;
  readonly policies: readonly aws.iam.RolePolicy[];
}

/** The role, and its ARN and name once its policies are in place. */
export function createPersona(
  parent: pulumi.ComponentResource,
  name: string,
  platform: PlatformValues,
  persona: PersonaRole,
): { readonly nodes: PersonaNodes; readonly arn: pulumi.Output<string>; readonly roleName: pulumi.Output<string> } {
  const role =
    persona.existing === undefined
      ? new aws.iam.Role(
          name,
          {
            description: persona.description,
            assumeRolePolicy: persona.trust,
            permissionsBoundary: pulumi.output(persona.permissionsBoundaryArn).apply((arn) => arn as string),
            tags: persona.tags,
          },
          childOf(parent),
        )
      : undefined;
  const roleName = role?.name ?? pulumi.output(persona.existing ?? "");
  const policies = Object.entries(persona.policies).map(
    ([suffix, policy]) => new aws.iam.RolePolicy(`${name}-${suffix}`, { role: roleName, policy }, childOf(parent)),
  );
  const ready = pulumi.all(policies.map(({ id }) => id));
  const arn = role?.arn ?? pulumi.interpolate`arn:${platform.partition}:iam::${platform.accountId}:role/${roleName}`;
  return {
    nodes: { role, policies },
    arn: pulumi.all([arn, ready]).apply(([known]) => known),
    roleName: pulumi.all([roleName, ready]).apply(([known]) => known),
  };
}

/** Where a platform's ARNs belong. */
export function scopeOf({ partition, region, accountId }: PlatformValues): pulumi.Output<AwsScope> {
  return pulumi.output({ partition, region, accountId });
}
