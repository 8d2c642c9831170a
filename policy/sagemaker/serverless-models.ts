import type { PolicyResource } from "@pulumi/policy";
import { list, record } from "../rule";

const configuration = "aws:sagemaker/endpointConfiguration:EndpointConfiguration";

/** Whether a model is served by serverless variants only: AWS knows neither a VPC nor network isolation for those. */
export function isServerless(model: PolicyResource, all: readonly PolicyResource[]): boolean {
  const users = all.filter(
    ({ type, dependencies, props }) =>
      type === configuration &&
      (dependencies.some(({ urn }) => urn === model.urn) ||
        list(props.productionVariants).some((variant) => model.props.name !== undefined && record(variant).modelName === model.props.name)),
  );
  return users.length > 0 && users.every(({ props }) => list(props.productionVariants).every((variant) => hasServerless(record(variant))));
}

function hasServerless({ serverlessConfig }: Record<string, unknown>): boolean {
  return serverlessConfig !== undefined && serverlessConfig !== null;
}
