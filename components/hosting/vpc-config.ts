import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Problems } from "../errors/problems";
import type { PlatformValues } from "../platform/platform-exports";
import { serverlessInNetwork } from "./serverless-spec";
import type { ServingKind } from "./serving";

/** Where a model's containers run; undefined for SageMaker's own network. Throws for a serverless one in a network, which is seen before unless the platform is known only now. */
export function vpcConfig(
  name: string,
  kind: ServingKind,
  subnets: string[] | undefined,
  securityGroupIds: string[] | undefined,
): { readonly subnets: string[]; readonly securityGroupIds: string[] } | undefined {
  if (subnets !== undefined && kind === "serverless") {
    const problems = new Problems();
    problems.add("serverless", serverlessInNetwork);
    problems.throwIfAny("Endpoint", name);
  }
  return subnets === undefined ? undefined : { subnets, securityGroupIds: securityGroupIds ?? [] };
}

/** The same, as an input of a model. */
export function networkOf(
  name: string,
  kind: ServingKind,
  { subnetIds, securityGroupIds }: PlatformValues,
): pulumi.Output<aws.types.input.sagemaker.ModelVpcConfig | undefined> {
  return pulumi.all([subnetIds, securityGroupIds]).apply(([subnets, groups]) => vpcConfig(name, kind, subnets, groups));
}
