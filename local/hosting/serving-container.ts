import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { ContainerDefinition } from "@aws-sdk/client-sagemaker";
import { platformEnvironment } from "../containers/container-environment";
import type { Container } from "../containers/container-runner";
import type { LocalImage } from "../images/image-store";
import { type SubmittedCode, submitServingCode } from "../images/prebuilt/submitted-code";
import type { ContainerLog } from "../logs/container-log";
import { monitorHealth, pause } from "./health-monitor";
import type { HostingServices, InstancePlace } from "./hosting-services";
import { fetchModelData } from "./model-data";
import { ping, waitUntilHealthy } from "./ping";

/** Time until `/ping` must answer 200 when the variant does not say: instances as AWS documents them, serverless below. */
const startupSeconds = 240;
const serverlessStartupSeconds = 180;

/** Seconds between SIGTERM and SIGKILL of a serving container. */
const stopGraceSeconds = 30;

/** A container that ends while in service is started again after a pause that grows with each failure in a row. */
const restartPauseMilliseconds = 250;
const longestPauseMilliseconds = 10_000;

/** Between two questions to a container that refused a connection. */
const suspectPauseMilliseconds = 250;

export interface ServingContainerOptions {
  readonly place: InstancePlace;
  readonly definition: ContainerDefinition;
  /** As errors call it: `primary`, its `ContainerHostname`, or `container-N`. */
  readonly name: string;
  /** A folder of its own on this machine. */
  readonly folder: string;
  readonly log: ContainerLog;
  readonly logGroup: string;
  readonly logStream: string;
}

/** A container of an instance: started, watched, and started again when it ends by itself. */
export class ServingContainer {
  readonly name: string;
  readonly logStreamArn: string;
  private readonly stopping = new AbortController();
  private container: Container | undefined;
  private healthy = false;
  /** It refused a connection, and has not answered a health check since. */
  private suspect = false;
  private answered = false;
  private watching: Promise<void> = Promise.resolve();
  private image: LocalImage | undefined;
  private code: SubmittedCode | undefined;

  constructor(
    private readonly options: ServingContainerOptions,
    private readonly services: HostingServices,
  ) {
    const { region, account } = options.place;
    this.name = options.name;
    this.logStreamArn = `arn:aws:logs:${region}:${account}:log-group:${options.logGroup}:log-stream:${options.logStream}`;
  }

  /** Base URL of the container, `undefined` while it is not healthy. */
  get url(): string | undefined {
    return this.healthy && !this.suspect ? this.container?.url : undefined;
  }

  /** What its image was called and what it resolved to. */
  get deployedImage(): { readonly specified: string; readonly resolved: string } | undefined {
    return this.image === undefined ? undefined : { specified: this.options.definition.Image ?? "", resolved: this.image.uri };
  }

  /** Resolves when `/ping` has answered 200; rejects with AWS's failure reason, after which nothing of it runs. */
  async start(): Promise<void> {
    try {
      await this.prepare();
      await this.launch();
    } catch (error) {
      const reason = messageOf(error);
      this.options.log.write(reason);
      await this.stop();
      throw new Error(reason);
    }
    this.healthy = true;
    this.watching = this.watch();
  }

  async stop(graceSeconds: number = stopGraceSeconds): Promise<void> {
    this.stopping.abort();
    this.healthy = false;
    await this.container?.stop(graceSeconds);
    await this.watching;
    await this.options.log.close();
    await rm(this.options.folder, { recursive: true, force: true }).catch(() => undefined);
  }

  /** It has answered a request: however late its health checks are, it lives. */
  noteAnswer(): void {
    this.answered = true;
  }

  /** Keeps requests away from it, which refused a connection at that URL, until it answers a health check. */
  async doubt(url: string): Promise<void> {
    if (url !== this.url) {
      return;
    }
    this.suspect = true;
    while (this.suspect && this.healthy && url === this.container?.url) {
      if ((await ping(url)) === "healthy") {
        this.suspect = false;
        return;
      }
      await pause(suspectPauseMilliseconds, this.stopping.signal);
    }
  }

