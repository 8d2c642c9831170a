import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { SecondaryStatus, TrainingJobStatus } from "@aws-sdk/client-sagemaker";
import type { ContainerRunner } from "../containers/container-runner";
import type { FinalMetric, TrainingJobRecord } from "../control-plane/records";
import type { ImageStore } from "../images/image-store";
import { stopGraceSeconds } from "../jobs/host-group";
import { failureReason, JobFailure } from "../jobs/job-failure";
import { longTimeout } from "../jobs/long-timeout";
import type { LogFactory } from "../logs/log-factory";
import type { ObjectStorage } from "../storage/object-storage";
import { MetricCollector } from "./metric-collector";
import type { MetricPublisher, TrainingMetrics } from "./metric-publisher";
import { ModelArtifacts } from "./model-artifacts";
import { type AttemptOutcome, TrainingAttempt } from "./training-attempt";

/** Pause before a job is tried again after an error of the platform, doubled each time. */
const retryMilliseconds = 1_000;
const longestRetryMilliseconds = 60_000;

export interface TrainingServices {
  readonly runner: ContainerRunner;
  readonly images: ImageStore;
  readonly storage: ObjectStorage;
  readonly logs: LogFactory;
  readonly metrics: Pick<TrainingMetrics, "publisher">;
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

/** Why containers were ended before they did so themselves. */
type Ending = "stopped" | "maxRuntime" | "maxWait" | "interrupted";

/** What a job that did not come to its own end is called. */
const endings: Readonly<Record<Exclude<Ending, "interrupted">, { readonly secondaryStatus: SecondaryStatus; readonly message: string }>> = {
  stopped: { secondaryStatus: "Stopped", message: "Training job stopped" },
  maxRuntime: { secondaryStatus: "MaxRuntimeExceeded", message: "Training job runtime exceeded MaxRuntimeInSeconds provided" },
  maxWait: { secondaryStatus: "MaxWaitTimeExceeded", message: "Training job wait time exceeded MaxWaitTimeInSeconds provided" },
};

/** One training job from its first attempt to its artifacts. */
export class TrainingRun {
  private readonly publisher: MetricPublisher;
  private readonly metrics: MetricCollector;
  private readonly artifacts: ModelArtifacts;
  private readonly giveUp = new AbortController();
  private attempt: TrainingAttempt | undefined;
  private ending: Ending | undefined;
  private containersRun = false;
  /** Seconds until capacity is back after the interruption that was asked for. */
  private capacitySeconds = 0;
  private runtimeMilliseconds: number;
  private retries: number;

  constructor(
    private readonly job: TrainingJobRecord,
    private readonly region: string,
    private readonly folder: string,
    private readonly services: TrainingServices,
    private readonly progress: TrainingProgress,
  ) {
    this.publisher = services.metrics.publisher(region, job.name);
    this.metrics = new MetricCollector(job.request.AlgorithmSpecification?.MetricDefinitions, this.publisher);
    this.artifacts = new ModelArtifacts(job.request, services.storage);
    this.runtimeMilliseconds = (job.request.StoppingCondition?.MaxRuntimeInSeconds ?? 0) * 1_000;
    this.retries = job.request.RetryStrategy?.MaximumRetryAttempts ?? 0;
  }

  /** Ends the job early: SIGTERM to containers that run, no further step when none does. */
  stop(graceSeconds: number = stopGraceSeconds): void {
    this.end("stopped", graceSeconds);
  }

  /**
   * Takes the instances away as a spot interruption does, and gives them back `capacitySeconds` after the containers have ended.
   * False when no container runs that could be interrupted.
   */
  interrupt(capacitySeconds: number): boolean {
    if (!this.containersRun || this.ending !== undefined) {
      return false;
    }
    this.capacitySeconds = capacitySeconds;
    this.end("interrupted", stopGraceSeconds);
    return true;
  }

