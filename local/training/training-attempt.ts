import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { SecondaryStatus } from "@aws-sdk/client-sagemaker";
import type { ContainerNetwork } from "../containers/container-runner";
import type { TrainingJobRecord } from "../control-plane/records";
import type { LocalImage } from "../images/image-store";
import { hostsOf, type JobHost, mostInstances } from "../jobs/cluster";
import { HostGroup, stopGraceSeconds } from "../jobs/host-group";
import { clientError } from "../jobs/job-failure";
import { openJobNetwork, ownInterface } from "../jobs/job-network";
import type { MetricCollector } from "./metric-collector";
import { TrainingInstance } from "./training-instance";
import type { TrainingServices } from "./training-run";

/** What an attempt tells while it goes on. */
export interface AttemptProgress {
  enter(status: SecondaryStatus, message: string): Promise<void>;
  /** The containers are about to start, or have all ended. */
  training(running: boolean): void;
}

/** The host whose container failed first; `undefined` when all ended well. */
export type AttemptOutcome = { readonly code: number; readonly failure: string } | undefined;

/** One run of a job's containers on all its hosts. A job has several when it is interrupted or tried again. */
export class TrainingAttempt {
  readonly instances: TrainingInstance[] = [];
  private readonly stopping = new AbortController();
  private network: ContainerNetwork | undefined;
  private group: HostGroup<TrainingInstance> | undefined;
  private grace = stopGraceSeconds;

  constructor(
    private readonly job: TrainingJobRecord,
    private readonly region: string,
    private readonly folder: string,
    private readonly startedAt: number,
    private readonly metrics: MetricCollector,
    private readonly services: TrainingServices,
  ) {}

  /** From the folders to the end of the last container. Rejects when it cannot come that far, or was stopped before it did. */
  async run(progress: AttemptProgress): Promise<AttemptOutcome> {
    const hosts = hostsOf(this.job.request.ResourceConfig);
    await rm(this.folder, { recursive: true, force: true });
    const image = await this.open(hosts);
    if ((this.job.request.InputDataConfig ?? []).length > 0) {
      await progress.enter("Downloading", "Downloading input data");
    }
    await Promise.all(this.instances.map((instance) => instance.prepare(image)));
    this.stopping.signal.throwIfAborted();
    await progress.enter("Training", "Training image download completed. Training in progress.");
    progress.training(true);
    try {
      return await this.train(image);
    } finally {
      progress.training(false);
    }
  }

  /** Ends the attempt early: SIGTERM to the containers that run, no further step when none does. */
  stop(graceSeconds: number = stopGraceSeconds): void {
    this.grace = graceSeconds;
    this.stopping.abort();
    this.group?.stop(graceSeconds);
  }

  /** Tells a line in the log of every host. */
  write(line: string): void {
    for (const { log } of this.instances) {
      log.write(line);
    }
  }

  async flushLogs(): Promise<void> {
    await Promise.all(this.instances.map(({ log }) => log.flush()));
  }

  async close(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.close()));
    await this.network?.close();
  }

  /** Makes the hosts, of which the first is there to log even when the job is refused here. */
  private async open(hosts: readonly JobHost[]): Promise<LocalImage> {
    const count = hosts.length;
    const allowed = mostInstances();
    const { runner, images } = this.services;
    if (count > 1 && count <= allowed) {
      this.network = await openJobNetwork(runner, this.job.name, this.job.request.EnableNetworkIsolation);
    }
    const networkInterface = this.network?.interfaceName ?? ownInterface(runner);
    for (const host of count <= allowed ? hosts : hosts.slice(0, 1)) {
      const folder = count === 1 ? this.folder : join(this.folder, host.name);
      const place = { host, hosts, networkInterface };
      const { job, region, startedAt, metrics, network } = this;
      const options = { job, region, folder, place, network, startedAt, metrics, signal: this.stopping.signal };
      this.instances.push(new TrainingInstance(options, this.services));
    }
    if (count > allowed) {
      throw clientError(
        `The job asks for ${count} instances; on this machine at most ${allowed} run at once, each as a container. Set InstanceCount to ${allowed} or less.`,
      );
    }
    const uri = this.job.request.AlgorithmSpecification?.TrainingImage ?? "";
    return images
      .pull(uri, (line) => this.write(line))
      .catch((error: unknown) => {
        throw clientError(`Cannot pull the training image ${uri}: ${error instanceof Error ? error.message : String(error)}.`);
      });
  }

  private async train(image: LocalImage): Promise<AttemptOutcome> {
    const group = new HostGroup(this.instances);
    this.group = group;
    if (this.stopping.signal.aborted) {
      group.stop(this.grace);
    }
    const failed = await group.run((instance) => instance.start(image, (error) => group.fail(error)));
    await Promise.all(this.instances.map((instance) => instance.storeCheckpoints()));
    return failed === undefined ? undefined : { code: failed.code, failure: await failed.host.failure() };
  }
}
