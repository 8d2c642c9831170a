import { existsSync, statSync } from "node:fs";
import { basename } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import {
  type Check,
  type Checks,
  channelName,
  count,
  duration,
  environmentName,
  flag,
  instanceType,
  isLater,
  join,
  longestTraining,
  map,
  parseDuration,
  required,
  roleArn,
  seconds,
  settings,
  show,
  text,
} from "../arguments";
import { projectPath } from "../component";
import type { Problems } from "../errors/problems";
import { type FolderFile, filesOf, hashFiles } from "../storage/content-hash";

/** How a model is trained. */
export interface TrainingArgs {
  /** Instance type, such as `ml.m5.large`. */
  instanceType: string;
  /** Number of instances. Range 1 to 100, default 1. */
  instanceCount?: number;
  /** Volume of each instance in GB. Range 1 to 16384, default 30. */
  volumeSizeInGb?: number;
  /** Use managed spot capacity: cheaper, may be interrupted. Default: false. */
  spot?: boolean;
  /** Longest time the container may run, such as "2h". Range 1s to 28d, default 1d. */
  maxRuntime?: string;
  /** With `spot`: longest time until done, waiting for capacity included. Range `maxRuntime` to 28d, default twice `maxRuntime`. */
  maxWait?: string;
  /** Data by channel name: a folder or file of the project, which is uploaded, or an `s3://` URI, which is used as given. 1 to 20 channels. */
  channels: { [channel: string]: pulumi.Input<string> };
  /** Hyperparameters, handed to `fit` as text. At most 100. Not for secrets: they can be read by whoever may describe the job. */
  hyperparameters?: { [name: string]: pulumi.Input<string> };
  /** Environment of the container. At most 100 entries. Not for secrets. */
  environment?: { [name: string]: pulumi.Input<string> };
  /** Role that the job runs as. Of a `ModelService`: in place of one that is made; it must be allowed what that would be (docs/security.md). */
  executionRoleArn?: pulumi.Input<string>;
  /** No network for the container. Default: false. */
  networkIsolation?: boolean;
}

/** Most files a channel is uploaded as: each is one resource of the stack. */
export const mostChannelFiles = 50;

/** A channel as it reaches the job: files to upload under a prefix made of their hash, or an S3 URI. */
export type ChannelSpec =
  | { readonly name: string; readonly kind: "upload"; readonly files: readonly FolderFile[]; readonly hash: string }
  | { readonly name: string; readonly kind: "s3"; readonly uri: pulumi.Input<string> };

/** A training job's arguments with all defaults, units in seconds. */
export interface TrainingSpec {
  readonly instanceType: string;
  readonly instanceCount: number;
  readonly volumeSizeInGb: number;
  readonly spot: boolean;
  readonly maxRuntimeSeconds: number;
  readonly maxWaitSeconds: number | undefined;
  readonly channels: readonly ChannelSpec[];
  readonly hyperparameters: { readonly [name: string]: pulumi.Input<string> };
  readonly environment: { readonly [name: string]: pulumi.Input<string> };
  readonly networkIsolation: boolean;
}

/** An `s3://` URI, or a file or folder of the project with few enough files. */
const channelSource: Check = (value, path, problems) => {
  if (typeof value !== "string" || value === "") {
    problems.add(path, `got ${show(value)}; expected a folder of the project, such as "models/iris/data", or an s3:// URI`);
  } else if (value.startsWith("s3://")) {
    text({ pattern: /^s3:\/\/[^/]+\/.+$/, allowed: "s3://<bucket>/<prefix>", max: 1024 })(value, path, problems);
  } else if (!existsSync(projectPath(value))) {
    problems.add(path, `got ${show(value)}; there is no such folder or file in the project; an S3 URI begins with s3://`);
  } else {
    const files = sourceFiles(value).length;
    if (files === 0) {
      problems.add(path, `got ${show(value)}; the folder has no files`);
    } else if (files > mostChannelFiles) {
      problems.add(
        path,
        `got ${show(value)} with ${files} files; at most ${mostChannelFiles} are uploaded; pack them into one archive, or copy the folder with ` +
          "`aws s3 sync` and give its s3:// URI",
      );
    }
  }
};

export const trainingChecks: Checks<TrainingArgs> = {
  instanceType: required(instanceType),
  instanceCount: count(1, 100),
  volumeSizeInGb: count(1, 16_384),
  spot: flag,
  maxRuntime: duration("1s", longestTraining),
  maxWait: duration("1s", longestTraining),
  channels: required(map(channelSource, { min: 1, max: 20, key: channelName })),
  hyperparameters: settings(text({ max: 2500 }), { max: 100, key: { max: 256 } }),
  environment: settings(text({ max: 512 }), { max: 100, key: environmentName }),
  executionRoleArn: roleArn,
  networkIsolation: flag,
};

/** Rules between arguments; each argument alone has been checked already. */
export function checkTrainingRules(args: TrainingArgs, path: string, problems: Problems): void {
  if (args.maxWait !== undefined && args.spot !== true) {
    problems.add(join(path, "maxWait"), `got ${show(args.maxWait)} without spot; remove it, or set spot: true`);
  }
  const longest = parseDuration(args.maxRuntime ?? "1d");
  const wait = args.maxWait === undefined ? undefined : parseDuration(args.maxWait);
  if (args.spot === true && longest !== undefined && wait !== undefined && wait < longest) {
    problems.add(join(path, "maxWait"), `got ${show(args.maxWait)}; with spot it must be at least maxRuntime, ${args.maxRuntime ?? "1d"}`);
  }
}

/** Fills in defaults and reads local channels. Expects arguments that passed the checks. */
export function trainingSpec(args: TrainingArgs): TrainingSpec {
  const maxRuntimeSeconds = seconds(args.maxRuntime, 86_400);
  return {
    instanceType: args.instanceType,
    instanceCount: args.instanceCount ?? 1,
    volumeSizeInGb: args.volumeSizeInGb ?? 30,
    spot: args.spot ?? false,
    maxRuntimeSeconds,
    maxWaitSeconds: args.spot === true ? seconds(args.maxWait, Math.min(2 * maxRuntimeSeconds, 28 * 86_400)) : undefined,
    channels: Object.entries(args.channels).map(([name, source]) => channelSpec(name, source)),
    hyperparameters: args.hyperparameters ?? {},
    environment: args.environment ?? {},
    networkIsolation: args.networkIsolation ?? false,
  };
}

function channelSpec(name: string, source: pulumi.Input<string>): ChannelSpec {
  if (isLater(source) || typeof source !== "string" || source.startsWith("s3://")) {
    return { name, kind: "s3", uri: source };
  }
  const files = sourceFiles(source);
  return { name, kind: "upload", files, hash: hashFiles(files).slice(0, 16) };
}

function sourceFiles(source: string): FolderFile[] {
  const absolute = projectPath(source);
  return statSync(absolute).isDirectory() ? filesOf(absolute) : [{ path: basename(absolute), absolute }];
}

/** Local folders among the channels: the image leaves them out. */
export function localChannelFolders(args: TrainingArgs): string[] {
  return Object.values(args.channels).filter((source): source is string => typeof source === "string" && !source.startsWith("s3://"));
}
