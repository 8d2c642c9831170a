import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CreateProcessingJobCommandInput, ProcessingInput, ProcessingOutput } from "@aws-sdk/client-sagemaker";
import { platformEnvironment } from "../containers/container-environment";
import type { Container, ContainerExit, ContainerNetwork, ContainerRunner } from "../containers/container-runner";
import { memoryOf } from "../containers/instance-memory";
import type { ProcessingJobRecord } from "../control-plane/job-records";
import type { ImageStore, LocalImage } from "../images/image-store";
import { type JobHost, resourceConfig } from "../jobs/cluster";
import { hostPath, processArgument } from "../jobs/container-paths";
import { FolderSync } from "../jobs/folder-sync";
import type { JobInstance } from "../jobs/host-group";
import { downloadObjects, objectsOf, shardOf } from "../jobs/job-data";
import { clientError, storageFailure } from "../jobs/job-failure";
import type { ContainerLog } from "../logs/container-log";
import type { LogFactory } from "../logs/log-factory";
import type { ObjectStorage } from "../storage/object-storage";

/** AWS reports this many characters of the message file. */
const messageCharacters = 1_024;

export interface ProcessingServices {
  readonly runner: ContainerRunner;
  readonly images: ImageStore;
  readonly storage: ObjectStorage;
  readonly logs: LogFactory;
  readonly endpointUrl: string;
}

export interface InstanceOptions {
  readonly job: ProcessingJobRecord;
  readonly region: string;
  /** The folder that stands for `/opt/ml`. */
  readonly folder: string;
  readonly host: JobHost;
  readonly hosts: readonly JobHost[];
  readonly network: ContainerNetwork | undefined;
  readonly networkInterface: string;
  readonly signal: AbortSignal;
}

/** One host of a processing job: its folder, its inputs and outputs, its container and its log stream. */
export class ProcessingInstance implements JobInstance {
  readonly log: ContainerLog;
  private readonly outputs: { readonly sync: FolderSync; readonly continuous: boolean }[] = [];
  private container: Container | undefined;

  constructor(
    private readonly options: InstanceOptions,
    private readonly services: ProcessingServices,
  ) {
    const { job, region, host } = options;
    this.log = services.logs.open({
      file: job.name,
      region,
      group: "/aws/sagemaker/ProcessingJobs",
      stream: `${job.name}/${host.name}-${Math.floor(job.createdAt / 1_000)}`,
    });
  }

  /** Makes the folder with everything the container finds when it starts. */
  async prepare(): Promise<void> {
    const { job, folder, host, hosts, networkInterface } = this.options;
    const config = join(folder, "config");
    for (const path of [config, join(folder, "processing"), join(folder, "output")]) {
      await mkdir(path, { recursive: true });
    }
    await writeJson(join(config, "processingjobconfig.json"), jobConfig(job));
    await writeJson(join(config, "resourceconfig.json"), resourceConfig(host, hosts, networkInterface));
    for (const input of job.request.ProcessingInputs ?? []) {
      await this.download(input);
    }
    for (const output of job.request.ProcessingOutputConfig?.Outputs ?? []) {
      await this.prepareOutput(output);
    }
  }

  async start(image: LocalImage): Promise<void> {
    const { job, region, folder, host, hosts, network } = this.options;
    const { runner, endpointUrl } = this.services;
    const { ContainerEntrypoint: entrypoint, ContainerArguments: given = [] } = job.request.AppSpecification ?? {};
    const rewrite = (text: string) => (runner.kind === "process" ? processArgument(folder, text) : text);
    const environment = Object.entries(job.request.Environment ?? {}).map(([key, value]) => [key, rewrite(value)]);
    if (runner.kind === "process" && entrypoint === undefined) {
      throw clientError(
        "AppSpecification has no ContainerEntrypoint, and as a process an image has no entry point of its own: set ContainerEntrypoint.",
      );
    }
    this.container = await runner.run({
      name: hosts.length === 1 ? job.name : `${job.name}-${host.name}`,
      image,
      command: "process",
      baseDir: folder,
      environment: { ...platformEnvironment({ region, endpointUrl }), ...network?.environment, ...Object.fromEntries(environment) },
      ...(entrypoint === undefined ? { commandArguments: given } : { commandLine: [...entrypoint, ...given].map(rewrite) }),
      ...(network === undefined || network.id === "" ? {} : { network: { id: network.id, alias: host.name } }),
      ...memoryOf(host.instanceType),
      networkIsolation: job.request.NetworkConfig?.EnableNetworkIsolation ?? false,
      onLine: this.log.write,
    });
    for (const { sync } of this.outputs.filter(({ continuous }) => continuous)) {
      sync.start();
    }
  }

