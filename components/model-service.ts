import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { InferenceApi } from "./api/inference-api";
import { withoutNulls } from "./arguments";
import { componentType, keepNodes, nodesOf } from "./component";
import { asyncLocations } from "./hosting/async-inference";
import { type AsyncArgs, givesTopics } from "./hosting/async-spec";
import { Endpoint } from "./hosting/endpoint";
import { endpointLogGroup } from "./hosting/endpoint-gate";
import type { ModelArtifact } from "./hosting/model-artifact";
import type { ModelContent } from "./hosting/model-content";
import { NotificationTopics } from "./hosting/notification-topics";
import { type ServingKind, servingSpec } from "./hosting/serving";
import { servingAccess } from "./hosting/serving-access";
import { keeping, retainedVersions } from "./hosting/versions";
import { channelPath } from "./iam/arns";
import { ExecutionRole } from "./iam/execution-role";
import { InvokeGrant, type Invoker, roleNameOf } from "./iam/invoke-grant";
import { createCode, type ModelCode } from "./model-code";
import { createArtifact, servedData, servedPaths } from "./model-data";
import { describeModel, type ModelDescription } from "./model-description";
import { createImages, type UsedImage } from "./model-images";
import { packageAccess } from "./model-package";
import { createModelParameter } from "./model-parameter";
import { checkModelService, type ModelServiceArgs } from "./model-service-args";
import { type PlatformValues, platformValues } from "./platform/platform-exports";
import type { ModelImage } from "./registry/model-image";
import { modelTags } from "./tags";
import { TrainingJob } from "./training/training-job";

export interface ModelServiceNodes {
  /** Undefined when the image was given, is AWS's own, or is a model package's. */
  readonly image: ModelImage | undefined;
  /** Undefined unless the model is trained on other processors than it is served on. */
  readonly trainingImage: ModelImage | undefined;
  /** The scripts of a framework's image; undefined for other images. */
  readonly code: aws.s3.BucketObjectv2 | undefined;
  /** Undefined unless the model is trained, with a role that is made. */
  readonly trainingRole: ExecutionRole | undefined;
  readonly training: TrainingJob | undefined;
  readonly artifact: ModelArtifact | undefined;
  /** Undefined unless topics are made for the notifications of an asynchronous endpoint. */
  readonly topics: NotificationTopics | undefined;
  /** Undefined when a role was given. */
  readonly servingRole: ExecutionRole | undefined;
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
    args = withoutNulls(args);
    checkModelService(name, args);
    const retain = retainedVersions(args.retain, args.platform);
    super(componentType("ModelService"), name, {}, keeping(opts, retain, isServedData(name)));
    const platform = platformValues(args.platform);
    const tags = modelTags(platform, name);
    const { image, trainingImage, ...images } = createImages(this, name, args, platform);
    const code = createCode(this, name, args, platform, tags);
    const { trainingRole, training } = createTraining(this, name, args, platform, images.training, code, tags);
    const artifact = createArtifact(this, name, args, tags);
    const modelData = servedData(args, training, artifact);
    const { async, topics } = createNotifications(this, name, args, tags);
    const { servingRole, endpoint } = createEndpoint(
      this,
      name,
      { ...args, async, retain },
      platform,
      images.serving,
      code,
      modelData,
      tags,
    );
    const api = createApi(this, name, { ...args, async }, platform, endpoint.endpointName, tags);
    kinds.set(this, servingSpec(args).kind);
    platforms.set(this, args.platform);
    keepNodes(this, { image, trainingImage, code: code.object, trainingRole, training, artifact, topics, servingRole, endpoint, api });
    this.endpointName = endpoint.endpointName;
    this.endpointArn = endpoint.arn;
    this.apiUrl = pulumi.output(api?.url);
    this.outputs = describeModel(name, { ...args, async }, platform, this, training, api);
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

  /** realtime, serverless or async: what a `SharedApi` asks of a model beside its `outputs`. */
  get kind(): ServingKind {
    return kinds.get(this) ?? "realtime";
  }

  /** Lets a role call this model and no other; `name` is the grant's, as any resource has one. */
  grantInvoke(name: string, role: Invoker): InvokeGrant {
    return new InvokeGrant(
      name,
      { platform: platforms.get(this) as ModelServiceArgs["platform"], model: this.outputs, roleName: roleNameOf(role) },
      { parent: this },
    );
  }
}

/** Kept outside the class, as the children are. */
const kinds = new WeakMap<ModelService, ServingKind>();
const platforms = new WeakMap<ModelService, ModelServiceArgs["platform"]>();

type Tags = pulumi.Output<Record<string, string>>;

