import { existsSync, readdirSync, statSync } from "node:fs";
import { join as joinPath, relative } from "node:path";
import * as aws from "@pulumi/aws";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { type Check, type Checks, checkArguments, list, map, object, oneOf, show, text } from "../arguments";
import { childOf, componentType, keepNodes, nodesOf, projectFolder, projectPath } from "../component";
import { Problems } from "../errors/problems";
import { type PlatformExports, platformCheck, platformValues } from "../platform/platform-exports";
import { hashValue } from "../storage/content-hash";
import { stageDockerfile } from "./dockerfile-context";
import { checkImageBuild, type ImageBuildArgs, imageBuildChecks } from "./image-build";
import { stageContext } from "./image-context";
import { explainImage } from "./image-explained";
import { imageNameOf } from "./image-name";
import { type BuiltImage, inlineCache, layersFrom } from "./layer-cache";
import { scannedImage } from "./scanned-image";

export interface ModelImageArgs {
  platform: pulumi.Input<PlatformExports>;
  /** Folder with `model.py`, or with SageMaker's own `inference.py`, and, if wanted, `requirements.txt`; relative to the project. Give this or `build`. */
  code?: string;
  /** A Dockerfile of your own, without the kit. Give this or `code`. */
  build?: ImageBuildArgs;
  /** Folders below `code`, or the context, that the image does not need, such as training data. */
  leftOut?: string[];
  /** Image the model's image is built on; the kit's own pinned one when left out. */
  baseImage?: string;
  /** Debian or Ubuntu packages that the base lacks, such as `["libgomp1"]`, each with `=<version>` to pin it. */
  aptPackages?: string[];
  /** Build arguments of the kit's Dockerfile. */
  buildArguments?: { [name: string]: pulumi.Input<string> };
  /** linux/amd64 or linux/arm64 (Graviton). Default: linux/amd64. */
  architecture?: string;
}

/** What a code folder may have to be served: the kit's model, or a script for SageMaker's own containers. */
const programs = ["model.py", "inference.py"];
const mostNamed = 8;

/** A folder that exists and holds a program to serve. */
export const codeFolder: Check = (value, path, problems) => {
  if (typeof value !== "string" || value === "") {
    problems.add(path, `got ${show(value)}; expected the folder that holds model.py, such as "models/iris"`);
  } else if (!existsSync(projectPath(value)) || !statSync(projectPath(value)).isDirectory()) {
    problems.add(path, `got ${show(value)}; there is no such folder below the project; create it with a model.py`);
  } else if (!programs.some((program) => existsSync(joinPath(projectPath(value), program)))) {
    problems.add(
      path,
      `got ${show(value)}; the folder has no ${programs.join(" and no ")} (${contentOf(projectPath(value))}); add a model.py with a class that has predict(), or an inference.py with SageMaker's functions (model_fn, predict_fn)`,
    );
  }
};

function contentOf(folder: string): string {
  const names = readdirSync(folder).sort();
  const named = names.slice(0, mostNamed).join(", ");
  if (names.length > mostNamed) {
    return `it has ${named} and ${names.length - mostNamed} more`;
  }
  return names.length === 0 ? "it is empty" : `it has ${named}`;
}

/** Packages for apt: a name that ends in a hyphen would be removed instead, one that begins with one would be an option. */
export const aptPackages: Check = list(
  text({
    pattern: /^[a-z0-9][a-z0-9.+-]*[a-z0-9.+](=[A-Za-z0-9][A-Za-z0-9.+:~-]*)?$/,
    allowed: 'the name of a Debian or Ubuntu package, such as "libgomp1" or "libgomp1=12.2.0-14"',
    max: 200,
  }),
  { max: 100 },
);

export const modelImageChecks: Checks<ModelImageArgs> = {
  platform: platformCheck,
  code: codeFolder,
  build: object(imageBuildChecks),
  leftOut: list(text()),
  baseImage: text({ pattern: /^\S+$/, allowed: "an image name without spaces", max: 255 }),
  aptPackages,
  buildArguments: map(text()),
  architecture: oneOf("linux/amd64", "linux/arm64"),
};

export interface ModelImageNodes {
  readonly image: docker.Image;
}

/**
 * A model's container image, built, pushed to the platform's repository and referred to by digest: the kit and the code of one folder, or what a Dockerfile of
 * the user's makes. An unchanged folder does not build.
 */
export class ModelImage extends pulumi.ComponentResource {
  /** `<repository>@sha256:<digest>`; known once the platform's `scan` lets it pass. */
  declare readonly uri: pulumi.Output<string>;

