import * as aws from "@pulumi/aws";
import * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";
import { checkArguments, withoutNulls } from "../arguments";
import { componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";
import type { AwsScope } from "../iam/arns";
import { createEndpoints, createGateway } from "./endpoints";
import { logFlows } from "./flow-logs";
import { checkNetworkRules, type ExistingNetworkArgs, hasWayOut, type NetworkArgs, networkChecks } from "./network-args";
import { createSecurityGroups } from "./security-groups";

export interface NetworkNodes {
  /** All undefined for a VPC that was there already. */
  readonly vpc: awsx.ec2.Vpc | undefined;
  readonly securityGroup: aws.ec2.SecurityGroup | undefined;
  readonly endpointSecurityGroup: aws.ec2.SecurityGroup | undefined;
  /** The VPC's own group, without rules. */
  readonly defaultSecurityGroup: aws.ec2.DefaultSecurityGroup | undefined;
  readonly endpoints: readonly aws.ec2.VpcEndpoint[];
  /** Undefined without flow logs. */
  readonly flowLog: aws.ec2.FlowLog | undefined;
}

/** Private subnets for training jobs, models and Studio, with endpoints to the AWS services they call; or a VPC that is there already. */
export class Network extends pulumi.ComponentResource {
  declare readonly vpcId: pulumi.Output<string>;
  declare readonly subnetIds: pulumi.Output<string[]>;
  declare readonly securityGroupIds: pulumi.Output<string[]>;

  constructor(name: string, args: NetworkArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    args = withoutNulls(args);
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
    nodes: {
      vpc: undefined,
      securityGroup: undefined,
      endpointSecurityGroup: undefined,
      defaultSecurityGroup: undefined,
      endpoints: [],
      flowLog: undefined,
    },
    vpcId: pulumi.output(existing.vpcId),
    subnetIds: pulumi.output(existing.subnetIds),
    securityGroupIds: pulumi.output(existing.securityGroupIds),
  };
}

function createNetwork(parent: Network, name: string, args: NetworkArgs): Made {
  const cidrBlock = args.cidrBlock ?? "10.0.0.0/16";
  const vpc = createVpc(parent, name, args, cidrBlock);
  const scope = scopeOf(parent);
  const gateway = createGateway(parent, name, args, vpc, scope);
  const groups = createSecurityGroups(parent, name, args, vpc, cidrBlock, gateway);
  const subnetIds = hasWayOut(args) ? vpc.privateSubnetIds : vpc.isolatedSubnetIds;
  const endpoints = [gateway, ...createEndpoints(parent, name, args, vpc, subnetIds, groups.endpointSecurityGroup, scope)];
  const flowLog = args.flowLogs === undefined ? undefined : logFlows(parent, name, vpc.vpcId, args.flowLogs, scope, args.tags);
  return {
    nodes: { vpc, ...groups, endpoints, flowLog },
    vpcId: vpc.vpcId,
    subnetIds,
    securityGroupIds: groups.securityGroup.id.apply((id) => [id]),
  };
}

function scopeOf(parent: Network): pulumi.Output<AwsScope> {
  return pulumi.output({
    partition: aws.getPartitionOutput({}, { parent }).partition,
    region: aws.getRegionOutput({}, { parent }).region,
    accountId: aws.getCallerIdentityOutput({}, { parent }).accountId,
  });
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
