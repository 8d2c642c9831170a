import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { anything, type Checks, checkArguments, environmentName, map, modelName, object, required, text } from "../arguments";
import { awsAccess, unlessUnseen } from "../aws/access";
import { type AwsAccess, awsClients } from "../aws/clients";
import { systemClock } from "../aws/polling";
import { childOf, componentType, keepNodes, nodesOf } from "../component";
import { GateError } from "../errors/gate-error";
import { Problems } from "../errors/problems";
import { endpointArn } from "../iam/arns";
import { hasLocalStorage } from "../instance-storage";
import { type PlatformExports, type PlatformValues, platformCheck, platformValues } from "../platform/platform-exports";
import { recordedChild } from "../recorded-state";
import { explainOnError } from "./endpoint-failure";
import { describeEndpoint, lastChange, proveEndpoint } from "./endpoint-gate";
import { endpointNameOf } from "./endpoint-name";
import { EndpointScaling } from "./endpoint-scaling";
import { checkRealtimeRules, type RealtimeArgs, type RealtimeSpec, realtimeChecks, realtimeSpec, variantName } from "./endpoint-spec";
import { initialCount } from "./instance-count";
import { ScalingPause } from "./scaling-pause";

export interface EndpointArgs {
  platform: pulumi.Input<PlatformExports>;
  /** Name of the model; the endpoint is named `<platform>-<model>`, with `--2`, `--3`, … after it when an endpoint of that name has failed for good. */
  model: string;
  /** Image by digest. */
  image: pulumi.Input<string>;
  /** ARN of the execution role. */
  executionRoleArn: pulumi.Input<string>;
  /** S3 URI of `model.tar.gz`; left out when the image holds the model. */
  modelDataUrl?: pulumi.Input<string>;
  /** Environment of the container. At most 100 entries. Not for secrets. */
  environment?: { [name: string]: pulumi.Input<string> };
  realtime: RealtimeArgs;
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

export const endpointChecks: Checks<EndpointArgs> = {
  platform: platformCheck,
  model: required(text(modelName)),
  image: required(text({ max: 255 })),
  executionRoleArn: required(text()),
  modelDataUrl: text({ max: 1024 }),
  environment: map(text({ max: 1024 }), { max: 100, key: environmentName }),
  realtime: required(object(realtimeChecks)),
  tags: anything,
};

export interface EndpointNodes {
  readonly model: aws.sagemaker.Model;
  readonly configuration: aws.sagemaker.EndpointConfiguration;
  readonly endpoint: aws.sagemaker.Endpoint;
  /** Undefined when the number of instances is fixed. */
  readonly scaling: EndpointScaling | undefined;
}

/**
 * A SageMaker endpoint that serves one model. Model and configuration get a new name with every change and are made before the old ones go; the endpoint
 * keeps its name and moves over. The deployment goes on only when the endpoint is proven to serve with the new configuration.
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
    if (problems.faults.length === 0) {
      checkRealtimeRules(args.realtime, "realtime", problems);
    }
    problems.throwIfAny("Endpoint", name);
    super(componentType("Endpoint"), name, {}, opts);
    const spec = realtimeSpec(args.realtime);
    const platform = platformValues(args.platform);
    const model = createModel(this, name, args, spec, platform);
    const endpointName = endpointNameOf(this, name, args.model, platform);
    const configuration = createConfiguration(this, name, args, spec, platform, model, endpointName);
    const { endpoint, servingName } = createEndpoint(this, name, args, platform, configuration, endpointName);
    const scaling = createScaling(this, name, args.realtime, spec, servingName);
    keepNodes(this, { model, configuration, endpoint, scaling });
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

function createModel(
  parent: Endpoint,
  name: string,
  args: EndpointArgs,
  spec: RealtimeSpec,
  platform: PlatformValues,
): aws.sagemaker.Model {
  return new aws.sagemaker.Model(
    `${name}-model`,
    {
      executionRoleArn: args.executionRoleArn,
      primaryContainer: { image: args.image, modelDataUrl: args.modelDataUrl, environment: args.environment },
      enableNetworkIsolation: spec.networkIsolation,
      vpcConfig: pulumi
        .all([platform.subnetIds, platform.securityGroupIds])
        .apply(([subnets, securityGroupIds]) =>
          subnets === undefined ? undefined : { subnets, securityGroupIds: securityGroupIds ?? [] },
        ),
      tags: args.tags,
    },
    childOf(parent),
  );
}

function createConfiguration(
  parent: Endpoint,
  name: string,
  args: EndpointArgs,
  spec: RealtimeSpec,
  platform: PlatformValues,
  model: aws.sagemaker.Model,
  endpointName: pulumi.Output<string>,
): aws.sagemaker.EndpointConfiguration {
  const recorded = recordedChild(`${name}-config`, "aws:sagemaker/endpointConfiguration:EndpointConfiguration", parent);
  const initialInstanceCount = pulumi
    .all([model.name, recorded, endpointName, awsAccess(platform)])
    .apply(([modelName, known, itsName, access]) =>
      initialCount({ ...spec, modelName, recorded: known, live: () => unlessUnseen(() => liveCount(itsName, access)) }),
    );
  return new aws.sagemaker.EndpointConfiguration(
    `${name}-config`,
    {
      productionVariants: [
        {
          variantName,
          modelName: model.name,
          instanceType: spec.instanceType,
          initialInstanceCount: spec.maxInstances > spec.minInstances ? initialInstanceCount : spec.minInstances,
          // Fractional weights never compare equal to what AWS gives back, and would replace the configuration each time.
          initialVariantWeight: 1,
          volumeSizeInGb: spec.volumeSizeInGb,
          containerStartupHealthCheckTimeoutInSeconds: spec.startupTimeoutSeconds,
          modelDataDownloadTimeoutInSeconds: spec.downloadTimeoutSeconds,
          ...(spec.routing === undefined ? {} : { routingConfigs: [{ routingStrategy: spec.routing }] }),
        },
      ],
      ...(hasLocalStorage(spec.instanceType) ? {} : { kmsKeyArn: platform.kmsKeyArn }),
      tags: args.tags,
    },
    childOf(parent),
  );
}

function createEndpoint(
  parent: Endpoint,
  name: string,
  args: EndpointArgs,
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
      if (!pulumi.runtime.isDryRun()) {
        await pause.begin(itsName, args.realtime.instanceType, await awsClients(where));
      }
      return configName;
    });
  const endpoint = new aws.sagemaker.Endpoint(
    name,
    { name: endpointName, endpointConfigName, tags: args.tags },
    childOf(parent, {
      customTimeouts: { create: "60m", update: "60m", delete: "30m" },
      transformations: [failure.transformation],
    }),
  );
  return { endpoint, servingName: prove(endpoint, configuration, changedBefore, platform, pause) };
}

function createScaling(
  parent: Endpoint,
  name: string,
  { instanceType, instances = {} }: RealtimeArgs,
  spec: RealtimeSpec,
  servingName: pulumi.Output<string>,
): EndpointScaling | undefined {
  if (spec.maxInstances <= spec.minInstances) {
    return undefined;
  }
  return new EndpointScaling(`${name}-scaling`, { endpointName: servingName, instanceType, instances }, { parent });
}

/** How many instances the endpoint is meant to have now. */
async function liveCount(endpointName: string, access: AwsAccess): Promise<number | undefined> {
  const endpoint = await describeEndpoint(endpointName, await awsClients(access));
  return endpoint?.ProductionVariants?.find((variant) => variant.VariantName === variantName)?.DesiredInstanceCount;
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
