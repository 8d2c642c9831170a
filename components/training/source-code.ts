import { relative } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childOf, projectFolder, projectPath } from "../component";
import { writeArchive } from "../hosting/archive";
import type { PlatformValues } from "../platform/platform-exports";
import { codeFiles } from "../registry/image-context";
import { type FolderFile, hashFiles, hashValue } from "../storage/content-hash";

/** Scripts that AWS's framework images run, in S3. */
export interface SourceCode {
  readonly object: aws.s3.BucketObjectv2;
  /** S3 URI of the archive. */
  readonly uri: pulumi.Output<string>;
}

export interface SourceCodeArgs {
  readonly model: string;
  readonly platform: PlatformValues;
  /** Folder of the scripts, relative to the project. */
  readonly sourceDir: string;
  /** Folders below it that are not code. */
  readonly leftOut: readonly string[];
  /** Script that trains, when the archive is to have one that keeps the code with the model. */
  readonly keepCodeOf: string | undefined;
  readonly tags: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

/** Program that `keepCodeOf` adds to the archive. */
export const keepingProgram = "slipway_train.py";

/** Trains with the user's script as it is, and then puts the code where serving images look for it: those of PyTorch and others fetch none from S3. */
function keepingScript(program: string, files: readonly FolderFile[]): string {
  return `"""Runs the training script, then puts the code into the folder code of the model, where the serving image looks for it."""
import os
import runpy
import shutil
import sys

files = ${JSON.stringify(files.map(({ path }) => path))}
here = os.path.dirname(os.path.abspath(__file__))
script = os.path.join(here, ${JSON.stringify(program)})
sys.argv[0] = script
try:
    runpy.run_path(script, run_name="__main__")
except SystemExit as end:
    if end.code not in (None, 0):
        raise
for file in files:
    into = os.path.join(os.environ["SM_MODEL_DIR"], "code", file)
    os.makedirs(os.path.dirname(into), exist_ok=True)
    shutil.copyfile(os.path.join(here, file), into)
`;
}

/** Uploads the scripts under a key made of their content: other code is another object, and so another job. */
export function uploadSource(parent: pulumi.Resource, name: string, args: SourceCodeArgs): SourceCode {
  const files = codeFiles(projectPath(args.sourceDir), args.leftOut);
  const texts: Record<string, string> = args.keepCodeOf === undefined ? {} : { [keepingProgram]: keepingScript(args.keepCodeOf, files) };
  const hash = hashValue({ files: hashFiles(files), texts }).slice(0, 16);
  const archive = writeArchive(`${args.model}-code-${hash}/sourcedir.tar.gz`, files, texts);
  const object = new aws.s3.BucketObjectv2(
    name,
    {
      bucket: args.platform.bucketName,
      key: `code/${args.model}/${hash}/sourcedir.tar.gz`,
      source: archive.then((file) => new pulumi.asset.FileAsset(relative(projectFolder(), file))),
      tags: args.tags,
    },
    childOf(parent),
  );
  return { object, uri: pulumi.interpolate`s3://${object.bucket}/${object.key}` };
}

/** S3 prefix of all versions of a model's scripts: a role that may read it stays as it is when they change. */
export function sourcePrefix(model: string, { bucketName }: PlatformValues): pulumi.Output<string> {
  return pulumi.interpolate`s3://${bucketName}/code/${model}/`;
}

/** What tells the training images which script to fetch and run. SageMaker's own SDK writes each as JSON. */
export function scriptHyperparameters(
  { uri }: SourceCode,
  program: string,
  { region }: PlatformValues,
): { [name: string]: pulumi.Input<string> } {
  return {
    sagemaker_program: JSON.stringify(program),
    sagemaker_submit_directory: uri.apply((known) => JSON.stringify(known)),
    sagemaker_region: region.apply((known) => JSON.stringify(known)),
    sagemaker_container_log_level: "20",
  };
}

/** What tells the serving images which script to run, and where it is. */
export function scriptEnvironment(
  program: string | undefined,
  directory: pulumi.Input<string>,
  { region }: PlatformValues,
): { [name: string]: pulumi.Input<string> } {
  return {
    ...(program === undefined ? {} : { SAGEMAKER_PROGRAM: program }),
    SAGEMAKER_SUBMIT_DIRECTORY: directory,
    SAGEMAKER_REGION: region,
    SAGEMAKER_CONTAINER_LOG_LEVEL: "20",
  };
}
