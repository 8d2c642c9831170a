import { normalize } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { type Architecture, architectureOf } from "./instance-architecture";
import type { ModelService } from "./model-service";
import type { ModelServiceArgs } from "./model-service-args";
import type { PlatformValues } from "./platform/platform-exports";
import { type FrameworkArgs, frameworkImage, frameworkImageUri, type ImageUse } from "./registry/framework";
import { ModelImage } from "./registry/model-image";
import { localChannelFolders } from "./training/training-spec";

/** An image for one use, and what a role has to be allowed to pull for it. */
export interface UsedImage {
  readonly uri: pulumi.Input<string>;
  /** The repository rather than one image of it where that is the platform's, so that a new image does not change the roles. */
  readonly pulled: pulumi.Input<string>;
}

export interface ModelImages {
  /** What serves, when it is built. */
  readonly image: ModelImage | undefined;
  /** What trains, when it is built for other processors than what serves. */
  readonly trainingImage: ModelImage | undefined;
  /** Undefined for a model package, which names its images itself. */
  readonly training: UsedImage | undefined;
  readonly serving: UsedImage | undefined;
}

/** Instance types of a model by use; a serverless endpoint has none. */
export function instanceTypes(args: ModelServiceArgs): Readonly<Record<ImageUse, string | undefined>> {
  return { training: args.training?.instanceType, serving: args.realtime?.instanceType ?? args.async?.instanceType };
}

/** The images that a model is trained and served with: given, AWS's own, or built, once for each kind of processor. */
export function createImages(parent: ModelService, name: string, args: ModelServiceArgs, platform: PlatformValues): ModelImages {
  if (args.framework !== undefined) {
    const { training, serving } = frameworkImages(parent, args, args.framework, platform);
    return { image: undefined, trainingImage: undefined, training, serving };
  }
  if (args.modelPackage !== undefined) {
    return { image: undefined, trainingImage: undefined, training: undefined, serving: undefined };
  }
  if (args.image !== undefined) {
    const given = { uri: args.image, pulled: args.image };
    return { image: undefined, trainingImage: undefined, training: given, serving: given };
  }
  const types = instanceTypes(args);
  const served = args.architecture ?? platformOf(types.serving);
  const trained = args.architecture ?? (types.training === undefined ? served : platformOf(types.training));
  const image = buildImage(parent, `${name}-image`, args, served);
  const trainingImage = trained === served ? undefined : buildImage(parent, `${name}-training-image`, args, trained);
  const pulled = platform.repositoryUrl;
  return { image, trainingImage, training: { uri: (trainingImage ?? image).uri, pulled }, serving: { uri: image.uri, pulled } };
}

function platformOf(instanceType: string | undefined): Architecture {
  return instanceType === undefined ? "linux/amd64" : architectureOf(instanceType);
}

function frameworkImages(
  parent: ModelService,
  args: ModelServiceArgs,
  framework: FrameworkArgs,
  { region }: PlatformValues,
): Readonly<Record<ImageUse, UsedImage>> {
  const types = instanceTypes(args);
  const used = (use: ImageUse): UsedImage => {
    const uri = frameworkImageUri(frameworkImage(framework, use, types[use]), region, parent);
    return { uri, pulled: uri };
  };
  const serving = used("serving");
  return { serving, training: args.training === undefined ? serving : used("training") };
}

function buildImage(parent: ModelService, name: string, args: ModelServiceArgs, architecture: string): ModelImage {
  const code = plainPath(args.code ?? args.build?.context ?? "");
  return new ModelImage(
    name,
    {
      platform: args.platform,
      ...(args.build === undefined ? { code } : { build: args.build }),
      leftOut: dataBelow(code, args),
      baseImage: args.baseImage,
      aptPackages: args.aptPackages,
      architecture,
    },
    { parent },
  );
}

/** Folders of a code folder that hold data: what a model is trained on, or what it has been trained to. */
export function dataBelow(folder: string, { training, modelData }: ModelServiceArgs): string[] {
  const code = plainPath(folder);
  return [...(training === undefined ? [] : localChannelFolders(training)), ...(typeof modelData === "string" ? [modelData] : [])]
    .map(plainPath)
    .filter((path) => path.startsWith(`${code}/`))
    .map((path) => path.slice(code.length + 1));
}

/** A path as the rest of the declaration may write it too: without `./`, and without a slash at its end. */
export function plainPath(path: string): string {
  return normalize(path).replace(/\/+$/, "");
}
