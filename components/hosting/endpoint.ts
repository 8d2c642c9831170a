import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { anything, type Checks, checkArguments, environmentName, modelName, object, required, settings, text } from "../arguments";
import { awsAccess } from "../aws/access";
import { awsClients } from "../aws/clients";
import { systemClock } from "../aws/polling";
import { childOf, componentType, keepNodes, nodesOf } from "../component";
import { GateError } from "../errors/gate-error";
import { Problems } from "../errors/problems";
import { endpointArn } from "../iam/arns";
import { type PlatformExports, type PlatformValues, platformCheck, platformValues } from "../platform/platform-exports";
import { asyncInferenceConfig } from "./async-inference";
import { type AsyncArgs, asyncChecks, asyncExclusions } from "./async-spec";
import { modelDataPrefix, modelPackageName } from "./content-rules";
import { createConfiguration } from "./endpoint-configuration";
import { explainOnError } from "./endpoint-failure";
import { lastChange, proveEndpoint } from "./endpoint-gate";
import { endpointNameOf } from "./endpoint-name";
import type { EndpointScaling } from "./endpoint-scaling";
import { type RealtimeArgs, realtimeChecks, realtimeExclusions, variantName } from "./endpoint-spec";
import { endpointContent, type ModelContent, primaryContainer } from "./model-content";
import { deploymentOf } from "./rollout";
import { ScalingPause } from "./scaling-pause";
import { checkServed } from "./served-rules";
import { type ServerlessArgs, serverlessChecks, serverlessExclusions } from "./serverless-spec";
import { checkServing, instanceTypes, type ServingSpec, servingSpec } from "./serving";
import { variantModels } from "./variant-models";
import { createScaling } from "./variant-scaling";
import { networkOf, vpcConfig } from "./vpc-config";

export interface EndpointArgs {
  platform: pulumi.Input<PlatformExports>;
  /** Name of the model; the endpoint is named `<platform>-<model>`, with `--2`, `--3`, … after it when an endpoint of that name has failed for good or was of another kind. */
  model: string;
  /** Image by digest. Give this or `modelPackageName`. */
  image?: pulumi.Input<string>;
  /** ARN of the execution role. */
  executionRoleArn: pulumi.Input<string>;
  /** S3 URI of `model.tar.gz`; left out when the image holds the model. */
  modelDataUrl?: pulumi.Input<string>;
  /** In its place, S3 prefix (`s3://<bucket>/<prefix>/`) whose objects are the model as they are: for large models, which take long to unpack. Not with `serverless`. */
  modelDataPrefix?: pulumi.Input<string>;
  /** Model package that has image and model data: its ARN, or `<group>/<version>` of one in the platform's account and region. */
  modelPackageName?: pulumi.Input<string>;
  /** Environment of the container. At most 100 entries. Not for secrets. */
  environment?: { [name: string]: pulumi.Input<string> };
  /** Serve from instances that are always there. Give this, `serverless` or `async`. */
  realtime?: RealtimeArgs;
  /** Serve from containers that come with the requests. Give this, `realtime` or `async`. */
  serverless?: ServerlessArgs;
  /** Serve through a queue and S3. Give this, `realtime` or `serverless`. Topics for its notifications must be given here. */
  async?: AsyncArgs;
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

export const endpointChecks: Checks<EndpointArgs> = {
  platform: platformCheck,
  model: required(text(modelName)),
  image: text({ max: 255 }),
  executionRoleArn: required(text()),
  modelDataUrl: text({ max: 1024 }),
  modelDataPrefix,
  modelPackageName,
  environment: settings(text({ max: 1024 }), { max: 100, key: environmentName }),
  realtime: object(realtimeChecks, realtimeExclusions),
  serverless: object(serverlessChecks, serverlessExclusions),
  async: object(asyncChecks, asyncExclusions),
  tags: anything,
};

export interface EndpointNodes {
  readonly model: aws.sagemaker.Model;
  /** What each variant serves, by its name; that of the main variant is `model`. */
  readonly models: Readonly<Record<string, aws.sagemaker.Model>>;
  readonly configuration: aws.sagemaker.EndpointConfiguration;
  readonly endpoint: aws.sagemaker.Endpoint;
  /** Of the main variant; undefined when that is not scaled. */
  readonly scaling: EndpointScaling | undefined;
  /** Of each variant that is scaled, by its name. */
  readonly scalings: Readonly<Record<string, EndpointScaling>>;
}

/**
 * A SageMaker endpoint that serves one model. Model and configuration get a new name with every change and are made before the old ones go; the endpoint
 * keeps its name and moves over, unless it becomes one of another kind, which AWS has no update for. The deployment goes on only when the endpoint is proven to serve with the new configuration.
 */
export class Endpoint extends pulumi.ComponentResource {
  /** Name of the endpoint; known once it serves with the wanted configuration. */
  declare readonly endpointName: pulumi.Output<string>;
  declare readonly arn: pulumi.Output<string>;
  /** Name of the configuration it serves with. */
  declare readonly configurationName: pulumi.Output<string>;

