import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { childOf } from "../component";
import { variantName } from "./endpoint-spec";
import { type ModelContent, primaryContainer, variantContent } from "./model-content";
import type { ServingSpec } from "./serving";
import type { VariantSpec } from "./variant-spec";

/** What the main variant's model is made of, for those that differ from it in part. */
export interface MainModel {
  readonly content: ModelContent;
  readonly executionRoleArn: pulumi.Input<string>;
  readonly enableNetworkIsolation: pulumi.Input<boolean | undefined>;
  readonly vpcConfig: pulumi.Input<aws.types.input.sagemaker.ModelVpcConfig | undefined>;
  readonly tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

/** What each variant of an endpoint serves, by its name. A variant that serves the same as the main one has its model. */
export function variantModels(
  parent: pulumi.Resource,
  name: string,
  spec: ServingSpec,
  model: aws.sagemaker.Model,
  main: MainModel,
): Readonly<Record<string, aws.sagemaker.Model>> {
  const others = spec.kind === "realtime" ? [...spec.variants, ...(spec.shadow === undefined ? [] : [spec.shadow])] : [];
  return Object.fromEntries([
    [variantName, model],
    ...others.map((variant) => [variant.name, hasOwnModel(variant) ? createModel(parent, name, variant, main) : model]),
  ]) as Readonly<Record<string, aws.sagemaker.Model>>;
}

function hasOwnModel({ content }: VariantSpec): boolean {
  return Object.keys(content).length > 0;
}

function createModel(parent: pulumi.Resource, name: string, { name: variant, content }: VariantSpec, main: MainModel): aws.sagemaker.Model {
  const { executionRoleArn, enableNetworkIsolation, vpcConfig, tags } = main;
  const container = primaryContainer(variantContent(main.content, content), name);
  return new aws.sagemaker.Model(
    `${name}-${variant}-model`,
    { executionRoleArn, enableNetworkIsolation, vpcConfig, tags, primaryContainer: container },
    childOf(parent),
  );
}
