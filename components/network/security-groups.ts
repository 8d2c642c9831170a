import * as aws from "@pulumi/aws";
import type * as awsx from "@pulumi/awsx";
import type * as pulumi from "@pulumi/pulumi";
import { childOf } from "../component";
import { hasWayOut, type NetworkArgs } from "./network-args";

export interface SecurityGroups {
  readonly securityGroup: aws.ec2.SecurityGroup;
  readonly endpointSecurityGroup: aws.ec2.SecurityGroup;
  readonly defaultSecurityGroup: aws.ec2.DefaultSecurityGroup;
}

/** Jobs and models may talk to each other and open connections; only they reach the endpoints, and only by TLS. */
export function createSecurityGroups(
  parent: pulumi.Resource,
  name: string,
  args: NetworkArgs,
  vpc: awsx.ec2.Vpc,
  cidrBlock: string,
  s3: aws.ec2.VpcEndpoint,
): SecurityGroups {
  const endpointSecurityGroup = new aws.ec2.SecurityGroup(
    `${name}-endpoints`,
    {
      vpcId: vpc.vpcId,
      description: "Endpoints of AWS services",
      ingress: [{ description: "TLS from inside", protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: [cidrBlock] }],
      tags: args.tags,
    },
    childOf(parent),
  );
  const securityGroup = new aws.ec2.SecurityGroup(
    `${name}-workloads`,
    {
      vpcId: vpc.vpcId,
      description: "Training jobs, models and Studio",
      ingress: [{ description: "Each other", protocol: "-1", fromPort: 0, toPort: 0, self: true }],
      egress: [
        { description: "Each other", protocol: "-1", fromPort: 0, toPort: 0, self: true },
        ...(args.egress === "aws-only" ? awsOnly(endpointSecurityGroup, s3) : [everywhere(args)]),
      ],
      tags: args.tags,
    },
    childOf(parent),
  );
  // What is started without a group gets the VPC's default one: taken over without rules, it lets nothing in or out.
  const defaultSecurityGroup = new aws.ec2.DefaultSecurityGroup(`${name}-default`, { vpcId: vpc.vpcId, tags: args.tags }, childOf(parent));
  return { securityGroup, endpointSecurityGroup, defaultSecurityGroup };
}

const tls = { protocol: "tcp", fromPort: 443, toPort: 443 };

/** S3 is reached by a gateway endpoint, whose addresses are public; without a NAT gateway nothing else there is reachable. */
function everywhere(args: NetworkArgs): aws.types.input.ec2.SecurityGroupEgress {
  return { ...tls, description: hasWayOut(args) ? "The internet, by TLS" : "AWS services, by TLS", cidrBlocks: ["0.0.0.0/0"] };
}

/** AWS keeps the addresses of S3 in a list of its own, which the gateway endpoint names. */
function awsOnly(endpoints: aws.ec2.SecurityGroup, s3: aws.ec2.VpcEndpoint): aws.types.input.ec2.SecurityGroupEgress[] {
  return [
    { ...tls, description: "Endpoints of AWS services, by TLS", securityGroups: [endpoints.id] },
    { ...tls, description: "S3, by TLS", prefixListIds: [s3.prefixListId] },
  ];
}
