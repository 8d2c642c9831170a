import { join } from "node:path";
import type { Channel } from "@aws-sdk/client-sagemaker";
import { platformEnvironment } from "../containers/container-environment";
import type { Container, ContainerExit, ContainerNetwork } from "../containers/container-runner";
import { memoryOf } from "../containers/instance-memory";
import { CodeRequirementsError } from "../containers/python-environments";
import type { TrainingJobRecord } from "../control-plane/records";
import type { LocalImage } from "../images/image-store";
import { type SubmittedCode, SubmittedCodeError, submitTrainingCode } from "../images/prebuilt/submitted-code";
import { hostPath, processArgument } from "../jobs/container-paths";
import { FolderSync } from "../jobs/folder-sync";
import { downloadObjects, objectsOf, shardOf } from "../jobs/job-data";
import { JobFailure, storageFailure } from "../jobs/job-failure";
import type { ContainerLog } from "../logs/container-log";
import { type ChannelPart, checkChannel, inputMode, partFor } from "./channels";
import { type HostPlace, prepareJobFolder, readFailure } from "./job-folder";
import type { MetricCollector } from "./metric-collector";
import { PipeContent } from "./pipe-content";
import { PipeFeeder } from "./pipe-feeder";
import type { TrainingServices } from "./training-run";

/** One host of a training job during one attempt: its folder, its data, its container and its log stream. */
export interface InstanceOptions {
  readonly job: TrainingJobRecord;
  readonly region: string;
  /** The folder that stands for `/opt/ml`. */
  readonly folder: string;
  readonly place: HostPlace;
  readonly network: ContainerNetwork | undefined;
  /** When the attempt began, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly metrics: MetricCollector;
  readonly signal: AbortSignal;
}

export class TrainingInstance {
  readonly name: string;
  readonly log: ContainerLog;
  private readonly checkpoints: FolderSync | undefined;
  private readonly feeders: PipeFeeder[] = [];
  private readonly feeding = new AbortController();
  private fed: Promise<void>[] = [];
  private container: Container | undefined;
  private code: SubmittedCode | undefined;

  constructor(
    private readonly options: InstanceOptions,
    private readonly services: TrainingServices,
  ) {
    const { job, region, place, metrics, startedAt, folder } = options;
    this.name = place.host.name;
    this.log = services.logs.open({
      file: job.name,
      region,
      group: "/aws/sagemaker/TrainingJobs",
      stream: `${job.name}/${this.name}-${Math.floor(startedAt / 1_000)}`,
      onLine: (line) => metrics.onLine(line, this.name),
    });
    const checkpoints = job.request.CheckpointConfig;
    if (checkpoints?.S3Uri !== undefined) {
      const path = hostPath(folder, checkpoints.LocalPath ?? "/opt/ml/checkpoints", "CheckpointConfig.LocalPath");
      this.checkpoints = new FolderSync("Checkpoints", checkpoints.S3Uri, path, services.storage, (line) => this.log.write(line));
    }
  }

  get folder(): string {
    return this.options.folder;
  }

  /** Makes the folder with everything the container finds when it starts. */
  async prepare(image: LocalImage): Promise<void> {
    const { job, place, signal } = this.options;
    const code = await this.submitCode(image);
    this.code = code;
    await prepareJobFolder(this.folder, { ...job.request, HyperParameters: { ...code.hyperparameters } }, place);
    await this.checkpoints?.restore(signal);
    for (const channel of job.request.InputDataConfig ?? []) {
      const part = partFor(channel, place.host, place.hosts);
      if (part !== undefined) {
        await this.prepareChannel(channel, part);
      }
    }
  }

  /** Starts the container. `onFault` is told when its data can no longer be read. */
  async start(image: LocalImage, onFault: (error: unknown) => void): Promise<void> {
    const { job, region, folder, network } = this.options;
    const { request, name, arn } = job;
    const { runner, endpointUrl } = this.services;
    const { ContainerEntrypoint: entrypoint, ContainerArguments: given = [] } = request.AlgorithmSpecification ?? {};
    const rewrite = (argument: string) => (runner.kind === "process" ? processArgument(folder, argument) : argument);
    const running = runner.run({
      name: this.options.place.hosts.length === 1 ? name : `${name}-${this.name}`,
      image,
      command: "train",
      baseDir: folder,
      environment: {
        ...platformEnvironment({ region, endpointUrl }),
        TRAINING_JOB_NAME: name,
        TRAINING_JOB_ARN: arn,
        ...network?.environment,
        ...request.Environment,
        ...this.code?.environment,
      },
      codeRequirements: this.code?.codeRequirements ?? [],
      ...memoryOf(this.options.place.host.instanceType),
      networkIsolation: request.EnableNetworkIsolation ?? false,
      ...(entrypoint === undefined ? {} : { commandLine: [...entrypoint, ...given].map(rewrite) }),
      ...(network === undefined || network.id === "" ? {} : { network: { id: network.id, alias: this.name } }),
      onLine: this.log.write,
    });
    this.container = await running.catch(blameCode);
    this.checkpoints?.start();
    this.fed = this.feeders.map((feeder) =>
      feeder.run(this.feeding.signal).catch((error: unknown) => onFault(storageFailure("Data download failed", error))),
    );
  }

  /** Resolves when the container has ended; its pipes are closed by then, and its checkpoints stored. */
  async ended(): Promise<ContainerExit> {
    const exit = (await this.container?.exited) ?? { code: 0 };
    this.feeding.abort();
    await Promise.all(this.fed);
    return exit;
  }

  /** Stores what the container left in its checkpoint folder. */
  async storeCheckpoints(): Promise<void> {
    await this.checkpoints?.finish();
  }

  async stop(graceSeconds: number): Promise<void> {
    await this.container?.stop(graceSeconds);
  }

  failure(): Promise<string> {
    return readFailure(this.folder);
  }

  /** Whoever sees the job ended may read its log at once. */
  close(): Promise<void> {
    return this.log.close();
  }

  private submitCode(image: LocalImage): Promise<SubmittedCode> {
    const { job, folder, signal } = this.options;
    const { storage, runner } = this.services;
    const { Environment: environment = {}, HyperParameters: hyperparameters = {} } = job.request;
    const place = { image, baseDir: folder, runner: runner.kind, environment, storage, signal };
    return submitTrainingCode(place, hyperparameters).catch(blameCode);
  }

  private async prepareChannel(channel: Channel, part: ChannelPart): Promise<void> {
    const { job, region, signal } = this.options;
    const { storage } = this.services;
    const target = join(this.folder, "input", "data", channel.ChannelName ?? "");
    checkChannel(channel);
    try {
      if (inputMode(channel, job.request) === "Pipe") {
        const spool = join(this.folder, "input", `.${channel.ChannelName}.unpacked`);
        const feeder = new PipeFeeder(
          target,
          await PipeContent.open({ channel, part, storage, region, spool, signal: this.feeding.signal }),
        );
        await feeder.prepare();
        this.feeders.push(feeder);
        return;
      }
      const objects = await objectsOf(channel.DataSource?.S3DataSource ?? {}, storage, region, signal);
      await downloadObjects(shardOf(objects, part.index, part.count), target, storage, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw storageFailure("Data download failed", error);
    }
  }
}

/** What is wrong with the job's own code is the fault of the job, not of the platform. */
function blameCode(error: unknown): never {
  throw error instanceof SubmittedCodeError || error instanceof CodeRequirementsError
    ? new JobFailure(`AlgorithmError: ${error.message}`)
    : error;
}