  async ended(): Promise<ContainerExit> {
    return (await this.container?.exited) ?? { code: 0 };
  }

  async stop(graceSeconds: number): Promise<void> {
    await this.container?.stop(graceSeconds);
  }

  /** Stores the outputs: all of them, or what is kept continuously when the job did not come to its end. */
  async storeOutputs(complete: boolean): Promise<void> {
    await Promise.all(this.outputs.filter(({ continuous }) => complete || continuous).map(({ sync }) => sync.finish()));
  }

  /** What the container left in `/opt/ml/output/message`, cut as AWS cuts it; empty when it left none. */
  async message(): Promise<string> {
    const text = await readFile(join(this.options.folder, "output", "message"), "utf8").catch(() => "");
    return text.trim().slice(0, messageCharacters);
  }

  close(): Promise<void> {
    return this.log.close();
  }

  private async download({ InputName, AppManaged, S3Input }: ProcessingInput): Promise<void> {
    if (AppManaged === true) {
      return;
    }
    const { host, hosts, region, signal, folder } = this.options;
    if (S3Input === undefined || S3Input.S3InputMode === "Pipe") {
      throw clientError(`ProcessingInput ${InputName} cannot be read locally: the local endpoint serves S3Input in File mode.`);
    }
    const target = hostPath(folder, S3Input.LocalPath ?? "", `LocalPath of ProcessingInput ${InputName}`);
    try {
      const objects = await objectsOf(S3Input, this.services.storage, region, signal);
      const index = hosts.findIndex(({ name }) => name === host.name);
      const mine = S3Input.S3DataDistributionType === "ShardedByS3Key" ? shardOf(objects, index, hosts.length) : objects;
      await downloadObjects(mine, target, this.services.storage, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw storageFailure(`Data download failed for ProcessingInput ${InputName}`, error);
    }
  }

  private async prepareOutput({ OutputName, AppManaged, S3Output }: ProcessingOutput): Promise<void> {
    if (AppManaged === true) {
      return;
    }
    if (S3Output?.S3Uri === undefined) {
      throw clientError(`ProcessingOutput ${OutputName} cannot be stored locally: the local endpoint serves S3Output.`);
    }
    const path = hostPath(this.options.folder, S3Output.LocalPath ?? "", `LocalPath of ProcessingOutput ${OutputName}`);
    await mkdir(path, { recursive: true });
    const { KmsKeyId } = this.options.job.request.ProcessingOutputConfig ?? {};
    const tell = (line: string) => this.log.write(line);
    const sync = new FolderSync(`Files of output ${OutputName}`, S3Output.S3Uri, path, this.services.storage, tell, KmsKeyId);
    this.outputs.push({ sync, continuous: S3Output.S3UploadMode === "Continuous" });
  }
}

/** `processingjobconfig.json`: the job as it was asked for. */
function jobConfig({ arn, name, request }: ProcessingJobRecord): object {
  const { ProcessingInputs = [], ProcessingOutputConfig = { Outputs: [] }, Environment = {} } = request;
  const rest: Partial<CreateProcessingJobCommandInput> = { ...request };
  delete rest.Tags;
  return { ...rest, ProcessingJobArn: arn, ProcessingJobName: name, ProcessingInputs, ProcessingOutputConfig, Environment };
}

function writeJson(path: string, value: object): Promise<void> {
  return writeFile(path, `${JSON.stringify(value)}\n`);
}
