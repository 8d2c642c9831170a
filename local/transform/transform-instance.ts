import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { ContainerDefinition } from "@aws-sdk/client-sagemaker";
import { platformEnvironment } from "../containers/container-environment";
import type { Container, ContainerRunner } from "../containers/container-runner";
import { memoryOf } from "../containers/instance-memory";
import { fetchModelData } from "../hosting/model-data";
import { waitUntilHealthy } from "../hosting/ping";
import type { ImageStore } from "../images/image-store";
import { submitServingCode } from "../images/prebuilt/submitted-code";
import { clientError, JobFailure, storageFailure } from "../jobs/job-failure";
import type { ContainerLog } from "../logs/container-log";
import type { LogFactory } from "../logs/log-factory";
import type { ObjectStorage } from "../storage/object-storage";

/** Time until `/ping` must answer 200. */
const startupSeconds = 240;

/** Seconds between SIGTERM and SIGKILL of a serving container. */
const stopGraceSeconds = 30;

export interface TransformServices {
  readonly runner: ContainerRunner;
  readonly images: ImageStore;
  readonly storage: ObjectStorage;
  readonly logs: LogFactory;
  readonly endpointUrl: string;
}

export interface InstanceOptions {
  readonly job: string;
  readonly region: string;
  readonly model: string;
  readonly containers: readonly ContainerDefinition[];
  readonly environment: Readonly<Record<string, string>>;
  readonly instanceType: string | undefined;
  /** The model's `EnableNetworkIsolation`. */
  readonly networkIsolation: boolean;
  /** A folder of the instance's own. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** One instance of a transform job: the model's containers, one behind the other, and two log streams. */
export class TransformInstance {
  /** What the containers print. */
  readonly log: ContainerLog;
  /** What the platform says of the requests, as AWS keeps it in a stream of its own. */
  readonly dataLog: ContainerLog;
  /** Rejects when a container ends while it is needed. */
  readonly lost: Promise<never>;
  private lose: (error: Error) => void = () => undefined;
  private readonly running: Container[] = [];
  private stopping = false;

  constructor(
    private readonly options: InstanceOptions,
    private readonly services: TransformServices,
  ) {
    const { job, region } = options;
    const stream = `${job}/i-${randomBytes(9).toString("hex").slice(0, 17)}`;
    const common = { file: job, region, group: "/aws/sagemaker/TransformJobs" };
    this.log = services.logs.open({ ...common, stream });
    this.dataLog = services.logs.open({ ...common, stream: `${stream}/data-log` });
    this.lost = new Promise<never>((_, reject) => {
      this.lose = reject;
    });
    this.lost.catch(() => undefined);
  }

  get urls(): string[] {
    return this.running.flatMap(({ url }) => url ?? []);
  }

  /** Starts the containers; resolves when all of them are healthy. */
  async start(): Promise<void> {
    for (const [index, container] of this.options.containers.entries()) {
      await this.startContainer(container, join(this.options.folder, `container-${index + 1}`), index);
    }
  }

  async stop(graceSeconds: number = stopGraceSeconds): Promise<void> {
    this.stopping = true;
    await Promise.all(this.running.map((container) => container.stop(graceSeconds)));
  }

  async close(): Promise<void> {
    await this.log.close();
    await this.dataLog.close();
  }

  private async startContainer(definition: ContainerDefinition, folder: string, index: number): Promise<void> {
    const { job, region, environment, signal, model, containers } = this.options;
    const { images, storage, runner, endpointUrl } = this.services;
    const image = await images
      .pull(definition.Image ?? "", (line) => this.log.write(line))
      .catch((error: unknown) => {
        throw clientError(`Cannot pull the image ${definition.Image} of model ${model}: ${messageOf(error)}.`);
      });
    await fetchModelData(definition, join(folder, "model"), storage, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      const uri = definition.ModelDataUrl ?? definition.ModelDataSource?.S3DataSource?.S3Uri;
      throw storageFailure(`Failed to download model data from ${uri}`, error);
    });
    signal.throwIfAborted();
    const given = { ...definition.Environment, ...environment };
    const place = { image, baseDir: folder, runner: runner.kind, environment: given, storage, signal };
    const code = await submitServingCode(place).catch((error: unknown) => {
      throw new JobFailure(`AlgorithmError: ${messageOf(error)}`);
    });
    const container = await runner.run({
      name: containers.length === 1 ? job : `${job}-${index + 1}`,
      image,
      command: "serve",
      baseDir: folder,
      environment: { ...platformEnvironment({ region, endpointUrl }), ...given, ...code.environment },
      codeRequirements: code.codeRequirements,
      ...memoryOf(this.options.instanceType),
      networkIsolation: this.options.networkIsolation,
      onLine: this.log.write,
    });
    this.running.push(container);
    let ended = false;
    void container.exited.then(({ code }) => {
      ended = true;
      if (!this.stopping) {
        this.lose(new JobFailure(`AlgorithmError: The container of model ${model} ended with exit code ${code}.${this.lastWords()}`));
      }
    });
    const healthy = await waitUntilHealthy(container.url, startupSeconds * 1_000, () => ended || signal.aborted);
    signal.throwIfAborted();
    if (!healthy && !ended) {
      throw new JobFailure(
        `AlgorithmError: The container of model ${model} did not pass the ping health check within ${startupSeconds} seconds.`,
      );
    }
    if (ended) {
      await this.lost;
    }
  }

  private lastWords(): string {
    const words = this.log.lastWords();
    return words === undefined ? "" : ` Last line: ${words}`;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
