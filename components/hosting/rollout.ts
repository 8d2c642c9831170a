import type * as aws from "@pulumi/aws";
import { deploymentConfig, executionTimeout, type Fleet } from "./rollout-spec";
import type { ServingSpec } from "./serving";

/** How an endpoint moves to a new configuration. */
export interface Deployment {
  readonly members: Pick<aws.sagemaker.EndpointArgs, "deploymentConfig">;
  /** How long the update may take: what AWS allows the rollout, and half an hour for the way back. */
  readonly timeout: string;
}

export function deploymentOf(spec: ServingSpec): Deployment {
  if (spec.kind === "serverless" || spec.rollout === undefined) {
    return { members: {}, timeout: "60m" };
  }
  const variants = [spec, ...(spec.kind === "realtime" ? spec.variants : [])];
  const fleet: Fleet = {
    instanceTypes: variants.map(({ instanceType }) => instanceType),
    counts: variants.map(({ minInstances }) => Math.max(1, minInstances)),
  };
  const minutes = Math.max(60, Math.ceil(executionTimeout(spec.rollout, fleet) / 60) + 30);
  return { members: { deploymentConfig: deploymentConfig(spec.rollout, fleet) }, timeout: `${minutes}m` };
}
