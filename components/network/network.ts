import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";
import { anything, type Checks, checkArguments, count, list, object, oneOf, required, text } from "../arguments";
import { childOf, componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";

/** A VPC that is there already. */
export interface ExistingNetworkArgs {
  vpcId: pulumi.Input<string>;
  /** Private subnets in at least two availability zones; 1 to 16. */
  subnetIds: pulumi.Input<string>[];
  /** Security groups of jobs and models; 1 to 5. */
  securityGroupIds: pulumi.Input<string>[];
}

export interface NetworkArgs {
  /** Use this VPC instead of making one. */
  existing?: ExistingNetworkArgs;
  /** Addresses of the VPC that is made. Default: 10.0.0.0/16. */
  cidrBlock?: string;
  /** Availability zones. Range 2 to 4, default 2. */
  availabilityZones?: number;
  /** None, Single or OnePerAz. Without a gateway, what runs inside reaches AWS services by endpoints and nothing else. Default: None. */
  natGateways?: string;
  /** Where jobs, models and Studio may open connections to: `tls`, to every address there is a way to; `aws-only`, to S3 and the endpoints of AWS services, not with `natGateways`. Default: tls. */
  egress?: string;
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

export const networkChecks: Checks<NetworkArgs> = {
  existing: object<ExistingNetworkArgs>({
    vpcId: required(text({ pattern: /^vpc-[0-9a-f]+$/, allowed: "the id of a VPC, vpc-…" })),
    subnetIds: required(list(text({ pattern: /^subnet-[0-9a-f]+$/, allowed: "the id of a subnet, subnet-…" }), { min: 1, max: 16 })),
    securityGroupIds: required(list(text({ pattern: /^sg-[0-9a-f]+$/, allowed: "the id of a security group, sg-…" }), { min: 1, max: 5 })),
  }),
  cidrBlock: text({
    pattern: /^\d{1,3}(\.\d{1,3}){3}\/(1[6-9]|2[0-4])$/,
    allowed: "a block of addresses from /16 to /24, such as 10.0.0.0/16",
  }),
  availabilityZones: count(2, 4),
  natGateways: oneOf("None", "Single", "OnePerAz"),
  egress: oneOf("tls", "aws-only"),
  tags: anything,
};

/** Rules between arguments. */
export function checkNetworkRules(args: NetworkArgs, path: string, problems: Problems): void {
  if (args.existing === undefined) {
    if (args.egress === "aws-only" && hasWayOut(args)) {
      problems.add(
        `${path}egress`,
        `got "aws-only" together with natGateways ${args.natGateways}, which nothing could use; remove one of the two`,
      );
    }
    return;
  }
  for (const key of ["cidrBlock", "availabilityZones", "natGateways", "egress"] as const) {
    if (args[key] !== undefined) {
      problems.add(`${path}${key}`, `got ${JSON.stringify(args[key])} together with existing, which is not changed; remove one of the two`);
    }
  }
}

function hasWayOut({ natGateways }: NetworkArgs): boolean {
  return (natGateways ?? "None") !== "None";
}

export interface NetworkNodes {
  /** All undefined for a VPC that was there already. */
  readonly vpc: awsx.ec2.Vpc | undefined;
  readonly securityGroup: aws.ec2.SecurityGroup | undefined;
  readonly endpointSecurityGroup: aws.ec2.SecurityGroup | undefined;
  readonly endpoints: readonly aws.ec2.VpcEndpoint[];
}

/** AWS services that training jobs, models and Studio call, by the last part of their endpoint's name. */
const interfaceEndpoints = ["ecr.api", "ecr.dkr", "logs", "monitoring", "sagemaker.api", "sagemaker.runtime", "sts"];

/** Private subnets for training jobs, models and Studio, with endpoints to the AWS services they call; or a VPC that is there already. */
export class Network extends pulumi.ComponentResource {
  declare readonly vpcId: pulumi.Output<string>;
  declare readonly subnetIds: pulumi.Output<string[]>;
  declare readonly securityGroupIds: pulumi.Output<string[]>;

  constructor(name: string, args: NetworkArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(networkChecks, args, "", problems);
    if (problems.faults.length === 0) {
      checkNetworkRules(args, "", problems);
    }
    problems.throwIfAny("Network", name);
    super(componentType("Network"), name, {}, opts);
    const { nodes, ...ids } = args.existing === undefined ? createNetwork(this, name, args) : adoptNetwork(args.existing);
    keepNodes(this, nodes);
    this.vpcId = ids.vpcId;
    this.subnetIds = ids.subnetIds;
    this.securityGroupIds = ids.securityGroupIds;
    this.registerOutputs({ vpcId: this.vpcId, subnetIds: this.subnetIds, securityGroupIds: this.securityGroupIds });
  }

  get nodes(): NetworkNodes {
    return nodesOf(this);
  }
}

/** What the component consists of, and the ids others use. */
type Made = Pick<Network, "vpcId" | "subnetIds" | "securityGroupIds" | "nodes">;

function adoptNetwork(existing: ExistingNetworkArgs): Made {
  return {
    nodes: { vpc: undefined, securityGroup: undefined, endpointSecurityGroup: undefined, endpoints: [] },
    vpcId: pulumi.output(existing.vpcId),
    subnetIds: pulumi.output(existing.subnetIds),
    securityGroupIds: pulumi.output(existing.securityGroupIds),
  };
}

function createNetwork(parent: Network, name: string, args: NetworkArgs): Made {
  const cidrBlock = args.cidrBlock ?? "10.0.0.0/16";
  const vpc = createVpc(parent, name, args, cidrBlock);
  const region = aws.getRegionOutput({}, { parent }).region;
  const gateway = createGateway(parent, name, args, vpc, region);
  const { securityGroup, endpointSecurityGroup } = createSecurityGroups(parent, name, args, vpc, cidrBlock, gateway);
  const subnetIds = hasWayOut(args) ? vpc.privateSubnetIds : vpc.isolatedSubnetIds;
  const endpoints = [gateway, ...createEndpoints(parent, name, args, vpc, subnetIds, endpointSecurityGroup, region)];
  return {
    nodes: { vpc, securityGroup, endpointSecurityGroup, endpoints },
    vpcId: vpc.vpcId,
    subnetIds,
    securityGroupIds: securityGroup.id.apply((id) => [id]),
  };
}

function createVpc(parent: Network, name: string, args: NetworkArgs, cidrBlock: string): awsx.ec2.Vpc {
  const natGateways = args.natGateways ?? "None";
  return new awsx.ec2.Vpc(
    name,
    {
      cidrBlock,
      numberOfAvailabilityZones: args.availabilityZones ?? 2,
      enableDnsHostnames: true,
      enableDnsSupport: true,
      natGateways: { strategy: natGateways === "Single" ? "Single" : natGateways === "OnePerAz" ? "OnePerAz" : "None" },
      subnetStrategy: "Auto",
      subnetSpecs: natGateways === "None" ? [{ type: "Isolated" }] : [{ type: "Public" }, { type: "Private" }],
      tags: args.tags,
    },
    { parent },
  );
}

/** Jobs and models may talk to each other and open connections; only they reach the endpoints, and only by TLS. */
function createSecurityGroups(
  parent: Network,
  name: string,
  args: NetworkArgs,
  vpc: awsx.ec2.Vpc,
  cidrBlock: string,
  s3: aws.ec2.VpcEndpoint,
): { readonly securityGroup: aws.ec2.SecurityGroup; readonly endpointSecurityGroup: aws.ec2.SecurityGroup } {
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
  return { securityGroup, endpointSecurityGroup };
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

function createGateway(
  parent: Network,
  name: string,
  args: NetworkArgs,
  vpc: awsx.ec2.Vpc,
  region: pulumi.Output<string>,
): aws.ec2.VpcEndpoint {
  return new aws.ec2.VpcEndpoint(
    `${name}-s3`,
    {
      vpcId: vpc.vpcId,
      vpcEndpointType: "Gateway",
      serviceName: pulumi.interpolate`com.amazonaws.${region}.s3`,
      routeTableIds: vpc.routeTables.apply((tables) => tables.map((table) => table.id)),
      tags: args.tags,
    },
    childOf(parent),
  );
}

function createEndpoints(
  parent: Network,
  name: string,
  args: NetworkArgs,
  vpc: awsx.ec2.Vpc,
  subnetIds: pulumi.Output<string[]>,
  securityGroup: aws.ec2.SecurityGroup,
  region: pulumi.Output<string>,
): aws.ec2.VpcEndpoint[] {
  return interfaceEndpoints.map(
    (service) =>
      new aws.ec2.VpcEndpoint(
        `${name}-${service.replace(".", "-")}`,
        {
          vpcId: vpc.vpcId,
          vpcEndpointType: "Interface",
          serviceName: pulumi.interpolate`com.amazonaws.${region}.${service}`,
          privateDnsEnabled: true,
          subnetIds,
          securityGroupIds: [securityGroup.id],
          tags: args.tags,
        },
        childOf(parent),
      ),
  );
}
