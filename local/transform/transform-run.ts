import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerDefinition, CreateTransformJobCommandInput } from "@aws-sdk/client-sagemaker";
import { mostInstances } from "../jobs/cluster";
import { type JobObject, objectsOf, shardOf } from "../jobs/job-data";
import { clientError, failureReason, JobFailure, storageFailure } from "../jobs/job-failure";
import type { JobEnd, JobPlace, JobRun } from "../jobs/job-host";
import { DataProcessing } from "./data-processing";
import { InvocationError, ModelClient } from "./model-client";
import { transformObject } from "./object-transform";
import { Slots } from "./slots";
import { TransformInstance, type TransformServices } from "./transform-instance";
import { executionParameters, transformEnvironment, transformSettings } from "./transform-settings";

/** How long the end of a container may take to be noticed. */
const lostMilliseconds = 2_000;

/** One transform job: the model's containers, fed with the input's objects. */
export class TransformRun implements JobRun {
  private readonly instances: TransformInstance[] = [];
  private readonly stopping = new AbortController();

  constructor(
    private readonly place: JobPlace<CreateTransformJobCommandInput>,
    private readonly containers: readonly ContainerDefinition[],
    private readonly services: TransformServices,
  ) {}

  stop(graceSeconds: number): void {
    this.stopping.abort();
    void this.stopInstances(graceSeconds);
  }

  async execute(): Promise<JobEnd> {
    const { job, region, folder } = this.place;
    const count = job.request.TransformResources?.InstanceCount ?? 1;
    const { signal } = this.stopping;
    for (let index = 0; index < Math.min(count, mostInstances()); index++) {
      this.instances.push(
        new TransformInstance(
          {
            job: job.name,
            region: region.name,
            model: job.request.ModelName ?? "",
            containers: this.containers,
            environment: { ...transformEnvironment(job.request), ...job.request.Environment },
            instanceType: job.request.TransformResources?.InstanceType,
            networkIsolation: region.models.get(job.request.ModelName ?? "")?.request.EnableNetworkIsolation ?? false,
            folder: join(folder, `instance-${index + 1}`),
            signal,
          },
          this.services,
        ),
      );
    }
    try {
      if (count > mostInstances()) {
        throw clientError(`The job asks for ${count} instances; on this machine at most ${mostInstances()} run at once.`);
      }
      const objects = await this.objects();
      await Promise.all(this.instances.map((instance) => instance.start()));
      await this.place.begin();
      await this.transform(objects);
      return { status: "Completed" };
    } catch (error) {
      if (!signal.aborted) {
        this.instances[0]?.dataLog.write(`[sagemaker logs]: ${failureReason(error)}`);
      }
      throw error;
    } finally {
      await this.stopInstances();
      await Promise.all(this.instances.map((instance) => instance.close()));
    }
  }

  private async objects(): Promise<JobObject[]> {
    const { job, region } = this.place;
    const source = job.request.TransformInput?.DataSource?.S3DataSource ?? { S3DataType: undefined, S3Uri: undefined };
    try {
      return await objectsOf(source, this.services.storage, region.name, this.stopping.signal);
    } catch (error) {
      this.stopping.signal.throwIfAborted();
      throw storageFailure("Data download failed", error);
    }
  }

  /** Every object goes to one instance. Those that can be transformed are, even when another one fails. */
  private async transform(objects: readonly JobObject[]): Promise<void> {
    const failures: unknown[] = [];
    await Promise.all(
      this.instances.map(async (instance, index) => {
        const shard = shardOf(objects, index, this.instances.length);
        await this.feed(instance, shard, join(this.place.folder, `instance-${index + 1}`, "answers"), failures);
      }),
    );
    if (failures.length > 0) {
      throw failures[0];
    }
  }

  private async feed(instance: TransformInstance, objects: readonly JobObject[], folder: string, failures: unknown[]): Promise<void> {
    const { request } = this.place.job;
    const [url = ""] = instance.urls;
    const settings = transformSettings(request, await executionParameters(url));
    const { maxConcurrentTransforms, maxPayloadBytes, singleRecord } = settings;
    const megabytes = (maxPayloadBytes ?? 0) / 1_048_576;
    instance.dataLog.write(
      `[sagemaker logs]: MaxConcurrentTransforms=${maxConcurrentTransforms}, MaxPayloadInMB=${megabytes}, ` +
        `BatchStrategy=${singleRecord ? "SINGLE_RECORD" : "MULTI_RECORD"}`,
    );
    await mkdir(folder, { recursive: true });
    const ended = new AbortController();
    const signal = AbortSignal.any([this.stopping.signal, ended.signal]);
    const contentType = request.TransformInput?.ContentType;
    const accept = request.TransformOutput?.Accept;
    const client = new ModelClient({ urls: instance.urls, contentType, accept, config: request.ModelClientConfig, signal });
    const options = {
      request,
      settings,
      processing: DataProcessing.of(request.DataProcessing, contentType, accept),
      client,
      storage: this.services.storage,
      slots: new Slots(maxConcurrentTransforms),
      folder,
      signal,
    };
    const waiting = [...objects];
    let broken = false;
    const worker = async (): Promise<void> => {
      for (let object = waiting.shift(); object !== undefined; object = waiting.shift()) {
        await transformObject(object, options).catch((error: unknown) => {
          signal.throwIfAborted();
          broken ||= error instanceof InvocationError && error.broken;
          failures.push(this.failure(error, object as JobObject, instance));
        });
      }
    };
    try {
      await Promise.race([instance.lost, Promise.all(Array.from({ length: maxConcurrentTransforms }, worker))]);
      if (broken) {
        // A container that died is a better reason than the connections it broke; its end is noticed a moment later.
        await Promise.race([instance.lost, sleep(lostMilliseconds, undefined, { signal })]);
      }
    } finally {
      ended.abort();
      client.close();
    }
  }

  private failure(error: unknown, object: JobObject, instance: TransformInstance): Error {
    const message = error instanceof Error ? error.message : String(error);
    instance.dataLog.write(`[sagemaker logs]: ${object.uri.replace("s3://", "")}: ${message}`);
    if (!(error instanceof InvocationError)) {
      return error instanceof Error ? error : new Error(message);
    }
    const kind = error.status !== undefined && error.status < 500 ? "ClientError" : "AlgorithmError";
    return new JobFailure(`${kind}: See job logs for more information. ${object.uri}: ${message}`);
  }

  private async stopInstances(graceSeconds?: number): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.stop(graceSeconds)));
  }
}