  constructor(name: string, args: ModelImageArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(modelImageChecks, args, "", problems);
    if (typeof args === "object" && args !== null) {
      checkRules(args, problems);
    }
    problems.throwIfAny("ModelImage", name);
    super(componentType("ModelImage"), name, {}, opts);
    const { image, built } = buildImage(this, name, args);
    keepNodes(this, { image });
    const { uri, passedScan } = scannedImage(this, image, platformValues(args.platform));
    this.uri = uri;
    this.registerOutputs({ uri: this.uri, passedScan, ...built });
  }

  get nodes(): ModelImageNodes {
    return nodesOf(this);
  }
}

function checkRules(args: ModelImageArgs, problems: Problems): void {
  const { code, build } = args;
  if (code === undefined && build === undefined) {
    problems.add("code", 'is missing; give code: "models/<name>" for a model.py, or build for a Dockerfile of your own');
  }
  if (build === undefined) {
    checkKitArguments(args, problems);
    return;
  }
  for (const key of ["code", "baseImage", "aptPackages", "buildArguments"] as const) {
    if (args[key] !== undefined) {
      const cure =
        key === "buildArguments" ? "write it as build.buildArguments" : "what is in the image stands in the Dockerfile: remove it";
      problems.add(key, `got ${show(args[key])} together with build; ${cure}`);
    }
  }
  if (typeof build === "object" && build !== null) {
    checkImageBuild(build, "build", false, problems);
  }
}

function checkKitArguments(args: ModelImageArgs, problems: Problems): void {
  for (const [argument, name] of [
    ["baseImage", "BASE_IMAGE"],
    ["aptPackages", "APT_PACKAGES"],
  ] as const) {
    if (args[argument] !== undefined && args.buildArguments?.[name] !== undefined) {
      problems.add(`buildArguments.${name}`, `is given together with ${argument}, which sets it; remove one of the two`);
    }
  }
}

/** What is built, and what decides its content beside the platform's architecture. */
interface Recipe {
  readonly folder: string;
  /** Hash of the files. */
  readonly hash: string;
  readonly arguments: { [name: string]: pulumi.Input<string> };
  /** Path in the folder; `Dockerfile` when left out. */
  readonly dockerfile?: string;
  readonly target?: string;
}

function recipeOf(name: string, args: ModelImageArgs): Recipe {
  const leftOut = args.leftOut ?? [];
  const { build } = args;
  if (build !== undefined) {
    const { folder, hash, dockerfile } = stageDockerfile(name, build, leftOut);
    return {
      folder,
      hash,
      dockerfile,
      arguments: build.buildArguments ?? {},
      ...(build.target === undefined ? {} : { target: build.target }),
    };
  }
  const packages = args.aptPackages ?? [];
  return {
    ...stageContext(name, projectPath(args.code ?? ""), leftOut),
    arguments: {
      ...args.buildArguments,
      ...(args.baseImage === undefined ? {} : { BASE_IMAGE: args.baseImage }),
      ...(packages.length === 0 ? {} : { APT_PACKAGES: packages.join(" ") }),
    },
  };
}

function buildImage(parent: ModelImage, name: string, args: ModelImageArgs): { readonly image: docker.Image; readonly built: BuiltImage } {
  const { repositoryUrl, accountId } = platformValues(args.platform);
  const login = aws.ecr.getAuthorizationTokenOutput({ registryId: accountId }, { parent });
  const architecture = args.architecture ?? "linux/amd64";
  const { folder, hash, dockerfile, target, arguments: given } = recipeOf(name, args);
  const inputs = pulumi.output({ architecture, arguments: given, target });
  const tag = inputs.apply((known) => `${name}-${hashValue({ content: hash, ...known }).slice(0, 16)}`);
  const context = relative(projectFolder(), folder);
  const imageName = imageNameOf(parent, name, repositoryUrl, tag);
  const cached = layersFrom(parent, name, imageName);
  const failure = explainImage(name, parent);
  const image = new docker.Image(
    name,
    {
      imageName,
      build: {
        context,
        platform: architecture,
        // The first image is built as it always was; from the second on each has what the next one needs of it.
        args: pulumi
          .all([given, cached, failure.settled])
          .apply(([known, from]) => (from === undefined ? known : { ...known, ...inlineCache })),
        cacheFrom: cached.apply((from) => (from === undefined ? undefined : { images: [from] })),
        ...(dockerfile === undefined ? {} : { dockerfile: joinPath(context, dockerfile) }),
        ...(target === undefined ? {} : { target }),
      },
      registry: { server: login.proxyEndpoint, username: login.userName, password: pulumi.secret(login.password) },
    },
    childOf(parent, { transformations: [failure.transformation] }),
  );
  return { image, built: { imageName, layersFrom: cached } };
}
