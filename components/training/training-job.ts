import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { anything, type Checks, checkArguments, modelName, required, text } from "../arguments";
import { shortEnough } from "../arguments/later-settings";
import { awsAccess, unlessUnseen } from "../aws/access";
import { type AwsAccess, awsClients } from "../aws/clients";
import { systemClock } from "../aws/polling";
import { childOf, componentType, keepNodes, nodesOf } from "../component";
import { GateError } from "../errors/gate-error";
import { Problems } from "../errors/problems";
import { type PlatformExports, type PlatformValues, platformCheck, platformValues } from "../platform/platform-exports";
import { hashValue } from "../storage/content-hash";
import { chooseAttempt, describeStatus } from "./attempt";
import { type UploadedChannel, uploadChannels } from "./channels";
import { jobArguments } from "./job-arguments";
import { recordedTrainingJobs } from "./stack-state";
import { awaitTraining } from "./training-gate";
import { checkTrainingRules, type TrainingArgs, type TrainingSpec, trainingChecks, trainingSpec } from "./training-spec";

export interface TrainingJobArgs extends TrainingArgs {
  platform: pulumi.Input<PlatformExports>;
  /** Name of the model; the job is named `<model>-<hash of everything that decides the result>-<attempt>`. */
  model: string;
  /** Image by digest. */
  image: pulumi.Input<string>;
  /** ARN of the execution role. */
  executionRoleArn: pulumi.Input<string>;
  /** S3 prefix for the output, without a slash at the end. Default: `s3://<platform bucket>/training/<model>`. */
  outputPath?: pulumi.Input<string>;
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

export const trainingJobChecks: Checks<TrainingJobArgs> = {
  ...trainingChecks,
  platform: platformCheck,
  model: required(text(modelName)),
  image: required(text({ max: 255 })),
  executionRoleArn: required(text()),
  outputPath: text({ pattern: /^s3:\/\/[^/]+(\/.*)?[^/]$/, allowed: "s3://<bucket>/<prefix> without a slash at the end" }),
  tags: anything,
};

export interface TrainingJobNodes {
  readonly job: aws.sagemaker.TrainingJob;
  readonly channelFiles: readonly aws.s3.BucketObjectv2[];
}

/**
 * A training job that has run to its end when the deployment goes on. Its name is made from the hash of its image, data, hyperparameters and settings:
 * an unchanged job is not run again, a changed one is a new job. A job that failed does not block: the next `up` makes the next attempt.
 * Old jobs are kept on AWS, they are the lineage of models in use.
 */
export class TrainingJob extends pulumi.ComponentResource {
  declare readonly jobName: pulumi.Output<string>;
  /** ARN of the job. */
  declare readonly arn: pulumi.Output<string>;
  /** S3 URI of `model.tar.gz`; known once the job has completed. */
  declare readonly modelDataUrl: pulumi.Output<string>;

  constructor(name: string, args: TrainingJobArgs, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(trainingJobChecks, args, "", problems);
    if (problems.faults.length === 0) {
      checkTrainingRules(args, "", problems);
    }
    problems.throwIfAny("TrainingJob", name);
    super(componentType("TrainingJob"), name, {}, opts);
    const spec = trainingSpec(args);
    const platform = platformValues(args.platform);
    const outputPath = pulumi.output(args.outputPath ?? pulumi.interpolate`s3://${platform.bucketName}/training/${args.model}`);
    const channels = uploadChannels(this, name, spec.channels, {
      bucketName: platform.bucketName,
      prefix: `channels/${args.model}`,
      tags: args.tags,
    });
    const job = createJob(this, name, args, spec, platform, outputPath, channels);
    keepNodes(this, { job, channelFiles: channels.flatMap((channel) => channel.files) });
    this.jobName = job.trainingJobName;
    this.arn = job.arn;
    this.modelDataUrl = gate(job, platform, outputPath);
    this.registerOutputs({ jobName: this.jobName, arn: this.arn, modelDataUrl: this.modelDataUrl });
  }

  get nodes(): TrainingJobNodes {
    return nodesOf(this);
  }
}

function createJob(
  parent: TrainingJob,
  name: string,
  args: TrainingJobArgs,
  spec: TrainingSpec,
  platform: PlatformValues,
  outputPath: pulumi.Output<string>,
  channels: readonly UploadedChannel[],
): aws.sagemaker.TrainingJob {
  const settings = pulumi
    .output({
      image: args.image,
      roleArn: args.executionRoleArn,
      outputPath,
      channels: channels.map(({ name: channelName, uri }) => ({ name: channelName, uri })),
      hyperparameters: shortEnough(spec.hyperparameters, { component: "TrainingJob", name, path: "hyperparameters", max: 2500 }),
      environment: shortEnough(spec.environment, { component: "TrainingJob", name, path: "environment", max: 512 }),
      kmsKeyArn: platform.kmsKeyArn,
      subnetIds: platform.subnetIds,
      securityGroupIds: platform.securityGroupIds,
    })
    .apply((known) => jobArguments(spec, known));
  const access = awsAccess(platform);
  // AWS shows the name to whoever may list jobs. Marked secret, as a stack secret in the environment would have it, it would hide all that the model tells its clients.
  const jobName = pulumi.unsecret(pulumi.all([settings, access]).apply(([known, where]) => nameOfJob(args.model, known, where)));
  return new aws.sagemaker.TrainingJob(
    name,
    {
      trainingJobName: jobName,
      algorithmSpecification: settings.algorithmSpecification,
      roleArn: settings.roleArn,
      inputDataConfigs: settings.inputDataConfigs,
      outputDataConfig: settings.outputDataConfig,
      resourceConfig: settings.resourceConfig,
      stoppingCondition: settings.stoppingCondition,
      enableManagedSpotTraining: spec.spot,
      enableNetworkIsolation: spec.networkIsolation,
      enableInterContainerTrafficEncryption: spec.instanceCount > 1,
      hyperParameters: settings.hyperParameters,
      environment: settings.environment,
      vpcConfig: settings.apply((known) => known.vpcConfig),
      tags: args.tags,
    },
    // The gate waits for the job, the provider only until it has started.
    childOf(parent, { retainOnDelete: true, customTimeouts: { create: "30m" }, dependsOn: channels.flatMap((channel) => channel.files) }),
  );
}

/** `<model>-<10 hex digits of the content>-<attempt>`. A preview without credentials assumes the first attempt. */
async function nameOfJob(model: string, settings: object, access: AwsAccess): Promise<string> {
  const base = `${model}-${hashValue(settings).slice(0, 10)}`;
  const chosen = await unlessUnseen(async () => {
    const [{ sagemaker }, recorded] = await Promise.all([awsClients(access), recordedTrainingJobs()]);
    return chooseAttempt(
      base,
      describeStatus(sagemaker, systemClock.sleep),
      recorded === undefined ? undefined : (name) => recorded.has(name),
    );
  });
  return chosen ?? `${base}-1`;
}

function gate(job: aws.sagemaker.TrainingJob, platform: PlatformValues, outputPath: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.all([job.trainingJobName, job.arn, awsAccess(platform), outputPath]).apply(async ([jobName, , access, path]) => {
    const expected = `${path}/${jobName}/output/model.tar.gz`;
    if (pulumi.runtime.isDryRun()) {
      return expected;
    }
    const end = await awaitTraining(jobName, await awsClients(access), (line) => void pulumi.log.info(line, job), systemClock);
    if (end.kind === "failed") {
      throw new GateError(end.message, job);
    }
    return end.modelDataUrl ?? expected;
  });
}