  constructor(name: string, args: EndpointArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(endpointChecks, args, "", problems);
    if (typeof args === "object" && args !== null) {
      checkServing(args, problems);
      checkServed(args, problems);
    }
    problems.throwIfAny("Endpoint", name);
    super(componentType("Endpoint"), name, {}, opts);
    const spec = servingSpec(args);
    const rollout = spec.kind === "serverless" ? undefined : spec.rollout;
    const platform = platformValues(args.platform);
    const content = endpointContent(args, platform);
    const model = createModel(this, name, args, content, spec, platform);
    const models = variantModels(this, name, spec, model, {
      ...args,
      content,
      enableNetworkIsolation: isIsolated(spec),
      vpcConfig: networkOf(name, spec.kind, platform),
    });
    const endpointName = endpointNameOf(this, name, args.model, spec.kind, platform, rollout?.alarms);
    const asynchronous = args.async === undefined ? undefined : asyncInferenceConfig(args.async, platform, args.model);
    const configuration = createConfiguration(
      { parent: this, name, modelName: args.model, platform, models, endpointName, asyncInferenceConfig: asynchronous, tags: args.tags },
      spec,
    );
    const { endpoint, servingName } = createEndpoint(this, name, args, spec, platform, configuration, endpointName);
    const scalings = createScaling(this, name, args, spec, servingName, args.tags);
    keepNodes(this, { model, models, configuration, endpoint, scaling: scalings[variantName], scalings });
    this.endpointName = servingName;
    this.arn = pulumi
      .all([platform.partition, platform.region, platform.accountId, this.endpointName])
      .apply(([partition, region, accountId, endpointName]) => endpointArn({ partition, region, accountId }, endpointName));
    this.configurationName = configuration.name;
    this.registerOutputs({ endpointName: this.endpointName, arn: this.arn, configurationName: this.configurationName });
  }

  get nodes(): EndpointNodes {
    return nodesOf(this);
  }
}

function isIsolated(spec: ServingSpec): boolean {
  return spec.kind === "serverless" ? false : spec.networkIsolation;
}

function createModel(
  parent: Endpoint,
  name: string,
  args: EndpointArgs,
  content: ModelContent,
  spec: ServingSpec,
  platform: PlatformValues,
): aws.sagemaker.Model {
  return new aws.sagemaker.Model(
    `${name}-model`,
    {
      executionRoleArn: args.executionRoleArn,
      primaryContainer: primaryContainer(content),
      enableNetworkIsolation: spec.kind === "serverless" ? false : spec.networkIsolation,
      vpcConfig: pulumi
        .all([platform.subnetIds, platform.securityGroupIds])
        .apply(([subnets, securityGroupIds]) => vpcConfig(name, spec.kind, subnets, securityGroupIds)),
      tags: args.tags,
    },
    childOf(parent),
  );
}

function createEndpoint(
  parent: Endpoint,
  name: string,
  args: EndpointArgs,
  spec: ServingSpec,
  platform: PlatformValues,
  configuration: aws.sagemaker.EndpointConfiguration,
  endpointName: pulumi.Output<string>,
): { readonly endpoint: aws.sagemaker.Endpoint; readonly servingName: pulumi.Output<string> } {
  const access = awsAccess(platform);
  const pause = new ScalingPause();
  const failure = explainOnError(name, parent, access, pause);
  const changedBefore = changeBefore(endpointName, platform);
  const endpointConfigName = pulumi
    .all([configuration.name, endpointName, access, changedBefore, failure.settled])
    .apply(async ([configName, itsName, where]) => {
      if (!pulumi.runtime.isDryRun() && spec.kind !== "serverless") {
        await pause.begin(itsName, instanceTypes(spec), await awsClients(where));
      }
      return configName;
    });
  const deployment = deploymentOf(spec);
  const endpoint = new aws.sagemaker.Endpoint(
    name,
    { name: endpointName, endpointConfigName, ...deployment.members, tags: args.tags },
    childOf(parent, {
      // The provider deletes a resource first when its program names it, even under another name; this one makes way for a new name only, and serves till then.
      deleteBeforeReplace: false,
      customTimeouts: { create: "60m", update: deployment.timeout, delete: "30m" },
      transformations: [failure.transformation],
    }),
  );
  return { endpoint, servingName: prove(endpoint, configuration, changedBefore, platform, pause) };
}

/** Asked before the endpoint is touched. Previews do not ask. */
function changeBefore(endpointName: pulumi.Output<string>, platform: PlatformValues): pulumi.Output<string | undefined> {
  return pulumi
    .all([endpointName, awsAccess(platform)])
    .apply(async ([name, access]) => (pulumi.runtime.isDryRun() ? undefined : await lastChange(name, await awsClients(access))));
}

/** The endpoint's name, once it serves with the wanted configuration. */
function prove(
  endpoint: aws.sagemaker.Endpoint,
  configuration: aws.sagemaker.EndpointConfiguration,
  changed: pulumi.Output<string | undefined>,
  platform: PlatformValues,
  pause: ScalingPause,
): pulumi.Output<string> {
  return pulumi
    .all([endpoint.name, endpoint.arn, configuration.name, changed, awsAccess(platform)])
    .apply(async ([endpointName, , configName, changedBefore, access]) => {
      if (pulumi.runtime.isDryRun()) {
        return endpointName;
      }
      const tell = (line: string) => void pulumi.log.info(line, endpoint);
      const clients = await awsClients(access);
      const failure = await proveEndpoint({ endpointName, configName, changedBefore }, clients, tell, systemClock);
      if (failure !== undefined) {
        const note = await pause.undo(clients);
        throw new GateError(note === undefined ? failure : `${failure}\n${note}`, endpoint);
      }
      return endpointName;
    });
}
