import { normalize } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { InferenceApi } from "./api/inference-api";
import { componentType, keepNodes, nodesOf } from "./component";
import { asyncLocations } from "./hosting/async-inference";
import { type AsyncArgs, givesTopics } from "./hosting/async-spec";
import { Endpoint } from "./hosting/endpoint";
import { endpointLogGroup } from "./hosting/endpoint-gate";
import { ModelArtifact } from "./hosting/model-artifact";
import { NotificationTopics } from "./hosting/notification-topics";
import { servingSpec } from "./hosting/serving";
import { channelPath } from "./iam/arns";
import { ExecutionRole } from "./iam/execution-role";
import { describeModel, type ModelDescription } from "./model-description";
import { createModelParameter } from "./model-parameter";
import { checkModelService, type ModelServiceArgs } from "./model-service-args";
import { type PlatformValues, platformValues } from "./platform/platform-exports";
import { ModelImage } from "./registry/model-image";
import { modelTags } from "./tags";
import { TrainingJob } from "./training/training-job";
import { localChannelFolders } from "./training/training-spec";

export interface ModelServiceNodes {
  /** Undefined when the image was given. */
  readonly image: ModelImage | undefined;
  readonly trainingRole: ExecutionRole | undefined;
  readonly training: TrainingJob | undefined;
  readonly artifact: ModelArtifact | undefined;
  /** Undefined unless topics are made for the notifications of an asynchronous endpoint. */
  readonly topics: NotificationTopics | undefined;
  readonly servingRole: ExecutionRole;
  readonly endpoint: Endpoint;
  readonly api: InferenceApi | undefined;
}

/**
 * One model: its image, its training, its endpoint and, if wanted, its API. What changes decides what is done: new code builds, trains and deploys; new data
 * trains and deploys; another instance type only deploys.
 *
 * ```ts
 * new ModelService("iris", {
 *   platform,
 *   code: "models/iris",
 *   training: { instanceType: "ml.m5.large", channels: { train: "models/iris/data" } },
 *   realtime: { instanceType: "ml.m5.xlarge" },
 *   api: { path: "/iris" },
 * });
 * ```
 */
export class ModelService extends pulumi.ComponentResource {
  /** Name of the endpoint; known once it serves this declaration. */
  declare readonly endpointName: pulumi.Output<string>;
  declare readonly endpointArn: pulumi.Output<string>;
  /** URL to `POST` to. */
  declare readonly apiUrl: pulumi.Output<string | undefined>;
  /** What the stack's `models` output holds for clients. */
  declare readonly outputs: pulumi.Output<ModelDescription>;

  constructor(name: string, args: ModelServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    checkModelService(name, args);
    super(componentType("ModelService"), name, {}, opts);
    const platform = platformValues(args.platform);
    const tags = modelTags(platform, name);
    const { image, uri } = createImage(this, name, args);
    const { trainingRole, training } = createTraining(this, name, args, platform, uri, tags);
    const artifact = createArtifact(this, name, args, tags);
    const modelDataUrl = training?.modelDataUrl ?? artifact?.uri;
    const { async, topics } = createNotifications(this, name, args, tags);
    const { servingRole, endpoint } = createEndpoint(this, name, { ...args, async }, platform, uri, modelDataUrl, tags);
    const api =
      args.api === undefined
        ? undefined
        : new InferenceApi(
            `${name}-api`,
            { ...args.api, platform: args.platform, model: name, endpointName: endpoint.endpointName, tags },
            { parent: this },
          );
    keepNodes(this, { image, trainingRole, training, artifact, topics, servingRole, endpoint, api });
    this.endpointName = endpoint.endpointName;
    this.endpointArn = endpoint.arn;
    this.apiUrl = pulumi.output(api?.url);
    this.outputs = describeModel(name, { ...args, async }, platform, this, training);
    createModelParameter(name, this, platform, tags);
    this.registerOutputs({
      endpointName: this.endpointName,
      endpointArn: this.endpointArn,
      apiUrl: this.apiUrl,
      outputs: this.outputs,
    });
  }

  get nodes(): ModelServiceNodes {
    return nodesOf(this);
  }
}

type Tags = pulumi.Output<Record<string, string>>;

function createImage(
  parent: ModelService,
  name: string,
  args: ModelServiceArgs,
): { readonly image: ModelImage | undefined; readonly uri: pulumi.Input<string> } {
  if (args.image !== undefined) {
    return { image: undefined, uri: args.image };
  }
  const folder = plainPath(args.code ?? args.build?.context ?? "");
  const leftOut = [
    ...(args.training === undefined ? [] : localChannelFolders(args.training)),
    ...(args.modelData === undefined ? [] : [String(args.modelData)]),
  ]
    .map(plainPath)
    .filter((path) => path.startsWith(`${folder}/`))
    .map((path) => path.slice(folder.length + 1));
  const image = new ModelImage(
    `${name}-image`,
    {
      platform: args.platform,
      ...(args.build === undefined ? { code: folder } : { build: args.build }),
      leftOut,
      baseImage: args.baseImage,
      aptPackages: args.aptPackages,
      architecture: args.architecture,
    },
    { parent },
  );
  return { image, uri: image.uri };
}

