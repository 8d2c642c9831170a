import type * as pulumi from "@pulumi/pulumi";
import { anything, type Check, type Checks, count, list, object, oneOf, required, show, text } from "../arguments";
import type { Problems } from "../errors/problems";
import { type FlowLogsArgs, flowLogsChecks } from "./flow-logs";

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
  /** Where jobs, models and Studio may open connections to: `tls`, to every address there is a way to; `aws-only`, to S3 and the endpoints of AWS services, which then let through the account's own roles only; not with `natGateways`. Default: tls. */
  egress?: string;
  /** Further AWS services to reach by an endpoint, by the part of its name after the region, such as `secretsmanager` or `bedrock-runtime`. At most 40. Default: none. */
  endpoints?: string[];
  /** Log who opened or tried which connection: `{}` for all of them. Default: none. */
  flowLogs?: FlowLogsArgs;
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

/** AWS services that training jobs, models and Studio call, by the last part of their endpoint's name. */
export const usualEndpoints: readonly string[] = ["ecr.api", "ecr.dkr", "logs", "monitoring", "sagemaker.api", "sagemaker.runtime", "sts"];

const serviceName = text({
  pattern: /^(?!com\.|aws\.)[a-z0-9]+([.-][a-z0-9]+)*$/,
  allowed: 'the part of an endpoint\'s name after the region, such as "secretsmanager"',
  max: 100,
});

const furtherEndpoint: Check = (value, path, problems) => {
  // S3 has a gateway.
  if (value === "s3" || (typeof value === "string" && usualEndpoints.includes(value))) {
    problems.add(path, `got ${show(value)}, which every network has; remove it`);
  } else {
    serviceName(value, path, problems);
  }
};

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
  endpoints: list(furtherEndpoint, { max: 40 }),
  flowLogs: object(flowLogsChecks),
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
    const { endpoints = [] } = args;
    for (const service of endpoints.filter((each, index) => endpoints.indexOf(each) < index)) {
      problems.add(`${path}endpoints`, `names ${show(service)} more than once; remove one of the two`);
    }
    return;
  }
  for (const key of ["cidrBlock", "availabilityZones", "natGateways", "egress", "endpoints", "flowLogs"] as const) {
    if (args[key] !== undefined) {
      problems.add(`${path}${key}`, `got ${show(args[key])} together with existing, which is not changed; remove one of the two`);
    }
  }
}

export function hasWayOut({ natGateways }: NetworkArgs): boolean {
  return (natGateways ?? "None") !== "None";
}
