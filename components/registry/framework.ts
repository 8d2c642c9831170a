import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Checks, join, oneOf, required, show, text } from "../arguments";
import type { Problems } from "../errors/problems";
import { acceleratorOf, architectureOf } from "../instance-architecture";
import { type FrameworkName, type FrameworkTable, frameworkNames, frameworks, type ImageTable } from "./framework-images.data";

/** One of AWS's prebuilt images, which train and serve scripts. */
export interface FrameworkArgs {
  /** sklearn, xgboost, pytorch, tensorflow or huggingface. */
  name: string;
  /** Version of the framework, such as "2.1.0" or "2.1", of scikit-learn and XGBoost with AWS's number or without, such as "1.2-1"; of huggingface that of transformers. */
  version?: string;
  /** Tag of the training image, for one that Slipway does not know by its version. */
  trainingTag?: string;
  /** Tag of the serving image, for one that Slipway does not know by its version. */
  servingTag?: string;
}

const tag = text({ pattern: /^\w[\w.-]{0,127}$/, allowed: 'a tag of the repository, such as "2.1.0-cpu-py310"' });

export const frameworkChecks: Checks<FrameworkArgs> = {
  name: required(oneOf(...frameworkNames)),
  version: text({ pattern: /^\d+(\.\d+)*(-\d+)?$/, allowed: 'a version, such as "2.1.0"' }),
  trainingTag: tag,
  servingTag: tag,
};

export type ImageUse = "training" | "serving";

/** Repository and tag of one of AWS's images. */
export interface FrameworkImageName {
  readonly repository: string;
  readonly tag: string;
}

/** What is known of a framework; undefined for a name that is not one. */
export function frameworkTable({ name }: FrameworkArgs): FrameworkTable | undefined {
  return isName(name) ? frameworks[name] : undefined;
}

/** The image for a use on an instance type (a serverless endpoint has none), or why there is none. */
export function frameworkImage(
  args: FrameworkArgs,
  use: ImageUse,
  instanceType: string | undefined,
): FrameworkImageName | { readonly property: "name" | "version"; readonly fault: string } {
  const table = frameworkTable(args);
  const images = table === undefined ? undefined : tableFor(table, use, instanceType);
  if (images === undefined) {
    return {
      property: "name",
      fault: `got ${show(args.name)}; AWS has no image of it for ${use} on ${show(instanceType)}: choose another instance type`,
    };
  }
  const { repository } = images;
  const given = use === "training" ? args.trainingTag : args.servingTag;
  if (given !== undefined) {
    return { repository, tag: given };
  }
  const processor = instanceType === undefined ? "cpu" : acceleratorOf(instanceType);
  if (processor === "neuron") {
    return {
      property: "name",
      fault: `got ${show(args.name)}; Slipway knows no image of it for ${use} on ${show(instanceType)}: give its tag as ${use}Tag, or an image`,
    };
  }
  return versionTag(args.version, images, processor, use, instanceType);
}

function versionTag(
  given: string | undefined,
  { repository, tags }: ImageTable,
  processor: "cpu" | "gpu",
  use: ImageUse,
  instanceType: string | undefined,
): FrameworkImageName | { readonly property: "version"; readonly fault: string } {
  const fitting = Object.keys(tags).filter((version) => tags[version]?.[processor] !== undefined);
  const found = fitting.findLast((version) => version === given || version.startsWith(`${given}.`) || version.startsWith(`${given}-`));
  const foundTag = found === undefined ? undefined : tags[found]?.[processor];
  if (foundTag !== undefined) {
    return { repository, tag: foundTag };
  }
  const where = instanceType === undefined ? "" : ` on ${instanceType}`;
  const known =
    fitting.length === 0
      ? `${repository} has no image for ${use}${where}: choose another instance type`
      : `versions of ${repository} for ${use}${where} are ${fitting.join(", ")} (another: give its tag as ${use}Tag)`;
  return { property: "version", fault: given === undefined ? `is missing; ${known}` : `got ${show(given)}; ${known}` };
}

function tableFor(table: FrameworkTable, use: ImageUse, instanceType: string | undefined): ImageTable | undefined {
  if (instanceType === undefined || architectureOf(instanceType) === "linux/amd64") {
    return use === "training" ? table.training : table.inference;
  }
  return use === "training" ? undefined : table.gravitonInference;
}

/** Reports what is wrong with the image for a use, once. */
export function checkFrameworkImage(args: FrameworkArgs, use: ImageUse, instanceType: unknown, path: string, problems: Problems): void {
  if (!isName(args.name) || (instanceType !== undefined && typeof instanceType !== "string")) {
    return;
  }
  const found = frameworkImage(args, use, instanceType);
  if ("fault" in found) {
    problems.add(join(path, found.property), found.fault);
  }
}

/** The image's URI in a region, in the account that holds it there. */
export function frameworkImageUri(
  image: ReturnType<typeof frameworkImage>,
  region: pulumi.Input<string>,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  if ("fault" in image) {
    throw new Error(image.fault);
  }
  return aws.sagemaker.getPrebuiltEcrImageOutput({ repositoryName: image.repository, imageTag: image.tag, region }, { parent })
    .registryPath;
}

function isName(name: string): name is FrameworkName {
  return frameworkNames.some((known) => known === name);
}
