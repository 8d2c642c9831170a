import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
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

/** What became of a request: its container answered, failed to answer, or did not even accept the connection. */
export type InvocationOutcome = "answered" | "failed" | "refused";

/** One request's place at an instance. */
export interface Invocation {
  /** Base URL of the container. */
  readonly url: string;
  readonly logStreamArn: string;
  readonly variantName: string;
  /** Called exactly once, when the request is over. */
  end(outcome: InvocationOutcome): void;
}

/** One instance of a variant, which is one container: started, watched, and started again when it ends by itself. */
export class ServingInstance {
  readonly startedAt = Date.now();
  readonly logGroup: string;
  readonly logStream: string;
  private requests = 0;
  private readonly folder: string;
  private readonly containerLog: ContainerLog;
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
    readonly place: InstancePlace,
    private readonly services: HostingServices,
  ) {
    const instance = `i-${randomBytes(9).toString("hex").slice(0, 17)}`;
    const name = place.variant.VariantName ?? "";
    this.folder = join(services.runDir, place.region, place.endpoint, `${name}-${instance}`);
    this.logGroup = `/aws/sagemaker/Endpoints/${place.endpoint}`;
    this.logStream = `${name}/${instance}`;
    this.containerLog = services.logs.open({ file: place.endpoint, region: place.region, group: this.logGroup, stream: this.logStream });
  }

  /** Base URL of the container, `undefined` while it is not healthy. */
  get url(): string | undefined {
    return this.healthy && !this.suspect ? this.container?.url : undefined;
  }

  /** Requests it is answering now. */
  get inFlight(): number {
    return this.requests;
  }

  /** Takes a request; `undefined` while the container is not healthy. */
  begin(): Invocation | undefined {
    const { url, logStreamArn } = this;
    if (url === undefined) {
      return undefined;
    }
    this.requests++;
    let open = true;
    const end = (outcome: InvocationOutcome): void => {
      if (!open) {
        return;
      }
      open = false;
      this.requests--;
      if (outcome === "answered") {
        this.answered = true;
      } else if (outcome === "refused" && url === this.url) {
        void this.question(url);
      }
    };
    return { url, logStreamArn, variantName: this.place.variant.VariantName ?? "", end };
  }

  /** What the variant's image was called and what it resolved to. */
  get deployedImage(): { readonly specified: string; readonly resolved: string } | undefined {
    return this.image === undefined ? undefined : { specified: this.place.container.Image ?? "", resolved: this.image.uri };
  }

  get logStreamArn(): string {
    const { region, account } = this.place;
    return `arn:aws:logs:${region}:${account}:log-group:${this.logGroup}:log-stream:${this.logStream}`;
  }

  /** Resolves when `/ping` has answered 200; rejects with AWS's failure reason, after which nothing of it runs. */
  async start(): Promise<void> {
    try {
      await this.prepare();
      await this.launch();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.containerLog.write(reason);
      await this.stop();
      throw new Error(reason);
    }
    this.healthy = true;
    this.watching = this.watch();
  }

  /** Waits for requests under way (at most as long as one may take), then ends the container. */
  async drain(): Promise<void> {
    const deadline = performance.now() + 60_000;
    while (this.requests > 0 && performance.now() < deadline && !this.stopping.signal.aborted) {
      await sleep(25);
    }
    await this.stop();
  }

  async stop(graceSeconds: number = stopGraceSeconds): Promise<void> {
    this.stopping.abort();
    this.healthy = false;
    await this.container?.stop(graceSeconds);
    await this.watching;
    await this.containerLog.close();
    await rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
  }

  private async prepare(): Promise<void> {
    const { container } = this.place;
    const { images, storage, runner } = this.services;
    const { signal } = this.stopping;
    const image = await images
      .pull(container.Image ?? "", (line) => this.containerLog.write(line))
      .catch((error: unknown) => {
        throw new Error(`No container can be started from the image ${container.Image}: ${messageOf(error)}.`);
      });
    this.image = image;
    await fetchModelData(container, join(this.folder, "model"), storage, signal).catch((error: unknown) => {
      const url = container.ModelDataUrl ?? container.ModelDataSource?.S3DataSource?.S3Uri;
      throw new Error(`Failed to download model data for container "${container.Image}" from URL: "${url}": ${String(error)}`);
    });
    const environment = container.Environment ?? {};
    this.code = await submitServingCode({ image, baseDir: this.folder, runner: runner.kind, environment, storage, signal });
  }

  private async launch(): Promise<void> {
    const { region, variant, container, endpoint, memoryBytes, networkIsolation } = this.place;
    const { image } = this;
    if (image === undefined) {
      throw new Error("the image is not known");
    }
    this.stopping.signal.throwIfAborted();
    this.containerLog.startOver();
    const started = await this.services.runner.run({
      name: `${endpoint}-${variant.VariantName}`,
      image,
      command: "serve",
      baseDir: this.folder,
      environment: {
        ...platformEnvironment({ region, endpointUrl: this.services.endpointUrl }),
        ...container.Environment,
        ...this.code?.environment,
      },
      codeRequirements: this.code?.codeRequirements ?? [],
      onLine: this.containerLog.write,
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
    const lastWords = this.containerLog.lastWords();
    const how =
      exitCode === undefined
        ? `It did not answer within ${this.startupMilliseconds() / 1_000} seconds.`
        : `It exited with code ${exitCode}.`;
    return (
      `The primary container for production variant ${this.place.variant.VariantName} did not pass the ping health check. ` +
      `Please check CloudWatch logs for this endpoint. ${how}${lastWords === undefined ? "" : ` Last line: ${lastWords}`}`
    );
  }

  private startupMilliseconds(): number {
    const { variant } = this.place;
    const usual = variant.ServerlessConfig === undefined ? startupSeconds : serverlessStartupSeconds;
    return (variant.ContainerStartupHealthCheckTimeoutInSeconds ?? usual) * 1_000;
  }

  /** For as long as the instance serves: a container that ended, or whose health checks fail, is started again. */
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
        this.containerLog.write(error instanceof Error ? error.message : String(error));
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

  /** Keeps requests away from a container that refused a connection until it answers a health check. */
  private async question(url: string): Promise<void> {
    this.suspect = true;
    while (this.suspect && this.healthy && url === this.container?.url) {
      if ((await ping(url)) === "healthy") {
        this.suspect = false;
        return;
      }
      await pause(suspectPauseMilliseconds, this.stopping.signal);
    }
  }

  private tell(what: string): void {
    if (!this.stopping.signal.aborted) {
      this.services.log(`the container of endpoint ${this.place.endpoint} (${this.logStream}) ${what}`);
      this.containerLog.write(`the container ${what}`);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
