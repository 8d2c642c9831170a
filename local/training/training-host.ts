import { join } from "node:path";
import type { SecondaryStatus } from "@aws-sdk/client-sagemaker";
import type { SecondaryTransition, TrainingJobRecord } from "../control-plane/records";
import type { Region } from "../control-plane/region";
import { type TrainingResult, TrainingRun, type TrainingServices } from "./training-run";

/** Seconds a container gets to end when the daemon itself stops. */
const shutdownGraceSeconds = 5;

export interface TrainingHostOptions extends TrainingServices {
  /** Folder for what jobs need while they run. */
  readonly runDir: string;
  readonly log: (line: string) => void;
}

/** The training jobs that run now; keeps their records up to date. */
export class TrainingHost {
  private readonly runs = new Map<string, { readonly run: TrainingRun; readonly done: Promise<void> }>();

  constructor(private readonly options: TrainingHostOptions) {}

  /** Runs a job whose record was just stored. */
  start(region: Region, name: string): void {
    const job = region.trainingJobs.get(name);
    if (job === undefined) {
      return;
    }
    const folder = join(this.options.runDir, region.name, name);
    const run = new TrainingRun(job, region.name, folder, this.options, {
      enter: (status, message) => enter(region, name, status, message),
    });
    const done = run
      .execute()
      .then((result) => end(region, name, result))
      .catch((error: unknown) => this.options.log(`training job ${name}: its end was not recorded: ${String(error)}`))
      .finally(() => this.runs.delete(job.arn));
    this.runs.set(job.arn, { run, done });
    this.options.log(`training job ${name} started`);
  }

  async stop(region: Region, name: string): Promise<void> {
    const job = region.trainingJobs.get(name);
    if (job === undefined) {
      return;
    }
    await region.trainingJobs.put(name, { ...transition(job, "Stopping", "Stopping the training job"), status: "Stopping" });
    this.runs.get(job.arn)?.run.stop();
  }

  /**
   * Takes a spot job's instances away; they come back after `capacitySeconds`. Returns why that cannot be, `undefined` when it is under
   * way.
   */
  interrupt(region: Region, name: string, capacitySeconds: number): string | undefined {
    const job = region.trainingJobs.get(name);
    if (job === undefined) {
      return `there is no training job ${name} in ${region.name}`;
    }
    if (job.request.EnableManagedSpotTraining !== true) {
      return `training job ${name} does not run on spot instances: create it with EnableManagedSpotTraining`;
    }
    if (this.runs.get(job.arn)?.run.interrupt(capacitySeconds) !== true) {
      return `training job ${name} is ${job.secondaryStatus}: only one whose containers run can be interrupted`;
    }
    this.options.log(`training job ${name} is interrupted on request`);
    return undefined;
  }

  /** Ends all jobs; each is recorded as stopped. */
  async shutdown(): Promise<void> {
    const running = [...this.runs.values()];
    for (const { run } of running) {
      run.stop(shutdownGraceSeconds);
    }
    await Promise.all(running.map(({ done }) => done));
  }

  /** After a start: a job that was running when an earlier daemon was killed cannot go on. */
  async recover(region: Region): Promise<void> {
    const lost = region.trainingJobs.list().filter(({ status }) => status === "InProgress" || status === "Stopping");
    for (const job of lost) {
      await end(region, job.name, {
        status: "Failed",
        secondaryStatus: "Failed",
        message: "Training job failed",
        failureReason: "InternalServerError: The local endpoint was killed while this job ran. Start the job again under a new name.",
        finalMetrics: [],
      });
      this.options.log(`training job ${job.name} was running when the daemon was killed: recorded as Failed`);
    }
  }
}

function enter(region: Region, name: string, status: SecondaryStatus, message: string): Promise<void> {
  const job = region.trainingJobs.get(name);
  if (job === undefined) {
    return Promise.resolve();
  }
  const entered = transition(job, status, message);
  const startsTraining = status === "Downloading" || status === "Training";
  return region.trainingJobs.record(name, {
    ...entered,
    ...(startsTraining && job.trainingStartedAt === undefined ? { trainingStartedAt: entered.modifiedAt } : {}),
  });
}

function end(region: Region, name: string, result: TrainingResult): Promise<void> {
  const job = region.trainingJobs.get(name);
  if (job === undefined) {
    return Promise.resolve();
  }
  const ended = transition(job, result.secondaryStatus, result.message);
  return region.trainingJobs.record(name, {
    ...ended,
    status: result.status,
    transitions: ended.transitions.map((entry) => (entry.endedAt === undefined ? { ...entry, endedAt: ended.modifiedAt } : entry)),
    trainingEndedAt: ended.modifiedAt,
    finalMetrics: result.finalMetrics,
    ...(result.failureReason === undefined ? {} : { failureReason: result.failureReason }),
    ...(result.modelArtifacts === undefined ? {} : { modelArtifacts: result.modelArtifacts }),
  });
}

/** The record in a new secondary status: the one before ends as this one begins. */
function transition(job: TrainingJobRecord, status: SecondaryStatus, message: string): TrainingJobRecord {
  const now = Date.now();
  const before: SecondaryTransition[] = job.transitions.map((entry) => (entry.endedAt === undefined ? { ...entry, endedAt: now } : entry));
  return { ...job, secondaryStatus: status, transitions: [...before, { status, startedAt: now, message }], modifiedAt: now };
}
