import { list, record } from "../rule";

/** A rule of a security group, in whichever of the provider's ways it was written. */
export interface GroupRule {
  readonly path: string;
  readonly isIngress: boolean;
  readonly protocol: string;
  readonly open: boolean;
  readonly described: boolean;
}

export const groupTypes = [
  "aws:ec2/securityGroup:SecurityGroup",
  "aws:ec2/securityGroupRule:SecurityGroupRule",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
];

export function groupRules(properties: Record<string, unknown>, type: string): GroupRule[] {
  if (type === "aws:ec2/securityGroup:SecurityGroup") {
    return (["ingress", "egress"] as const).flatMap((key) =>
      list(properties[key]).map((each, index) => groupRule(record(each), `${key}[${index}]`, key === "ingress")),
    );
  }
  const isIngress = properties.type === undefined ? type.includes("Ingress") : properties.type === "ingress";
  return [groupRule(properties, isIngress ? "ingress" : "egress", isIngress)];
}

function groupRule(each: Record<string, unknown>, path: string, isIngress: boolean): GroupRule {
  const sources = [each.cidrBlocks, each.ipv6CidrBlocks, each.cidrIpv4, each.cidrIpv6].flatMap(list);
  return {
    path,
    isIngress,
    protocol: String(each.protocol ?? each.ipProtocol ?? "-1"),
    open: sources.some((source) => source === "0.0.0.0/0" || source === "::/0"),
    described: typeof each.description === "string" && each.description !== "",
  };
}
