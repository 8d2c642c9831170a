import { existsSync, statSync } from "node:fs";
import { join as joinPath, relative } from "node:path";
import * as aws from "@pulumi/aws";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { type Check, type Checks, checkArguments, list, map, oneOf, required, show, text } from "../arguments";
import { childOf, componentType, keepNodes, nodesOf, projectFolder, projectPath } from "../component";
import { Problems } from "../errors/problems";
import { type PlatformExports, platformCheck, platformValues } from "../platform/platform-exports";
import { hashValue } from "../storage/content-hash";
import { type StagedContext, stageContext } from "./image-context";

export interface ModelImageArgs {
  platform: pulumi.Input<PlatformExports>;
  /** Folder with `model.py` and, if wanted, `requirements.txt`; relative to the project. */
  code: string;
  /** Folders below `code` that the image does not need, such as training data. */
  leftOut?: string[];
  /** Image the model's image is built on; the kit's own pinned one when left out. */
  baseImage?: string;
  /** Build arguments of the Dockerfile. */
  buildArguments?: { [name: string]: pulumi.Input<string> };
  /** linux/amd64 or linux/arm64 (Graviton). Default: linux/amd64. */
  architecture?: string;
}

/** A folder that exists and holds `model.py`. */
export const codeFolder: Check = (value, path, problems) => {
  if (typeof value !== "string" || value === "") {
    problems.add(path, `got ${show(value)}; expected the folder that holds model.py, such as "models/iris"`);
  } else if (!existsSync(projectPath(value)) || !statSync(projectPath(value)).isDirectory()) {
    problems.add(path, `got ${show(value)}; there is no such folder below the project; create it with a model.py`);
  } else if (!existsSync(joinPath(projectPath(value), "model.py"))) {
    problems.add(path, `got ${show(value)}; the folder has no model.py; add one with a class that has predict()`);
  }
};

export const modelImageChecks: Checks<ModelImageArgs> = {
  platform: platformCheck,
  code: required(codeFolder),
  leftOut: list(text()),
  baseImage: text({ pattern: /^\S+$/, allowed: "an image name without spaces", max: 255 }),
  buildArguments: map(text()),
  architecture: oneOf("linux/amd64", "linux/arm64"),
};

export interface ModelImageNodes {
  readonly image: docker.Image;
}

/** A model's container image: the kit and the code of one folder, built, pushed to the platform's repository and referred to by digest. An unchanged folder does not build. */
export class ModelImage extends pulumi.ComponentResource {
  /** `<repository>@sha256:<digest>`. */
  declare readonly uri: pulumi.Output<string>;

  constructor(name: string, args: ModelImageArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(modelImageChecks, args, "", problems);
    problems.throwIfAny("ModelImage", name);
    super(componentType("ModelImage"), name, {}, opts);
    const staged = stageContext(name, projectPath(args.code), args.leftOut ?? []);
    const image = buildImage(this, name, args, staged);
    keepNodes(this, { image });
    this.uri = image.repoDigest;
    this.registerOutputs({ uri: this.uri });
  }

  get nodes(): ModelImageNodes {
    return nodesOf(this);
  }
}

function buildImage(parent: ModelImage, name: string, args: ModelImageArgs, staged: StagedContext): docker.Image {
  const { repositoryUrl, accountId } = platformValues(args.platform);
  const login = aws.ecr.getAuthorizationTokenOutput({ registryId: accountId }, { parent });
  const architecture = args.architecture ?? "linux/amd64";
  const baseImage: { [name: string]: pulumi.Input<string> } = args.baseImage === undefined ? {} : { BASE_IMAGE: args.baseImage };
  const inputs = pulumi.output({ architecture, arguments: { ...args.buildArguments, ...baseImage } });
  const tag = inputs.apply((known) => `${name}-${hashValue({ content: staged.hash, ...known }).slice(0, 16)}`);
  return new docker.Image(
    name,
    {
      imageName: pulumi.interpolate`${repositoryUrl}:${tag}`,
      build: {
        context: relative(projectFolder(), staged.folder),
        platform: architecture,
        args: { ...args.buildArguments, ...baseImage },
      },
      registry: { server: login.proxyEndpoint, username: login.userName, password: pulumi.secret(login.password) },
    },
    childOf(parent),
  );
}
