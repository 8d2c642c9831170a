import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { arn, type Checks, logRetention, oneOf } from "../arguments";
import { childOf } from "../component";
import { type AwsScope, logGroupArns } from "../iam/arns";
import { allow, policyDocument } from "../iam/policies";

export interface FlowLogsArgs {
  /** ALL, or only what security groups let pass (ACCEPT) or refuse (REJECT). Default: ALL. */
  trafficType?: string;
  /** Days for which CloudWatch keeps the log; one of its own periods. Default: 365. */
  retentionInDays?: number;
  /** Key of the log group. Default: the platform's, or AWS's own. */
  kmsKeyArn?: pulumi.Input<string>;
  /** Permissions boundary of the role that writes the log. Default: the platform's, or none. */
  permissionsBoundaryArn?: pulumi.Input<string>;
}

export const flowLogsChecks: Checks<FlowLogsArgs> = {
  trafficType: oneOf("ALL", "ACCEPT", "REJECT"),
  retentionInDays: logRetention,
  kmsKeyArn: arn,
  permissionsBoundaryArn: arn,
};

type Tags = pulumi.Input<{ [key: string]: pulumi.Input<string> }> | undefined;

/** Has the VPC log its connections in a log group that is made for it, by a role that may do nothing else. */
export function logFlows(
  parent: pulumi.Resource,
  name: string,
  vpcId: pulumi.Input<string>,
  args: FlowLogsArgs,
  scope: pulumi.Output<AwsScope>,
  tags: Tags,
): aws.ec2.FlowLog {
  const logGroup = new aws.cloudwatch.LogGroup(
    `${name}-flow-logs`,
    {
      name: pulumi.interpolate`/slipway/${name}-flow-logs`,
      retentionInDays: args.retentionInDays ?? 365,
      kmsKeyId: args.kmsKeyArn,
      tags,
    },
    childOf(parent),
  );
  const role = new aws.iam.Role(
    `${name}-flow-logs-role`,
    {
      description: `Flow logs of ${name}`,
      assumeRolePolicy: scope.apply(flowLogsTrust),
      permissionsBoundary: args.permissionsBoundaryArn,
      tags,
    },
    childOf(parent),
  );
  const policy = new aws.iam.RolePolicy(
    `${name}-flow-logs-policy`,
    { role: role.name, policy: pulumi.all([scope, logGroup.name]).apply(([known, group]) => flowLogsPermissions(known, group)) },
    childOf(parent),
  );
  return new aws.ec2.FlowLog(
    `${name}-flow-log`,
    {
      vpcId,
      trafficType: args.trafficType ?? "ALL",
      logDestinationType: "cloud-watch-logs",
      logDestination: logGroup.arn,
      iamRoleArn: role.arn,
      tags,
    },
    childOf(parent, { dependsOn: [policy] }),
  );
}

/** Flow logs of this account and region may use the role, and those of no other. */
export function flowLogsTrust({ partition, region, accountId }: AwsScope): string {
  return policyDocument([
    {
      Effect: "Allow",
      Principal: { Service: "vpc-flow-logs.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: {
        ArnLike: { "aws:SourceArn": `arn:${partition}:ec2:${region}:${accountId}:vpc-flow-log/*` },
        StringEquals: { "aws:SourceAccount": accountId },
      },
    },
  ]);
}

/** What AWS asks for at least, in the one log group; to find it, all groups of the region may be listed. */
export function flowLogsPermissions(scope: AwsScope, logGroup: string): string {
  return policyDocument([
    allow(
      "WriteFlowLogs",
      ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      logGroupArns(scope, logGroup),
    ),
    allow("FindLogGroup", ["logs:DescribeLogGroups"], logGroupArns(scope, "*").slice(0, 1)),
  ]);
}
