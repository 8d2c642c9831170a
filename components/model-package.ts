import * as pulumi from "@pulumi/pulumi";
import { type Checks, list, required, s3Uri, text } from "./arguments";
import { modelPackageName } from "./hosting/content-rules";
import type { PlatformValues } from "./platform/platform-exports";

/** A model that is in SageMaker's registry. The package has image and model data; a version has to be approved before it is deployed. */
export interface ModelPackageArgs {
  /** ARN of the package, or `<group>/<version>` of one in the platform's account and region, such as `iris/3`. */
  name: pulumi.Input<string>;
  /** Images of its containers, whose repositories the model's role may pull from. Default: the platform's repository. */
  images?: pulumi.Input<string>[];
  /** S3 URIs of its model data, which the role may read. Default: what models of the platform were trained to, and given: `training/` and `models/` of its bucket. */
  modelData?: pulumi.Input<string>[];
}

export const modelPackageChecks: Checks<ModelPackageArgs> = {
  name: required(modelPackageName),
  images: list(text({ pattern: /^\S+$/, allowed: "an image name without spaces", max: 255 }), { max: 20 }),
  modelData: list(s3Uri, { max: 20 }),
};

/** What the role of a model from the registry needs: the package alone knows its image and data, and only when it is deployed. */
export function packageAccess(
  { images, modelData }: ModelPackageArgs,
  { repositoryUrl, bucketName }: PlatformValues,
): { readonly images: pulumi.Input<string>[]; readonly modelData: pulumi.Input<string>[] } {
  return {
    images: images ?? [repositoryUrl],
    modelData: modelData ?? ["training/", "models/"].map((prefix) => pulumi.interpolate`s3://${bucketName}/${prefix}`),
  };
}
