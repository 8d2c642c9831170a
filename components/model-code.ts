import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { dataBelow } from "./model-images";
import type { ModelService } from "./model-service";
import type { ModelServiceArgs } from "./model-service-args";
import type { PlatformValues } from "./platform/platform-exports";
import { frameworkTable } from "./registry/framework";
import { keepingProgram, scriptEnvironment, scriptHyperparameters, sourcePrefix, uploadSource } from "./training/source-code";

/** Where the images that fetch nothing find their script: in the model data. */
const codeOfModel = "/opt/ml/model/code";

export const usualScript = { training: "train.py", serving: "inference.py" } as const;

/** What AWS's framework images are told of the scripts they run; nothing for other images. */
export interface ModelCode {
  /** The scripts in S3; undefined when they are in the model data only. */
  readonly object: aws.s3.BucketObjectv2 | undefined;
  readonly hyperparameters: { [name: string]: pulumi.Input<string> };
  readonly environment: { [name: string]: pulumi.Input<string> };
  /** S3 paths that the roles have to read for it. */
  readonly trainingPaths: pulumi.Output<string>[];
  readonly servingPaths: pulumi.Output<string>[];
}

export function createCode(
  parent: ModelService,
  name: string,
  args: ModelServiceArgs,
  platform: PlatformValues,
  tags: pulumi.Input<{ [key: string]: pulumi.Input<string> }>,
): ModelCode {
  const none = { object: undefined, hyperparameters: {}, environment: {}, trainingPaths: [], servingPaths: [] };
  const table = args.framework === undefined ? undefined : frameworkTable(args.framework);
  if (table === undefined) {
    return none;
  }
  const { sourceDir, entryPoint = usualScript.serving, trainingEntryPoint = usualScript.training } = args;
  const trains = args.training !== undefined;
  const fetched = sourceDir !== undefined && table.fetchesServingCode;
  if (sourceDir === undefined || !(trains || fetched)) {
    return { ...none, environment: scriptEnvironment(entryPoint, codeOfModel, platform) };
  }
  const source = uploadSource(parent, `${name}-code`, {
    model: name,
    platform,
    sourceDir,
    leftOut: dataBelow(sourceDir, args),
    keepCodeOf: trains && !fetched ? trainingEntryPoint : undefined,
    tags,
  });
  const prefix = sourcePrefix(name, platform);
  return {
    object: source.object,
    hyperparameters: trains ? scriptHyperparameters(source, fetched ? trainingEntryPoint : keepingProgram, platform) : {},
    environment: scriptEnvironment(entryPoint, fetched ? source.uri : codeOfModel, platform),
    trainingPaths: trains ? [prefix] : [],
    servingPaths: fetched ? [prefix] : [],
  };
}
