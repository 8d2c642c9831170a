import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { SecondaryStatus } from "@aws-sdk/client-sagemaker";
import type { ContainerNetwork } from "../containers/container-runner";
import { freePort } from "../containers/free-port";
import type { TrainingJobRecord } from "../control-plane/records";
import type { LocalImage } from "../images/image-store";
import { hostsOf, type JobHost, mostInstances } from "../jobs/cluster";
import { clientError } from "../jobs/job-failure";
import type { MetricCollector } from "./metric-collector";
import { TrainingInstance } from "./training-instance";
import type { TrainingServices } from "./training-run";

/** Seconds between SIGTERM and SIGKILL when a job is stopped. */
export const stopGraceSeconds = 120;

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
  private fault: { readonly error: unknown } | undefined;
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
    await Promise.all(this.instances.map((instance) => instance.prepare()));
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
    void this.stopContainers();
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
      this.network = (await runner.openNetwork?.(this.job.name)) ?? (await loopbackNetwork());
    }
    const networkInterface = this.network?.interfaceName ?? (runner.kind === "docker" ? "eth0" : "lo");
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
    const image = images.resolve(uri);
    if (image === undefined) {
      throw clientError(`Cannot pull the training image ${uri}: it was not built on this machine.`);
    }
    return image;
  }

  private async train(image: LocalImage): Promise<AttemptOutcome> {
    let first: { readonly instance: TrainingInstance; readonly code: number } | undefined;
    const failed = (error: unknown): void => {
      this.fault ??= { error };
      void this.stopContainers();
    };
    const watch = async (instance: TrainingInstance): Promise<void> => {
      try {
        await instance.start(image, failed);
      } catch (error) {
        failed(error);
        return;
      }
      if (this.stopping.signal.aborted || this.fault !== undefined || first !== undefined) {
        // What stops the job came while this container started.
        void instance.stop(this.grace);
      }
      const { code } = await instance.ended();
      if (code !== 0 && first === undefined) {
        // The others would wait for it, or fail because it is gone: its reason is the job's.
        first = { instance, code };
        void this.stopContainers();
      }
    };
    await Promise.all(this.instances.map(watch));
    await Promise.all(this.instances.map((instance) => instance.storeCheckpoints()));
    if (this.fault !== undefined) {
      throw this.fault.error;
    }
    const culprit = first as { readonly instance: TrainingInstance; readonly code: number } | undefined;
    return culprit === undefined ? undefined : { code: culprit.code, failure: await culprit.instance.failure() };
  }

  private async stopContainers(): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.stop(this.grace)));
  }
}

/** Hosts that are processes share this machine: their names lead nowhere, so the place to meet is told as PyTorch's launchers tell it. */
async function loopbackNetwork(): Promise<ContainerNetwork> {
  return {
    id: "",
    interfaceName: "lo",
    environment: { MASTER_ADDR: "127.0.0.1", MASTER_PORT: String(await freePort()) },
    close: async () => undefined,
  };
}
