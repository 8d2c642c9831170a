import * as pulumi from "@pulumi/pulumi";
import { ModelArtifact } from "./hosting/model-artifact";
import { type ModelContent, modelDataAt } from "./hosting/model-content";
import { packageAccess } from "./model-package";
import type { ModelService } from "./model-service";
import type { ModelServiceArgs } from "./model-service-args";
import type { PlatformValues } from "./platform/platform-exports";
import { frameworkTable } from "./registry/framework";
import type { TrainingJob } from "./training/training-job";

type Tags = pulumi.Output<Record<string, string>>;

/** The trained model that is given; undefined when it is trained here, or in the image, or in a package. */
export function createArtifact(parent: ModelService, name: string, args: ModelServiceArgs, tags: Tags): ModelArtifact | undefined {
  if (args.modelData === undefined) {
    return undefined;
  }
  const { platform, framework, sourceDir, modelData: source } = args;
  const inArchive = framework !== undefined && frameworkTable(framework)?.fetchesServingCode === false;
  const code = inArchive && sourceDir !== undefined ? { code: sourceDir } : {};
  return new ModelArtifact(`${name}-artifact`, { platform, model: name, source, ...code, tags }, { parent });
}

/** Where the served model lies. What is trained or packed here is an archive, whatever its URI turns out to be. */
export function servedData(
  { modelData }: ModelServiceArgs,
  training: TrainingJob | undefined,
  artifact: ModelArtifact | undefined,
): Pick<ModelContent, "modelDataUrl" | "modelDataPrefix"> {
  if (training !== undefined) {
    return { modelDataUrl: training.modelDataUrl };
  }
  if (artifact === undefined || modelData === undefined) {
    return {};
  }
  return isInS3(modelData) ? modelDataAt(modelData) : { modelDataUrl: artifact.uri };
}

/** What its role may read of it: the model's own prefix, not one job's, so that a new job does not change the role of the live endpoint. */
export function servedPaths(name: string, args: ModelServiceArgs, platform: PlatformValues): pulumi.Input<string>[] {
  if (args.modelPackage !== undefined) {
    return packageAccess(args.modelPackage, platform).modelData;
  }
  if (args.training !== undefined) {
    return [pulumi.interpolate`s3://${platform.bucketName}/training/${name}/`];
  }
  if (args.modelData === undefined) {
    return [];
  }
  return [isInS3(args.modelData) ? args.modelData : pulumi.interpolate`s3://${platform.bucketName}/models/${name}/`];
}

/** Given as a URI, or by another resource, which tells no folders of the project. */
function isInS3(source: pulumi.Input<string>): boolean {
  return typeof source !== "string" || source.startsWith("s3://");
}