  private async prepare(): Promise<void> {
    const { definition, folder, log } = this.options;
    const { images, storage, runner } = this.services;
    const { signal } = this.stopping;
    const image = await images
      .pull(definition.Image ?? "", (line) => log.write(line))
      .catch((error: unknown) => {
        throw new Error(`No container can be started from the image ${definition.Image}: ${messageOf(error)}.`);
      });
    this.image = image;
    await fetchModelData(definition, join(folder, "model"), storage, signal).catch((error: unknown) => {
      const url = definition.ModelDataUrl ?? definition.ModelDataSource?.S3DataSource?.S3Uri;
      throw new Error(`Failed to download model data for container "${definition.Image}" from URL: "${url}": ${String(error)}`);
    });
    const environment = definition.Environment ?? {};
    this.code = await submitServingCode({ image, baseDir: folder, runner: runner.kind, environment, storage, signal });
  }

  private async launch(): Promise<void> {
    const { place, definition, folder, log, name } = this.options;
    const { region, variant, endpoint, memoryBytes, networkIsolation } = place;
    const { image } = this;
    if (image === undefined) {
      throw new Error("the image is not known");
    }
    this.stopping.signal.throwIfAborted();
    log.startOver();
    const started = await this.services.runner.run({
      name: place.containers.length === 1 ? `${endpoint}-${variant.VariantName}` : `${endpoint}-${variant.VariantName}-${name}`,
      image,
      command: "serve",
      baseDir: folder,
      environment: {
        ...platformEnvironment({ region, endpointUrl: this.services.endpointUrl }),
        ...definition.Environment,
        ...this.code?.environment,
      },
      codeRequirements: this.code?.codeRequirements ?? [],
      onLine: log.write,
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      networkIsolation,
    });
    this.container = started;
    let exitCode: number | undefined;
    void started.exited.then(({ code }) => {
      exitCode = code;
    });
    if (await waitUntilHealthy(started.url, this.startupMilliseconds(), () => exitCode !== undefined || this.stopping.signal.aborted)) {
      return;
    }
    await started.stop(stopGraceSeconds);
    this.stopping.signal.throwIfAborted();
    throw new Error(this.pingFailure(exitCode));
  }

  /** AWS's words, then what is known here: AWS leaves the reader to find the log. */
  private pingFailure(exitCode: number | undefined): string {
    const { name, place, log } = this.options;
    const lastWords = log.lastWords();
    const how =
      exitCode === undefined
        ? `It did not answer within ${this.startupMilliseconds() / 1_000} seconds.`
        : `It exited with code ${exitCode}.`;
    return (
      `The ${name} container for production variant ${place.variant.VariantName} did not pass the ping health check. ` +
      `Please check CloudWatch logs for this endpoint. ${how}${lastWords === undefined ? "" : ` Last line: ${lastWords}`}`
    );
  }

  private startupMilliseconds(): number {
    const { variant } = this.options.place;
    const usual = variant.ServerlessConfig === undefined ? startupSeconds : serverlessStartupSeconds;
    return (variant.ContainerStartupHealthCheckTimeoutInSeconds ?? usual) * 1_000;
  }

  /** For as long as it serves: a container that ended, or whose health checks fail, is started again. */
  private async watch(): Promise<void> {
    const { signal } = this.stopping;
    let wait = restartPauseMilliseconds;
    while (!signal.aborted && this.container !== undefined) {
      const ended = new AbortController();
      void this.replaceWhenSick(this.container, AbortSignal.any([signal, ended.signal]));
      const { code } = await this.container.exited;
      ended.abort();
      this.healthy = false;
      this.tell(`ended with code ${code}; starting it again`);
      if (!(await pause(wait, signal))) {
        return;
      }
      wait = Math.min(wait * 2, longestPauseMilliseconds);
      try {
        await this.launch();
        this.suspect = false;
        this.healthy = true;
        wait = restartPauseMilliseconds;
      } catch (error) {
        this.options.log.write(messageOf(error));
      }
    }
  }

  private async replaceWhenSick(container: Container, signal: AbortSignal): Promise<void> {
    // A container that failed to start has ended already, and so has the signal's reason to exist.
    const { url } = container;
    if (!this.healthy || url === undefined) {
      return;
    }
    const reason = await monitorHealth({
      url,
      intervalMilliseconds: this.services.settings.healthCheck,
      signal,
      answered: () => {
        const { answered } = this;
        this.answered = false;
        return answered;
      },
    });
    if (reason !== undefined) {
      this.healthy = false;
      this.tell(`is replaced: ${reason}`);
      await container.stop(stopGraceSeconds);
    }
  }

  private tell(what: string): void {
    if (!this.stopping.signal.aborted) {
      const { place, logStream, log } = this.options;
      this.services.log(`the container of endpoint ${place.endpoint} (${logStream}) ${what}`);
      log.write(`the container ${what}`);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
