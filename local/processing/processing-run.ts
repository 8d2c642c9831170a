import { join } from "node:path";
import type { CreateProcessingJobCommandInput } from "@aws-sdk/client-sagemaker";
import type { ContainerNetwork } from "../containers/container-runner";
import type { LocalImage } from "../images/image-store";
import { hostsOf, mostInstances } from "../jobs/cluster";
import { HostGroup, stopGraceSeconds } from "../jobs/host-group";
import { clientError, failureReason } from "../jobs/job-failure";
import type { JobEnd, JobPlace, JobRun } from "../jobs/job-host";
import { openJobNetwork, ownInterface } from "../jobs/job-network";
import { longTimeout } from "../jobs/long-timeout";
import { ProcessingInstance, type ProcessingServices } from "./processing-instance";

/** AWS's own default when a stopping condition names no runtime: one day. */
export const defaultMaxRuntimeSeconds = 86_400;

/** One processing job from its folders to its outputs. */
export class ProcessingRun implements JobRun {
  private readonly instances: ProcessingInstance[] = [];
  private readonly stopping = new AbortController();
  private network: ContainerNetwork | undefined;
  private group: HostGroup<ProcessingInstance> | undefined;
  private grace = stopGraceSeconds;

  constructor(
    private readonly place: JobPlace<CreateProcessingJobCommandInput>,
    private readonly services: ProcessingServices,
  ) {}

  stop(graceSeconds: number): void {
    this.grace = graceSeconds;
    this.stopping.abort();
    this.group?.stop(graceSeconds);
  }

  async execute(): Promise<JobEnd> {
    try {
      const image = await this.open();
      await Promise.all(this.instances.map((instance) => instance.prepare()));
      this.stopping.signal.throwIfAborted();
      await this.place.begin();
      return await this.process(image);
    } catch (error) {
      if (!this.stopping.signal.aborted) {
        this.instances[0]?.log.write(failureReason(error));
      }
      throw error;
    } finally {
      await Promise.all(this.instances.map((instance) => instance.close()));
      await this.network?.close();
    }
  }

  /** Makes the hosts, of which the first is there to log even when the job is refused here. */
  private async open(): Promise<LocalImage> {
    const { job, region, folder } = this.place;
    const { runner, images } = this.services;
    const allowed = mostInstances();
    const hosts = hostsOf(job.request.ProcessingResources?.ClusterConfig);
    if (hosts.length > 1 && hosts.length <= allowed) {
      this.network = await openJobNetwork(runner, job.name, job.request.NetworkConfig?.EnableNetworkIsolation);
    }
    const { network } = this;
    const networkInterface = network?.interfaceName ?? ownInterface(runner);
    for (const host of hosts.length <= allowed ? hosts : hosts.slice(0, 1)) {
      const options = { job, region: region.name, folder: join(folder, host.name), host, hosts, network, networkInterface };
      this.instances.push(new ProcessingInstance({ ...options, signal: this.stopping.signal }, this.services));
    }
    if (hosts.length > allowed) {
      throw clientError(
        `The job asks for ${hosts.length} instances; on this machine at most ${allowed} run at once, each as a container. ` +
          `Set InstanceCount to ${allowed} or less.`,
      );
    }
    const uri = job.request.AppSpecification?.ImageUri ?? "";
    return images
      .pull(uri, (line) => this.instances[0]?.log.write(line))
      .catch((error: unknown) => {
        throw clientError(`Cannot pull the processing image ${uri}: ${error instanceof Error ? error.message : String(error)}.`);
      });
  }

  private async process(image: LocalImage): Promise<JobEnd> {
    const group = new HostGroup(this.instances);
    this.group = group;
    if (this.stopping.signal.aborted) {
      group.stop(this.grace);
    }
    const seconds = this.place.job.request.StoppingCondition?.MaxRuntimeInSeconds ?? defaultMaxRuntimeSeconds;
    let exceeded = false;
    const timer = longTimeout(seconds * 1_000, () => {
      exceeded = true;
      this.instances[0]?.log.write(`The job ran longer than MaxRuntimeInSeconds (${seconds}) and is stopped.`);
      group.stop(stopGraceSeconds);
    });
    const failed = await group.run((instance) => instance.start(image)).finally(() => timer.cancel());
    const stopped = exceeded || this.stopping.signal.aborted;
    await Promise.all(this.instances.map((instance) => instance.storeOutputs(failed === undefined && !stopped)));
    const exitMessage = await (failed?.host ?? this.instances[0])?.message();
    const told = exitMessage === undefined || exitMessage === "" ? {} : { exitMessage };
    if (stopped) {
      return { status: "Stopped", ...told };
    }
    if (failed !== undefined) {
      return { status: "Failed", failureReason: `AlgorithmError: See job logs for more information, exit code: ${failed.code}`, ...told };
    }
    return { status: "Completed", ...told };
  }
}