function createTraining(
  parent: ModelService,
  name: string,
  args: ModelServiceArgs,
  platform: PlatformValues,
  image: UsedImage | undefined,
  code: ModelCode,
  tags: Tags,
): Pick<ModelServiceNodes, "trainingRole" | "training"> {
  if (args.training === undefined || image === undefined) {
    return { trainingRole: undefined, training: undefined };
  }
  const outputPath = pulumi.interpolate`s3://${platform.bucketName}/training/${name}`;
  const sources = Object.values(args.training.channels).filter((source) => typeof source !== "string" || source.startsWith("s3://"));
  const given = args.training.executionRoleArn;
  const trainingRole =
    given === undefined
      ? new ExecutionRole(
          `${name}-training-role`,
          {
            platform: args.platform,
            kind: "training",
            logGroup: "/aws/sagemaker/TrainingJobs",
            images: [image.pulled],
            readPaths: [
              ...code.trainingPaths,
              pulumi.interpolate`s3://${platform.bucketName}/channels/${name}/`,
              ...sources.map((uri) => pulumi.output(uri).apply(channelPath)),
            ],
            writePaths: [pulumi.interpolate`${outputPath}/`],
            ...(args.training.environment === undefined ? {} : { environment: args.training.environment }),
            tags,
          },
          { parent },
        )
      : undefined;
  const training = new TrainingJob(
    `${name}-training`,
    {
      ...args.training,
      hyperparameters: { ...args.training.hyperparameters, ...code.hyperparameters },
      platform: args.platform,
      model: name,
      image: image.uri,
      executionRoleArn: trainingRole?.arn ?? given ?? "",
      outputPath,
      tags,
    },
    { parent },
  );
  return { trainingRole, training };
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
  image: UsedImage | undefined,
  code: ModelCode,
  modelData: Pick<ModelContent, "modelDataUrl" | "modelDataPrefix">,
  tags: Tags,
): Pick<ModelServiceNodes, "servingRole" | "endpoint"> {
  const locations = args.async === undefined ? undefined : asyncLocations(args.async, platform, name);
  const { successTopicArn, errorTopicArn } = args.async?.notifications ?? {};
  const more = servingAccess(args, platform, name);
  const packaged = args.modelPackage === undefined ? { images: [] } : packageAccess(args.modelPackage, platform);
  const servingRole =
    args.executionRoleArn === undefined
      ? new ExecutionRole(
          `${name}-serving-role`,
          {
            platform: args.platform,
            kind: servingSpec(args).kind,
            logGroup: pulumi.interpolate`${platform.name}-${name}`.apply(endpointLogGroup),
            images: [...(image === undefined ? packaged.images : [image.pulled]), ...more.images],
            readPaths: [...code.servingPaths, ...servedPaths(name, args, platform), ...more.modelData, ...below(locations?.input)],
            writePaths: [...below(locations?.output), ...below(locations?.failure), ...below(more.captures)],
            topicArns: [successTopicArn, errorTopicArn].filter((topic) => topic !== undefined),
            alarmNames: more.alarmNames,
            environment: { ...args.environment, ...more.environment },
            tags,
          },
          { parent },
        )
      : undefined;
  const endpoint = new Endpoint(
    `${name}-endpoint`,
    {
      platform: args.platform,
      model: name,
      ...(image === undefined ? {} : { image: image.uri }),
      ...modelData,
      ...(args.modelPackage === undefined ? {} : { modelPackageName: args.modelPackage.name }),
      executionRoleArn: servingRole?.arn ?? args.executionRoleArn ?? "",
      environment: { ...code.environment, ...args.environment },
      realtime: args.realtime,
      serverless: args.serverless,
      async: args.async,
      alarms: args.alarms,
      retain: args.retain,
      tags,
    },
    { parent },
  );
  return { servingRole, endpoint };
}

function createApi(
  parent: ModelService,
  name: string,
  args: ModelServiceArgs,
  platform: PlatformValues,
  endpointName: pulumi.Input<string>,
  tags: Tags,
): InferenceApi | undefined {
  if (args.api === undefined) {
    return undefined;
  }
  const { input, output, failure } = args.async === undefined ? {} : asyncLocations(args.async, platform, name);
  const places = args.async === undefined ? {} : { inputLocation: input, outputLocation: output, failureLocation: failure };
  return new InferenceApi(
    `${name}-api`,
    { ...args.api, ...places, platform: args.platform, model: name, endpointName, serving: servingSpec(args).kind, tags },
    { parent },
  );
}

/** Objects that a version serves, and so stay as long as it may. The files of training channels are none of them. */
function isServedData(model: string): (type: string, name: string) => boolean {
  return (type, name) => type === "aws:s3/bucketObjectv2:BucketObjectv2" && !name.startsWith(`${model}-training`);
}

function below(location: pulumi.Output<string> | undefined): pulumi.Output<string>[] {
  return location === undefined ? [] : [pulumi.interpolate`${location}/`];
}