  async execute(): Promise<TrainingResult> {
    const maxWait = this.job.request.StoppingCondition?.MaxWaitTimeInSeconds;
    const waiting =
      maxWait === undefined
        ? undefined
        : longTimeout(this.job.createdAt + maxWait * 1_000 - Date.now(), () => this.end("maxWait", stopGraceSeconds));
    try {
      for (let startedAt = this.job.createdAt; ; startedAt = Date.now()) {
        const result = await this.once(startedAt);
        if (result !== undefined) {
          return { ...result, finalMetrics: this.metrics.final() };
        }
      }
    } finally {
      waiting?.cancel();
      await this.publisher.flush();
      // What cannot be removed now is removed when the daemon starts; the job's end must be recorded either way.
      await rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  /** One attempt. `undefined` when another one is to follow. */
  private async once(startedAt: number): Promise<Omit<TrainingResult, "finalMetrics"> | undefined> {
    const attempt = new TrainingAttempt(this.job, this.region, this.folder, startedAt, this.metrics, this.services);
    this.attempt = attempt;
    if (this.giveUp.signal.aborted) {
      // The stop came between two attempts.
      attempt.stop();
    }
    try {
      const outcome = await attempt.run({ enter: this.progress.enter, training: this.watchRuntime() });
      await attempt.flushLogs();
      if (this.ending !== "interrupted") {
        return await this.finish(attempt, outcome);
      }
      await this.awaitCapacity();
      return undefined;
    } catch (error) {
      if (this.ending !== undefined && this.ending !== "interrupted") {
        return { status: "Stopped", ...endings[this.ending] };
      }
      const reason = failureReason(error);
      attempt.write(error instanceof Error ? error.message : String(error));
      if (error instanceof JobFailure || this.retries === 0) {
        return { status: "Failed", secondaryStatus: "Failed", message: "Training job failed", failureReason: reason };
      }
      return await this.retry(reason);
    } finally {
      await attempt.close();
    }
  }

  private async finish(attempt: TrainingAttempt, outcome: AttemptOutcome): Promise<Omit<TrainingResult, "finalMetrics">> {
    const { ending } = this;
    const folders = attempt.instances.map(({ folder }) => folder);
    await this.progress.enter("Uploading", "Uploading generated training model");
    await this.artifacts.storeOutput(folders);
    if (outcome !== undefined && ending === undefined) {
      const failure = `AlgorithmError: ${outcome.failure}, exit code: ${outcome.code}`;
      return { status: "Failed", secondaryStatus: "Failed", message: "Training job failed", failureReason: failure };
    }
    const modelArtifacts = await this.artifacts.storeModel(folders);
    if (ending === undefined || ending === "interrupted") {
      return { status: "Completed", secondaryStatus: "Completed", message: "Training job completed", modelArtifacts };
    }
    return { status: "Stopped", ...endings[ending], modelArtifacts };
  }

  /** An interrupted job waits for instances; it is then what it was when it started, but for its checkpoints. */
  private async awaitCapacity(): Promise<void> {
    await this.progress.enter("Interrupted", "Training job interrupted: its spot instances were taken back");
    await sleep(this.capacitySeconds * 1_000, undefined, { signal: this.giveUp.signal });
    // A stop that comes from here on finds no ending in its way.
    this.ending = undefined;
    await this.progress.enter("Starting", "Preparing the instances for training");
    this.giveUp.signal.throwIfAborted();
  }

  private async retry(reason: string): Promise<undefined | Omit<TrainingResult, "finalMetrics">> {
    const total = this.job.request.RetryStrategy?.MaximumRetryAttempts ?? 0;
    const done = total - this.retries;
    this.retries--;
    try {
      await sleep(Math.min(retryMilliseconds * 2 ** done, longestRetryMilliseconds), undefined, { signal: this.giveUp.signal });
      await this.progress.enter("Starting", `Retry ${done + 1} of ${total} after: ${reason}`);
      this.giveUp.signal.throwIfAborted();
      return undefined;
    } catch (error) {
      if (this.ending === undefined || this.ending === "interrupted") {
        throw error;
      }
      return { status: "Stopped", ...endings[this.ending] };
    }
  }

  private end(ending: Ending, graceSeconds: number): void {
    if (this.ending === undefined || this.ending === "interrupted") {
      this.ending = ending;
    }
    if (ending !== "interrupted") {
      this.giveUp.abort();
    }
    this.attempt?.stop(graceSeconds);
  }

  /** Counts the time that containers run, over all attempts. */
  private watchRuntime(): (running: boolean) => void {
    let timer: ReturnType<typeof longTimeout> | undefined;
    let since = 0;
    return (running) => {
      this.containersRun = running;
      if (running) {
        since = performance.now();
        timer = longTimeout(this.runtimeMilliseconds, () => this.end("maxRuntime", stopGraceSeconds));
      } else {
        timer?.cancel();
        this.runtimeMilliseconds -= performance.now() - since;
      }
    };
  }
}
