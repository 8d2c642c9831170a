import * as aws from "@pulumi/aws";
import type * as awsx from "@pulumi/awsx";
import * as pulumi from "@pulumi/pulumi";
import { childOf } from "../component";
import type { AwsScope } from "../iam/arns";
import { policyDocument } from "../iam/policies";
import { type NetworkArgs, usualEndpoints } from "./network-args";

/** S3, by a gateway in the routes of every subnet. */
export function createGateway(
  parent: pulumi.Resource,
  name: string,
  args: NetworkArgs,
  vpc: awsx.ec2.Vpc,
  scope: pulumi.Output<AwsScope>,
): aws.ec2.VpcEndpoint {
  return new aws.ec2.VpcEndpoint(
    `${name}-s3`,
    {
      vpcId: vpc.vpcId,
      vpcEndpointType: "Gateway",
      serviceName: serviceName(scope, "s3"),
      routeTableIds: vpc.routeTables.apply((tables) => tables.map((table) => table.id)),
      ...(args.egress === "aws-only" ? { policy: scope.apply(s3Policy) } : {}),
      tags: args.tags,
    },
    childOf(parent),
  );
}

/** The services that SageMaker's work calls, and those asked for, at addresses inside under their usual names. */
export function createEndpoints(
  parent: pulumi.Resource,
  name: string,
  args: NetworkArgs,
  vpc: awsx.ec2.Vpc,
  subnetIds: pulumi.Output<string[]>,
  securityGroup: aws.ec2.SecurityGroup,
  scope: pulumi.Output<AwsScope>,
): aws.ec2.VpcEndpoint[] {
  const { endpoints = [] } = args;
  return [...usualEndpoints, ...endpoints].map(
    (service) =>
      new aws.ec2.VpcEndpoint(
        `${name}-${service.replaceAll(".", "-")}`,
        {
          vpcId: vpc.vpcId,
          vpcEndpointType: "Interface",
          serviceName: serviceName(scope, service),
          privateDnsEnabled: true,
          subnetIds,
          securityGroupIds: [securityGroup.id],
          ...(args.egress === "aws-only" || endpoints.includes(service) ? { policy: scope.apply(ownPrincipals) } : {}),
          tags: args.tags,
        },
        childOf(parent),
      ),
  );
}

function serviceName(scope: pulumi.Output<AwsScope>, service: string): pulumi.Output<string> {
  return pulumi.interpolate`com.amazonaws.${scope.region}.${service}`;
}

type Condition = Readonly<Record<string, Readonly<Record<string, string>>>>;

const through = (Sid: string, Condition: Condition) => ({ Sid, Effect: "Allow", Principal: "*", Action: "*", Resource: "*", Condition });

/** Requests of this account's own roles and users, and of AWS services; nobody's who brings keys of another account along. */
export function ownPrincipals(scope: AwsScope): string {
  return policyDocument(own(scope));
}

function own({ accountId }: AwsScope): object[] {
  return [
    through("OwnPrincipals", { StringEquals: { "aws:PrincipalAccount": accountId } }),
    through("AwsServices", { Bool: { "aws:PrincipalIsAWSService": "true" } }),
  ];
}

/** ECR keeps the layers of images in a bucket of its own in each region, and has them fetched by URLs that it signs. */
export function s3Policy(scope: AwsScope): string {
  const layers = {
    Sid: "ImageLayers",
    Effect: "Allow",
    Principal: "*",
    Action: "s3:GetObject",
    Resource: `arn:${scope.partition}:s3:::prod-${scope.region}-starport-layer-bucket/*`,
  };
  return policyDocument([...own(scope), layers]);
}
