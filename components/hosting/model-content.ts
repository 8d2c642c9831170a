import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { shortEnough } from "../arguments/later-settings";
import { sagemakerArn } from "../iam/arns";
import type { PlatformValues } from "../platform/platform-exports";

/** What a container serves: an image with its model data, or what a model package holds. */
export interface ModelContent {
  readonly image?: pulumi.Input<string>;
  /** S3 URI of `model.tar.gz`. */
  readonly modelDataUrl?: pulumi.Input<string>;
  /** S3 prefix whose objects are the model, in place of an archive. */
  readonly modelDataPrefix?: pulumi.Input<string>;
  /** ARN of a model package, in place of image and data. */
  readonly modelPackageName?: pulumi.Input<string>;
  readonly environment?: { readonly [name: string]: pulumi.Input<string> };
}

/** The ARN of a model package that is named by group and version, or by its ARN. */
export function modelPackageArn(name: pulumi.Input<string>, platform: PlatformValues): pulumi.Output<string> {
  const { partition, region, accountId } = platform;
  return pulumi
    .all([name, partition, region, accountId])
    .apply(([known, ...[inPartition, inRegion, account]]) =>
      known.startsWith("arn:")
        ? known
        : sagemakerArn({ partition: inPartition, region: inRegion, accountId: account }, `model-package/${known}`),
    );
}

/** What an endpoint's arguments name, with a model package by its ARN. */
export function endpointContent(given: ModelContent, platform: PlatformValues): ModelContent {
  const { image, modelDataUrl, modelDataPrefix: prefix, modelPackageName: name, environment } = given;
  return {
    ...(image === undefined ? {} : { image }),
    ...(modelDataUrl === undefined ? {} : { modelDataUrl }),
    ...(prefix === undefined ? {} : { modelDataPrefix: prefix }),
    ...(name === undefined ? {} : { modelPackageName: modelPackageArn(name, platform) }),
    ...(environment === undefined ? {} : { environment }),
  };
}

/** The container of a model, as AWS takes it; `endpoint` is named where it is refused. */
export function primaryContainer(content: ModelContent, endpoint: string): aws.types.input.sagemaker.ModelPrimaryContainer {
  const { image, modelDataUrl, modelDataPrefix: prefix, modelPackageName: name, environment } = content;
  return {
    ...(image === undefined ? {} : { image }),
    ...(modelDataUrl === undefined ? {} : { modelDataUrl }),
    ...(prefix === undefined ? {} : { modelDataSource: typeof prefix === "string" ? below(prefix) : whenGiven(prefix) }),
    ...(name === undefined ? {} : { modelPackageName: name }),
    ...(environment === undefined
      ? {}
      : { environment: shortEnough(environment, { component: "Endpoint", name: endpoint, path: "environment", max: 1024 }) }),
  };
}

type DataSource = aws.types.input.sagemaker.ModelPrimaryContainerModelDataSource;

function below(s3Uri: string): DataSource {
  return { s3DataSources: [{ s3Uri, s3DataType: "S3Prefix", compressionType: "None" }] };
}

/** What another resource tells may turn out to be an archive, and is then no prefix. */
function whenGiven(prefix: pulumi.Input<string>): pulumi.Output<DataSource> {
  return pulumi
    .output(prefix)
    .apply((uri: string | undefined) => (uri === undefined ? undefined : below(uri))) as pulumi.Output<DataSource>;
}

/** Model data in S3 whose form is told by its URI: a prefix ends with a slash, an archive does not. */
export function modelDataAt(uri: pulumi.Input<string>): Pick<ModelContent, "modelDataUrl" | "modelDataPrefix"> {
  if (typeof uri === "string") {
    return uri.endsWith("/") ? { modelDataPrefix: uri } : { modelDataUrl: uri };
  }
  const known = pulumi.output(uri);
  return {
    modelDataUrl: known.apply((found) => (found.endsWith("/") ? undefined : found)) as pulumi.Output<string>,
    modelDataPrefix: known.apply((found) => (found.endsWith("/") ? found : undefined)) as pulumi.Output<string>,
  };
}

/** What a variant serves that is like the main one where it says nothing else. Data of its own takes the place of all of the main one's, an image that of a package. */
export function variantContent(main: ModelContent, own: ModelContent): ModelContent {
  const hasData = own.modelDataUrl !== undefined || own.modelDataPrefix !== undefined;
  const isAlone = own.image !== undefined && main.modelPackageName !== undefined;
  const { modelDataUrl, modelDataPrefix: prefix, ...others } = main;
  const environment = { ...main.environment, ...own.environment };
  const inherited = isAlone ? {} : hasData ? others : main;
  return { ...inherited, ...own, ...(Object.keys(environment).length === 0 ? {} : { environment }) };
}
