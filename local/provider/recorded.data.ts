import { createHash } from "node:crypto";
import type { Recording } from "./recorded";
import { text, type Values } from "./values";

const ZONES = ["a", "b", "c", "d", "e", "f"];

/** A stable address in the documentation range 203.0.113.0/24. */
function documentationAddress(id: string): string {
  return `203.0.113.${1 + ((createHash("sha256").update(id).digest()[0] ?? 0) % 254)}`;
}

function zoneId(inputs: Values): string {
  const zone = text(inputs, "availabilityZone") ?? "a";
  return `use1-az${1 + Math.max(0, ZONES.indexOf(zone.slice(-1)))}`;
}

/** Recorded types whose programs read more than an id and an ARN. Outputs as in the real provider's resource documentation. */
export const recordings: Readonly<Record<string, Recording>> = {
  "aws:ec2/vpc:Vpc": {
    idPrefix: "vpc",
    arn: "vpc/{id}",
    computed: ["defaultNetworkAclId", "defaultRouteTableId", "defaultSecurityGroupId", "mainRouteTableId", "ownerId"],
    outputs: ({ account }, id) => ({
      defaultNetworkAclId: id.replace("vpc-", "acl-"),
      defaultRouteTableId: id.replace("vpc-", "rtb-"),
      defaultSecurityGroupId: id.replace("vpc-", "sg-"),
      mainRouteTableId: id.replace("vpc-", "rtb-"),
      ownerId: account,
    }),
  },
  "aws:ec2/subnet:Subnet": {
    idPrefix: "subnet",
    arn: "subnet/{id}",
    computed: ["availabilityZoneId", "ownerId"],
    outputs: ({ account }, _id, inputs) => ({ availabilityZoneId: zoneId(inputs), ownerId: account }),
  },
  "aws:ec2/securityGroup:SecurityGroup": {
    idPrefix: "sg",
    arn: "security-group/{id}",
    autoname: { property: "name", maxLength: 255 },
    computed: ["ownerId"],
    outputs: ({ account }) => ({ ownerId: account }),
  },
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
    idPrefix: "sg",
    arn: "security-group/{id}",
    computed: ["name", "description", "ownerId"],
    outputs: ({ account }) => ({ name: "default", description: "default VPC security group", ownerId: account }),
  },
  "aws:ec2/securityGroupRule:SecurityGroupRule": { idPrefix: "sgrule", arn: false },
  "aws:ec2/internetGateway:InternetGateway": {
    idPrefix: "igw",
    arn: "internet-gateway/{id}",
    computed: ["ownerId"],
    outputs: ({ account }) => ({ ownerId: account }),
  },
  "aws:ec2/eip:Eip": {
    idPrefix: "eipalloc",
    arn: "elastic-ip/{id}",
    computed: ["allocationId", "publicIp"],
    outputs: (_context, id) => ({ allocationId: id, publicIp: documentationAddress(id) }),
  },
  "aws:ec2/natGateway:NatGateway": {
    idPrefix: "nat",
    arn: false,
    computed: ["publicIp"],
    outputs: (_context, id) => ({ publicIp: documentationAddress(id) }),
  },
  "aws:ec2/routeTable:RouteTable": {
    idPrefix: "rtb",
    arn: "route-table/{id}",
    computed: ["ownerId"],
    outputs: ({ account }) => ({ ownerId: account }),
  },
  "aws:ec2/route:Route": { idPrefix: "r", arn: false },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": { idPrefix: "rtbassoc", arn: false },
  "aws:ec2/vpcEndpoint:VpcEndpoint": {
    idPrefix: "vpce",
    arn: "vpc-endpoint/{id}",
    computed: ["ownerId", "prefixListId", "state"],
    outputs: ({ account }, id, inputs) => ({
      ownerId: account,
      state: "available",
      // Of gateways only, whose services' addresses AWS keeps in a list.
      prefixListId: (text(inputs, "vpcEndpointType") ?? "Gateway") === "Gateway" ? id.replace("vpce-", "pl-") : "",
    }),
  },
  "aws:ec2/flowLog:FlowLog": { idPrefix: "fl", arn: "vpc-flow-log/{id}" },
};