/** A path as the rest of the declaration may write it too: without `./`, and without a slash at its end. */
function plainPath(path: string): string {
  return normalize(path).replace(/\/+$/, "");
}

function createTraining(
  parent: ModelService,
  name: string,
  args: ModelServiceArgs,
  platform: PlatformValues,
  image: pulumi.Input<string>,
  tags: Tags,
): Pick<ModelServiceNodes, "trainingRole" | "training"> {
  if (args.training === undefined) {
    return { trainingRole: undefined, training: undefined };
  }
  const outputPath = pulumi.interpolate`s3://${platform.bucketName}/training/${name}`;
  const given = Object.values(args.training.channels).filter((source) => typeof source !== "string" || source.startsWith("s3://"));
  const trainingRole = new ExecutionRole(
    `${name}-training-role`,
    {
      platform: args.platform,
      kind: "training",
      logGroup: "/aws/sagemaker/TrainingJobs",
      images: [pulled(args, platform)],
      readPaths: [
        pulumi.interpolate`s3://${platform.bucketName}/channels/${name}/`,
        ...given.map((uri) => pulumi.output(uri).apply(channelPath)),
      ],
      writePaths: [pulumi.interpolate`${outputPath}/`],
      tags,
    },
    { parent },
  );
  const training = new TrainingJob(
    `${name}-training`,
    { ...args.training, platform: args.platform, model: name, image, executionRoleArn: trainingRole.arn, outputPath, tags },
    { parent },
  );
  return { trainingRole, training };
}

function createArtifact(parent: ModelService, name: string, args: ModelServiceArgs, tags: Tags): ModelArtifact | undefined {
  if (args.modelData === undefined) {
    return undefined;
  }
  return new ModelArtifact(`${name}-artifact`, { platform: args.platform, model: name, source: args.modelData, tags }, { parent });
}

/** The asynchronous arguments with the topics that are given or made: whoever is to publish there, and whoever tells clients, need their ARNs. */
function createNotifications(
  parent: ModelService,
  name: string,
  { async, platform }: ModelServiceArgs,
  tags: Tags,
): { readonly async: AsyncArgs | undefined; readonly topics: NotificationTopics | undefined } {
  if (async?.notifications === undefined || givesTopics(async.notifications)) {
    return { async, topics: undefined };
  }
  const topics = new NotificationTopics(`${name}-topics`, { platform, model: name, tags }, { parent });
  const { successTopicArn, errorTopicArn } = topics;
  return { async: { ...async, notifications: { ...async.notifications, successTopicArn, errorTopicArn } }, topics };
}

function createEndpoint(
  parent: ModelService,
  name: string,
  args: ModelServiceArgs,
  platform: PlatformValues,
  image: pulumi.Input<string>,
  modelDataUrl: pulumi.Input<string> | undefined,
  tags: Tags,
): Pick<ModelServiceNodes, "servingRole" | "endpoint"> {
  const locations = args.async === undefined ? undefined : asyncLocations(args.async, platform, name);
  const { successTopicArn, errorTopicArn } = args.async?.notifications ?? {};
  const servingRole = new ExecutionRole(
    `${name}-serving-role`,
    {
      platform: args.platform,
      kind: servingSpec(args).kind,
      logGroup: pulumi.interpolate`${platform.name}-${name}`.apply(endpointLogGroup),
      images: [pulled(args, platform)],
      readPaths: [...servedPaths(name, args, platform), ...below(locations?.input)],
      writePaths: [...below(locations?.output), ...below(locations?.failure)],
      topicArns: [successTopicArn, errorTopicArn].filter((topic) => topic !== undefined),
      tags,
    },
    { parent },
  );
  const endpoint = new Endpoint(
    `${name}-endpoint`,
    {
      platform: args.platform,
      model: name,
      image,
      executionRoleArn: servingRole.arn,
      modelDataUrl,
      environment: args.environment,
      realtime: args.realtime,
      serverless: args.serverless,
      async: args.async,
      tags,
    },
    { parent },
  );
  return { servingRole, endpoint };
}

/** What a role pulls: the platform's repository rather than one image of it, so that a new image does not change the roles. */
function pulled(args: ModelServiceArgs, platform: PlatformValues): pulumi.Input<string> {
  return args.image ?? platform.repositoryUrl;
}

/** Where the model data a role may read lies: the model's own prefix, not one job's, so that a new job does not change the role of the live endpoint. */
function servedPaths(name: string, args: ModelServiceArgs, platform: PlatformValues): pulumi.Input<string>[] {
  if (args.training !== undefined) {
    return [pulumi.interpolate`s3://${platform.bucketName}/training/${name}/`];
  }
  if (args.modelData === undefined) {
    return [];
  }
  const isGiven = typeof args.modelData !== "string" || args.modelData.startsWith("s3://");
  return [isGiven ? args.modelData : pulumi.interpolate`s3://${platform.bucketName}/models/${name}/`];
}

function below(location: pulumi.Output<string> | undefined): pulumi.Output<string>[] {
  return location === undefined ? [] : [pulumi.interpolate`${location}/`];
}
