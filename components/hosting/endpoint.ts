import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { anything, type Checks, checkArguments, count, environmentName, modelName, object, required, settings, text } from "../arguments";
import { childOf, componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";
import { endpointArn } from "../iam/arns";
import { InvokeGrant, type Invoker, roleNameOf } from "../iam/invoke-grant";
import { type PlatformExports, type PlatformValues, platformCheck, platformValues } from "../platform/platform-exports";
import { type AlarmsArgs, alarmPlans, alarmsChecks } from "./alarms-spec";
import { asyncInferenceConfig } from "./async-inference";
import { type AsyncArgs, asyncChecks, asyncExclusions } from "./async-spec";
import { calledEndpoint } from "./called-endpoint";
import { modelDataPrefix, modelPackageName } from "./content-rules";
import { createAlarms, type EndpointAlarms, guarded, guardNames } from "./endpoint-alarms";
import { createConfiguration } from "./endpoint-configuration";
import { endpointNameOf } from "./endpoint-name";
import type { EndpointScaling } from "./endpoint-scaling";
import { type RealtimeArgs, realtimeChecks, realtimeExclusions, variantName } from "./endpoint-spec";
import { createEndpoint } from "./endpoint-update";
import { endpointContent, type ModelContent, primaryContainer } from "./model-content";
import { checkServed } from "./served-rules";
import { type ServerlessArgs, serverlessChecks, serverlessExclusions } from "./serverless-spec";
import { checkServing, type ServingSpec, servingSpec } from "./serving";
import { variantModels } from "./variant-models";
import { createScaling } from "./variant-scaling";
import { keeping, recordedPast, retainedVersions } from "./versions";
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
  /** CloudWatch alarms. Default: those of its kind, with their default thresholds. */
  alarms?: AlarmsArgs;
  /** Earlier versions (configuration and models) that stay on AWS for `slipway rollback`. Range 0 to 20; default 3 on a production platform that is given as such, else 0. */
  retain?: number;
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
  alarms: object(alarmsChecks),
  retain: count(0, 20),
  tags: anything,
};

export interface EndpointNodes {
  readonly model: aws.sagemaker.Model;
  /** What each variant serves, by its name; that of the main variant is `model`. */
  readonly models: Readonly<Record<string, aws.sagemaker.Model>>;
  readonly configuration: aws.sagemaker.EndpointConfiguration;
  readonly endpoint: aws.sagemaker.Endpoint;
  /** By what they are of, such as `errors`, or `errors-b` of the variant b. */
  readonly alarms: EndpointAlarms;
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
  /** Names of the configurations that have served and are kept, the latest first; undefined when none but the last is kept. */
  declare readonly versions: pulumi.Output<string[] | undefined>;

  constructor(name: string, args: EndpointArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(endpointChecks, args, "", problems);
    if (typeof args === "object" && args !== null) {
      checkServing(args, problems);
      checkServed(args, problems);
    }
    problems.throwIfAny("Endpoint", name);
    const retain = retainedVersions(args.retain, args.platform);
    super(componentType("Endpoint"), name, {}, keeping(opts, retain));
    declared.set(this, args);
    const spec = servingSpec(args);
    const platform = platformValues(args.platform);
    const content = endpointContent(args, platform);
    const model = createModel(this, name, args, content, spec, platform);
    const models = variantModels(this, name, spec, model, {
      ...args,
      content,
      enableNetworkIsolation: isIsolated(spec),
      vpcConfig: networkOf(name, spec.kind, platform),
    });
    const guards = guardNames(args.alarms, spec, platform, args.model);
    const endpointName = endpointNameOf(this, name, args.model, spec.kind, platform, guards);
    const alarms = createAlarms({ ...args, parent: this, name, platform, endpointName }, spec);
    const asynchronous = args.async === undefined ? undefined : asyncInferenceConfig(args.async, platform, args.model);
    const configuration = createConfiguration(
      { parent: this, name, modelName: args.model, platform, models, endpointName, asyncInferenceConfig: asynchronous, tags: args.tags },
      spec,
    );
    const keep = { retain, past: recordedPast(this, name, opts?.parent) };
    const { endpoint, servingName, versions } = createEndpoint(
      { parent: this, name, model: args.model, platform, configuration, endpointName, keep, tags: args.tags },
      guarded(spec, alarms, alarmPlans(args.alarms, spec)),
    );
    const scalings = createScaling(this, name, args, spec, servingName, args.tags);
    keepNodes(this, { model, models, configuration, endpoint, alarms, scaling: scalings[variantName], scalings });
    this.endpointName = servingName;
    this.arn = pulumi
      .all([platform.partition, platform.region, platform.accountId, this.endpointName])
      .apply(([partition, region, accountId, endpointName]) => endpointArn({ partition, region, accountId }, endpointName));
    this.configurationName = configuration.name;
    this.versions = versions;
    this.registerOutputs({
      endpointName: this.endpointName,
      arn: this.arn,
      configurationName: this.configurationName,
      ...(retain === 0 ? {} : { versions }),
    });
  }

  get nodes(): EndpointNodes {
    return nodesOf(this);
  }

  /** Lets a role call this endpoint and no other; `name` is the grant's, as any resource has one. */
  grantInvoke(name: string, role: Invoker): InvokeGrant {
    const args = declared.get(this) as EndpointArgs;
    return new InvokeGrant(
      name,
      { platform: args.platform, model: calledEndpoint(this, args), roleName: roleNameOf(role) },
      { parent: this },
    );
  }
}

/** Kept outside the class, as the children are. */
const declared = new WeakMap<Endpoint, EndpointArgs>();

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
      primaryContainer: primaryContainer(content, name),
      enableNetworkIsolation: spec.kind === "serverless" ? false : spec.networkIsolation,
      vpcConfig: pulumi
        .all([platform.subnetIds, platform.securityGroupIds])
        .apply(([subnets, securityGroupIds]) => vpcConfig(name, spec.kind, subnets, securityGroupIds)),
      tags: args.tags,
    },
    childOf(parent),
  );
}
