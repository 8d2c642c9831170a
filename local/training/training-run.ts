import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Channel, SecondaryStatus, TrainingJobStatus } from "@aws-sdk/client-sagemaker";
import { packFolder } from "../archive/pack-folder";
import { platformEnvironment } from "../containers/container-environment";
import type { Container, ContainerExit, ContainerRunner } from "../containers/container-runner";
import type { FinalMetric, TrainingJobRecord } from "../control-plane/records";
import type { ImageStore } from "../images/image-store";
import type { ContainerLog } from "../logs/container-log";
import type { LogFactory } from "../logs/log-factory";
import type { ObjectStorage } from "../storage/object-storage";
import { prepareJobFolder, readFailure } from "./job-folder";
import { MetricCollector } from "./metric-collector";

/** Seconds between SIGTERM and SIGKILL when a job is stopped. */
const stopGraceSeconds = 120;

export interface TrainingServices {
  readonly runner: ContainerRunner;
  readonly images: ImageStore;
  readonly storage: ObjectStorage;
  readonly logs: LogFactory;
  readonly endpointUrl: string;
}

/** What a run reports while it goes on. */
export interface TrainingProgress {
  enter(status: SecondaryStatus, message: string): Promise<void>;
}

/** How a run ended. */
export interface TrainingResult {
  readonly status: TrainingJobStatus;
  readonly secondaryStatus: SecondaryStatus;
  readonly message: string;
  readonly failureReason?: string;
  readonly modelArtifacts?: string;
  readonly finalMetrics: readonly FinalMetric[];
}

/** A failure whose reason is told to the caller as it stands; AWS starts it with the kind of error. */
class TrainingFailure extends Error {}

/** One training job from its folder to its artifacts. */
export class TrainingRun {
  private readonly stopping = new AbortController();
  private readonly metrics: MetricCollector;
  private container: Container | undefined;
  private runtimeExceeded = false;

  constructor(
    private readonly job: TrainingJobRecord,
    private readonly region: string,
    private readonly folder: string,
    private readonly services: TrainingServices,
    private readonly progress: TrainingProgress,
  ) {
    this.metrics = new MetricCollector(job.request.AlgorithmSpecification?.MetricDefinitions);
  }

  /** Ends the job early: SIGTERM to a container that runs, no further step when none does. */
  stop(graceSeconds: number = stopGraceSeconds): void {
    this.stopping.abort();
    void this.container?.stop(graceSeconds);
  }

