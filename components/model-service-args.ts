import type * as pulumi from "@pulumi/pulumi";
import { type ApiArgs, apiChecks } from "./api/api-args";
import { checkApiRules } from "./api/api-rules";
import {
  type Checks,
  checkArguments,
  count,
  environmentName,
  list,
  modelName,
  object,
  oneOf,
  roleArn,
  settings,
  show,
  text,
} from "./arguments";
import { Problems } from "./errors/problems";
import { type AlarmsArgs, alarmsChecks } from "./hosting/alarms-spec";
import { type AsyncArgs, asyncChecks, asyncExclusions } from "./hosting/async-spec";
import { checkVariantContent } from "./hosting/content-rules";
import { type RealtimeArgs, realtimeChecks, realtimeExclusions } from "./hosting/endpoint-spec";
import { modelDataSource, scriptFolder } from "./hosting/model-artifact";
import { checkModelTime, checkRealtimeContent } from "./hosting/realtime-content";
import { checkServerlessContent, type ServerlessArgs, serverlessChecks, serverlessExclusions } from "./hosting/serverless-spec";
import { checkServing } from "./hosting/serving";
import { architectures } from "./instance-architecture";
import { type ModelPackageArgs, modelPackageChecks } from "./model-package";
import { checkArchitecture, checkScripts, checkSource, scriptName } from "./model-source";
import { givesNetwork, type PlatformExports, platformCheck } from "./platform/platform-exports";
import { type FrameworkArgs, frameworkChecks } from "./registry/framework";
import { type ImageBuildArgs, imageBuildChecks } from "./registry/image-build";
import { aptPackages, codeFolder } from "./registry/model-image";
import { checkTrainingRules, type TrainingArgs, trainingChecks } from "./training/training-spec";

export interface ModelServiceArgs {
  /** Where the model lives: a `Platform`, or the `platform` output of the stack that has one. */
  platform: pulumi.Input<PlatformExports>;
  /** Folder with `model.py`, or with SageMaker's own `inference.py`, relative to the project. Give this, `build`, `image` or `framework`. */
  code?: string;
  /** A Dockerfile of your own, whose image answers SageMaker's contract itself. Give this, `code`, `image` or `framework`. */
  build?: ImageBuildArgs;
  /** Image by digest that answers SageMaker's contract itself. Give this, `code`, `build` or `framework`. */
  image?: pulumi.Input<string>;
  /** One of AWS's prebuilt images, which train and serve the scripts in `sourceDir`. Give this, `code`, `build` or `image`. */
  framework?: FrameworkArgs;
  /** A version of a model in SageMaker's registry, with image and model data. Give this, `code`, `build`, `image` or `framework`. */
  modelPackage?: ModelPackageArgs;
  /** With `framework`: folder of the scripts and of their `requirements.txt`, relative to the project. */
  sourceDir?: string;
  /** With `framework`: script in `sourceDir` that serves, with SageMaker's functions (model_fn, predict_fn). Default: inference.py. */
  entryPoint?: string;
  /** With `framework`: script in `sourceDir` that trains. Default: train.py. */
  trainingEntryPoint?: string;
  /** Image the model's image is built on; the kit's own when left out. */
  baseImage?: string;
  /** Debian or Ubuntu packages that the base lacks, such as `["libgomp1"]`, each with `=<version>` to pin it. */
  aptPackages?: string[];
  /** linux/amd64 or linux/arm64 (Graviton). Default: what the instances run; a model that trains and serves on different ones has an image for each. */
  architecture?: string;
  /** Train the model. Give this or `modelData`, or neither when the image holds the model. */
  training?: TrainingArgs;
  /** A trained model: a folder or file of the project; or the `s3://` URI of a `model.tar.gz`, or of a prefix (`s3://<bucket>/<prefix>/`) with a large model as it is. */
  modelData?: pulumi.Input<string>;
  /** Serve from instances that are always there. Give this, `serverless` or `async`. */
  realtime?: RealtimeArgs;
  /** Serve from containers that come with the requests and go without them. Give this, `realtime` or `async`. */
  serverless?: ServerlessArgs;
  /** Serve through a queue, with inputs and results in S3. Give this, `realtime` or `serverless`. */
  async?: AsyncArgs;
  /** CloudWatch alarms of the endpoint. Default: those of its kind, with their default thresholds. */
  alarms?: AlarmsArgs;
  /** Role that the endpoint's models run as, in place of one that is made; it must be allowed what that would be (docs/security.md). */
  executionRoleArn?: pulumi.Input<string>;
  /** Environment of the serving container. At most 100 entries. Not for secrets. */
  environment?: { [name: string]: pulumi.Input<string> };
  /** An HTTPS API in front of the endpoint; a request to an asynchronous one is answered 202, and asked for by its id. */
  api?: ApiArgs;
  /** Earlier versions (configuration, models, model data) that stay on AWS for `slipway rollback`. Range 0 to 20; default 3 on a production platform of this program, else 0. */
  retain?: number;
  /** Media types the model takes, for clients. Default: application/json. */
  contentTypes?: string[];
}

