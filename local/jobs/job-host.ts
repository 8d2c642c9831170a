import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { JobRecord } from "../control-plane/job-records";
import type { Region } from "../control-plane/region";
import type { ResourceStore } from "../state/resource-store";
import { stopGraceSeconds } from "./host-group";
import { failureReason } from "./job-failure";

/** Seconds a container gets to end when the daemon itself stops. */
const shutdownGraceSeconds = 5;

/** How a job ended. */
export interface JobEnd {
  readonly status: "Completed" | "Failed" | "Stopped";
  readonly failureReason?: string;
  readonly exitMessage?: string;
}

/** One job at work. */
export interface JobRun {
  /** Rejects with the reason why the job failed; what it was stopped with is not a reason. */
  execute(): Promise<JobEnd>;
  /** Ends it early; `execute` settles then. */
  stop(graceSeconds: number): void;
}

/** What a run is made from. */
export interface JobPlace<Request> {
  readonly job: JobRecord<Request>;
  readonly region: Region;
  /** A folder of the job's own, removed when it has ended. */
  readonly folder: string;
  /** Records that the job's containers begin to work. */
  begin(): Promise<void>;
}

export interface JobHostOptions<Request> {
  /** For messages: `transform job`. */
  readonly kind: string;
  /** Folder for what jobs need while they run. */
  readonly runDir: string;
  store(region: Region): ResourceStore<JobRecord<Request>>;
  run(place: JobPlace<Request>): JobRun;
  log(line: string): void;
}

/** The jobs of one kind that run now; keeps their records up to date. */
export class JobHost<Request> {
  private readonly runs = new Map<string, { readonly run: JobRun; readonly done: Promise<void>; stopped: boolean }>();

  constructor(private readonly options: JobHostOptions<Request>) {}

  /** Runs a job whose record was just stored. */
  start(region: Region, name: string): void {
    const { runDir, kind, log } = this.options;
    const job = this.options.store(region).get(name);
    if (job === undefined) {
      return;
    }
    const folder = join(runDir, region.name, name);
    const begin = () => this.put(region, name, { startedAt: Date.now() });
    const run = this.makeRun({ job, region, folder, begin });
    const execute = async (): Promise<void> => {
      const end = await run.execute().catch((error: unknown): JobEnd => {
        const stopped = this.runs.get(job.arn)?.stopped === true;
        return stopped ? { status: "Stopped" } : { status: "Failed", failureReason: failureReason(error) };
      });
      // What cannot be removed now is removed when the daemon starts; the job's end must be recorded either way.
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
      await this.put(region, name, { ...end, endedAt: Date.now() });
    };
    // In a turn of its own: `runs` must have the job before it can end.
    const done = Promise.resolve()
      .then(execute)
      .catch((error: unknown) => log(`${kind} ${name}: its end was not recorded: ${String(error)}`))
      .finally(() => this.runs.delete(job.arn));
    this.runs.set(job.arn, { run, done, stopped: false });
    log(`${kind} ${name} started`);
  }

  async stop(region: Region, name: string): Promise<void> {
    await this.put(region, name, { status: "Stopping" });
    this.end(this.options.store(region).get(name)?.arn ?? "", stopGraceSeconds);
  }

  /** Ends all jobs; each is recorded as stopped. */
  async shutdown(): Promise<void> {
    const running = [...this.runs];
    for (const [arn] of running) {
      this.end(arn, shutdownGraceSeconds);
    }
    await Promise.all(running.map(([, { done }]) => done));
  }

  /** After a start: a job that was running when an earlier daemon was killed cannot go on. */
  async recover(region: Region): Promise<void> {
    const lost = this.options
      .store(region)
      .list()
      .filter(({ status }) => status === "InProgress" || status === "Stopping");
    for (const { name } of lost) {
      const reason = "InternalServerError: The local endpoint was killed while this job ran. Start the job again under a new name.";
      await this.put(region, name, { status: "Failed", failureReason: reason, endedAt: Date.now() });
      this.options.log(`${this.options.kind} ${name} was running when the daemon was killed: recorded as Failed`);
    }
  }

  /** A job that cannot even be set up fails as one that cannot go on does. */
  private makeRun(place: JobPlace<Request>): JobRun {
    try {
      return this.options.run(place);
    } catch (error) {
      return { execute: () => Promise.reject(error), stop: () => undefined };
    }
  }

  private end(arn: string, graceSeconds: number): void {
    const running = this.runs.get(arn);
    if (running !== undefined) {
      running.stopped = true;
      running.run.stop(graceSeconds);
    }
  }

  private async put(region: Region, name: string, change: Partial<JobRecord<Request>>): Promise<void> {
    const store = this.options.store(region);
    const job = store.get(name);
    if (job !== undefined) {
      await store.record(name, { ...job, ...change, modifiedAt: Date.now() });
    }
  }
}