  async execute(): Promise<TrainingResult> {
    const { job, services } = this;
    const log = services.logs.open({
      file: job.name,
      region: this.region,
      group: "/aws/sagemaker/TrainingJobs",
      stream: `${job.name}/algo-1-${Math.floor(job.createdAt / 1_000)}`,
      onLine: this.metrics.onLine,
    });
    try {
      return await this.steps(log);
    } catch (error) {
      if (this.stopping.signal.aborted) {
        return this.stopped();
      }
      const message = error instanceof Error ? error.message : String(error);
      log.write(message);
      const failureReason = error instanceof TrainingFailure ? message : `InternalServerError: ${message}`;
      return this.ended("Failed", "Failed", "Training job failed", { failureReason });
    } finally {
      // Whoever sees the job ended may read its log at once.
      await log.close();
      // What cannot be removed now is removed when the daemon starts; the job's end must be recorded either way.
      await rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  private async steps(log: ContainerLog): Promise<TrainingResult> {
    const { request } = this.job;
    const image = this.services.images.resolve(request.AlgorithmSpecification?.TrainingImage ?? "");
    if (image === undefined) {
      throw new TrainingFailure(
        `ClientError: Cannot pull the training image ${request.AlgorithmSpecification?.TrainingImage}: it was not built on this machine.`,
      );
    }
    if ((request.ResourceConfig?.InstanceCount ?? 1) > 1) {
      throw new TrainingFailure("ClientError: The local endpoint trains on one instance; set InstanceCount to 1.");
    }
    await rm(this.folder, { recursive: true, force: true });
    await prepareJobFolder(this.folder, request);
    if ((request.InputDataConfig ?? []).length > 0) {
      await this.progress.enter("Downloading", "Downloading input data");
      for (const channel of request.InputDataConfig ?? []) {
        await this.download(channel);
      }
    }
    this.stopping.signal.throwIfAborted();
    await this.progress.enter("Training", "Training image download completed. Training in progress.");
    const exit = await this.train(image, log);
    await log.flush();
    return this.finish(exit);
  }

  private async download(channel: Channel): Promise<void> {
    const source = channel.DataSource?.S3DataSource;
    const mode = channel.InputMode ?? this.job.request.AlgorithmSpecification?.TrainingInputMode ?? "File";
    if (source?.S3Uri === undefined || source.S3DataType !== "S3Prefix" || mode === "Pipe") {
      throw new TrainingFailure(
        `ClientError: Channel ${channel.ChannelName} cannot be read locally: the local endpoint serves S3Prefix data in File and FastFile mode.`,
      );
    }
    const target = join(this.folder, "input", "data", channel.ChannelName ?? "");
    const count = await this.services.storage.downloadPrefix(source.S3Uri, target, this.stopping.signal).catch((error: unknown) => {
      this.stopping.signal.throwIfAborted();
      throw new TrainingFailure(`ClientError: Data download failed: ${String(error)}`);
    });
    if (count === 0) {
      throw new TrainingFailure(
        `ClientError: Data download failed: No S3 objects found under S3 URL "${source.S3Uri}" given in input data source. ` +
          `Please ensure that the bucket exists in the selected region (${this.region}) and that objects exist under that S3 prefix.`,
      );
    }
  }

  private async train(image: Parameters<ContainerRunner["run"]>[0]["image"], log: ContainerLog): Promise<ContainerExit> {
    const { request, name, arn } = this.job;
    const { runner, endpointUrl } = this.services;
    const entrypoint = request.AlgorithmSpecification?.ContainerEntrypoint;
    this.container = await runner.run({
      name,
      image,
      command: "train",
      baseDir: this.folder,
      environment: {
        ...platformEnvironment({ region: this.region, endpointUrl }),
        TRAINING_JOB_NAME: name,
        TRAINING_JOB_ARN: arn,
        ...request.Environment,
      },
      ...(entrypoint === undefined ? {} : { commandLine: [...entrypoint, ...(request.AlgorithmSpecification?.ContainerArguments ?? [])] }),
      onLine: log.write,
    });
    if (this.stopping.signal.aborted) {
      void this.container.stop(stopGraceSeconds);
    }
    const maxRuntimeMilliseconds = (request.StoppingCondition?.MaxRuntimeInSeconds ?? 0) * 1_000;
    const timer = longTimeout(maxRuntimeMilliseconds, () => {
      this.runtimeExceeded = true;
      void this.container?.stop(stopGraceSeconds);
    });
    try {
      return await this.container.exited;
    } finally {
      timer.cancel();
    }
  }

  private async finish(exit: ContainerExit): Promise<TrainingResult> {
    const wasStopped = this.stopping.signal.aborted || this.runtimeExceeded;
    const output = `${(this.job.request.OutputDataConfig?.S3OutputPath ?? "").replace(/\/+$/, "")}/${this.job.name}/output`;
    await this.progress.enter("Uploading", "Uploading generated training model");
    const outputData = join(this.folder, "output", "data");
    if ((await readdir(outputData).catch(() => [])).length > 0) {
      await this.upload(`${output}/output.tar.gz`, outputData);
    }
    if (exit.code !== 0 && !wasStopped) {
      const failure = await readFailure(this.folder);
      return this.ended("Failed", "Failed", "Training job failed", {
        failureReason: `AlgorithmError: ${failure}, exit code: ${exit.code}`,
      });
    }
    const modelArtifacts = `${output}/model.tar.gz`;
    await this.upload(modelArtifacts, join(this.folder, "model"));
    if (this.runtimeExceeded) {
      const message = "Training job runtime exceeded MaxRuntimeInSeconds provided";
      return this.ended("Stopped", "MaxRuntimeExceeded", message, { modelArtifacts });
    }
    return wasStopped ? this.stopped(modelArtifacts) : this.ended("Completed", "Completed", "Training job completed", { modelArtifacts });
  }

  private async upload(uri: string, folder: string): Promise<void> {
    await this.services.storage.write(uri, packFolder(folder)).catch((error: unknown) => {
      throw new TrainingFailure(`ClientError: Artifact upload failed: cannot write ${uri}: ${String(error)}`);
    });
  }

  private stopped(modelArtifacts?: string): TrainingResult {
    return this.ended("Stopped", "Stopped", "Training job stopped", modelArtifacts === undefined ? {} : { modelArtifacts });
  }

  private ended(
    status: TrainingJobStatus,
    secondaryStatus: SecondaryStatus,
    message: string,
    more: Pick<TrainingResult, "failureReason" | "modelArtifacts">,
  ): TrainingResult {
    return { status, secondaryStatus, message, finalMetrics: this.metrics.final(), ...more };
  }
}

/** Node's timers hold 24 days at most, a job may run for 28: the wait is cut into parts. */
function longTimeout(milliseconds: number, action: () => void): { cancel(): void } {
  const longest = 2 ** 31 - 1;
  let timer: NodeJS.Timeout;
  const arm = (rest: number): void => {
    timer = setTimeout(() => (rest > longest ? arm(rest - longest) : action()), Math.min(rest, longest));
  };
  arm(milliseconds);
  return { cancel: () => clearTimeout(timer) };
}