export const modelServiceChecks: Checks<ModelServiceArgs> = {
  platform: platformCheck,
  code: codeFolder,
  build: object(imageBuildChecks),
  image: text({ pattern: /^[^\s@]+@sha256:[0-9a-f]{64}$/, allowed: "an image by digest, <repository>@sha256:<64 hex digits>", max: 255 }),
  framework: object(frameworkChecks),
  modelPackage: object(modelPackageChecks),
  sourceDir: scriptFolder,
  entryPoint: scriptName,
  trainingEntryPoint: scriptName,
  baseImage: text({ pattern: /^\S+$/, allowed: "an image name without spaces", max: 255 }),
  aptPackages,
  architecture: oneOf(...architectures),
  training: object(trainingChecks),
  modelData: modelDataSource,
  realtime: object(realtimeChecks, realtimeExclusions),
  serverless: object(serverlessChecks, serverlessExclusions),
  async: object(asyncChecks, asyncExclusions),
  alarms: object(alarmsChecks),
  executionRoleArn: roleArn,
  environment: settings(text({ max: 1024 }), { max: 100, key: environmentName }),
  api: object(apiChecks),
  retain: count(0, 20),
  contentTypes: list(text({ pattern: /^[\w.+-]+\/[\w.+-]+$/, allowed: "a media type, such as application/json" }), { min: 1, max: 20 }),
};

/** Throws one error with every fault of the declaration. */
export function checkModelService(name: string, args: ModelServiceArgs): void {
  const problems = new Problems();
  text(modelName)(name, "name", problems);
  checkArguments(modelServiceChecks, args, "", problems);
  if (typeof args === "object" && args !== null) {
    checkRules(args, problems);
  }
  problems.throwIfAny("ModelService", name);
}

function checkRules(args: ModelServiceArgs, problems: Problems): void {
  checkSource(args, problems);
  checkArchitecture(args, problems);
  checkScripts(args, problems);
  if (args.training !== undefined && args.modelData !== undefined) {
    problems.add("modelData", `got ${show(args.modelData)} together with training; training makes the model data: remove one of the two`);
  }
  checkServing(args, problems);
  checkRealtimeContent(args, problems);
  checkVariantContent(args.realtime, args.modelPackage !== undefined, problems);
  if (args.api !== undefined) {
    checkModelTime(args.environment, args.api, problems);
  }
  if (args.serverless !== undefined) {
    const { image, baseImage, modelData, platform } = args;
    checkServerlessContent({ images: { image, baseImage }, modelData: { modelData }, hasNetwork: givesNetwork(platform) }, problems);
  }
  if (isObject(args.api)) {
    const serving = args.async !== undefined ? "async" : args.serverless !== undefined ? "serverless" : "realtime";
    checkApiRules(args.api, serving, "api", problems);
  }
  if (isObject(args.training)) {
    checkTrainingRules(args.training, "training", problems);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
