import { existsSync, statSync } from "node:fs";
import { basename, relative, sep } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { anything, type Check, type Checks, checkArguments, modelName, required, show, text } from "../arguments";
import { childOf, componentType, keepNodes, nodesOf, projectFolder, projectPath } from "../component";
import { Problems } from "../errors/problems";
import { type PlatformExports, platformCheck, platformValues } from "../platform/platform-exports";
import { codeFiles } from "../registry/image-context";
import { type FolderFile, filesOf, hashFiles } from "../storage/content-hash";
import { writeModelArchive } from "./archive";

export interface ModelArtifactArgs {
  platform: pulumi.Input<PlatformExports>;
  /** Name of the model. */
  model: string;
  /** A folder or file of the project; or the `s3://` URI of a `model.tar.gz`, or of a prefix (`s3://<bucket>/<prefix>/`), used as given. */
  source: pulumi.Input<string>;
  /** Folder of the scripts that AWS's framework images serve; it goes into the archive as `code`. Not for a source that is an archive already. */
  code?: string;
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

const s3ModelData = text({
  pattern: /^s3:\/\/[^/]+\/.+(\.tar\.gz|\/)$/,
  allowed: "s3://<bucket>/<key>.tar.gz, or s3://<bucket>/<prefix>/ for a model that is not packed",
  max: 1024,
});

/** A folder with files, a file, or the S3 URI of an archive or of a prefix. */
export const modelDataSource: Check = (value, path, problems) => {
  if (typeof value !== "string" || value === "") {
    problems.add(path, `got ${show(value)}; expected a folder or file of the project, or an s3:// URI`);
  } else if (value.startsWith("s3://")) {
    s3ModelData(value, path, problems);
  } else if (!existsSync(projectPath(value))) {
    problems.add(path, `got ${show(value)}; there is no such folder or file in the project; an S3 URI begins with s3://`);
  } else if (statSync(projectPath(value)).isDirectory() && filesOf(projectPath(value)).length === 0) {
    problems.add(path, `got ${show(value)}; the folder has no files`);
  }
};

/** A folder with files. */
export const scriptFolder: Check = (value, path, problems) => {
  if (typeof value !== "string" || value === "") {
    problems.add(path, `got ${show(value)}; expected the folder of the scripts, such as "models/reviews"`);
  } else if (!existsSync(projectPath(value)) || !statSync(projectPath(value)).isDirectory()) {
    problems.add(path, `got ${show(value)}; there is no such folder below the project`);
  }
};

/** Model data that is an archive already, or may be one: nothing can be put into it here. */
export function isPacked(source: pulumi.Input<string> | undefined): boolean {
  return typeof source !== "string" || source.startsWith("s3://") || source.endsWith(".tar.gz");
}

export const modelArtifactChecks: Checks<ModelArtifactArgs> = {
  platform: platformCheck,
  model: required(text(modelName)),
  source: required(modelDataSource),
  code: scriptFolder,
  tags: anything,
};

export interface ModelArtifactNodes {
  /** Undefined when the source is an S3 URI. */
  readonly object: aws.s3.BucketObjectv2 | undefined;
}

/** Model data in S3. A local folder becomes `model.tar.gz` under a key made of its content: data that has changed never takes the place of data an endpoint serves. */
export class ModelArtifact extends pulumi.ComponentResource {
  /** S3 URI of the archive, or the prefix that was given. */
  declare readonly uri: pulumi.Output<string>;

  constructor(name: string, args: ModelArtifactArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(modelArtifactChecks, args, "", problems);
    if (typeof args === "object" && args !== null && args.code !== undefined && isPacked(args.source)) {
      problems.add(
        "code",
        `got ${show(args.code)} together with source ${show(args.source)}, an archive; put the scripts into its folder code`,
      );
    }
    problems.throwIfAny("ModelArtifact", name);
    super(componentType("ModelArtifact"), name, {}, opts);
    const { source } = args;
    const isLocal = typeof source === "string" && !source.startsWith("s3://");
    const object = isLocal ? uploadArchive(this, name, args, source) : undefined;
    keepNodes(this, { object });
    this.uri = object === undefined ? pulumi.output(source) : pulumi.interpolate`s3://${object.bucket}/${object.key}`;
    this.registerOutputs({ uri: this.uri });
  }

  get nodes(): ModelArtifactNodes {
    return nodesOf(this);
  }
}

function uploadArchive(parent: ModelArtifact, name: string, args: ModelArtifactArgs, source: string): aws.s3.BucketObjectv2 {
  const absolute = projectPath(source);
  const data = statSync(absolute).isDirectory() ? filesOf(absolute) : [{ path: basename(absolute), absolute }];
  const files = [...data, ...scripts(args.code, absolute)];
  const hash = hashFiles(files).slice(0, 16);
  const isArchive = files.length === 1 && absolute.endsWith(".tar.gz");
  const archive = isArchive ? Promise.resolve(absolute) : writeModelArchive(args.model, files, hash);
  return new aws.s3.BucketObjectv2(
    name,
    {
      bucket: platformValues(args.platform).bucketName,
      key: `models/${args.model}/${hash}/model.tar.gz`,
      source: archive.then((file) => new pulumi.asset.FileAsset(relative(projectFolder(), file))),
      tags: args.tags,
    },
    childOf(parent),
  );
}

/** The scripts as they lie in the archive, without the data when that is in their folder. */
function scripts(folder: string | undefined, data: string): FolderFile[] {
  if (folder === undefined) {
    return [];
  }
  const inside = relative(projectPath(folder), data).split(sep).join("/");
  return codeFiles(projectPath(folder), [inside]).map((file) => ({ ...file, path: `code/${file.path}` }));
}
