import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerLog } from "../logs/container-log";
import type { HostingServices, InstancePlace } from "./hosting-services";
import { ServingContainer } from "./serving-container";

/** What became of a request: its container answered, failed to answer, or did not even accept the connection. */
export type InvocationOutcome = "answered" | "failed" | "refused";

/** A container on a request's way. */
export interface Stage {
  /** As errors call it: `primary`, its `ContainerHostname`, or `container-N`. */
  readonly container: string;
  /** Base URL. */
  readonly url: string;
  readonly logStreamArn: string;
}

/** One request's place at an instance: the container it goes to. */
export interface Invocation extends Stage {
  /** The containers of an inference pipeline behind it: each gets the answer of the one before. */
  readonly rest: readonly Stage[];
  /** Tells the instance from all others, of earlier lives too. */
  readonly instance: string;
  readonly variantName: string;
  /** Of an asynchronous endpoint: writes a line about the request into the instance's `data-log`. */
  readonly log?: (line: string) => void;
  /** Called exactly once, when the request is over, with the container that answered, failed or refused when it is not the first. */
  end(outcome: InvocationOutcome, stage?: Stage): void;
}

/** One instance of a variant: the model's containers, which is one unless the model has several. It serves while all of them are healthy. */
export class ServingInstance {
  readonly startedAt = Date.now();
  /** `i-` and 17 hexadecimal digits. */
  readonly id = `i-${randomBytes(9).toString("hex").slice(0, 17)}`;
  private requests = 0;
  private stopped = false;
  private readonly folder: string;
  private readonly containers: readonly ServingContainer[];
  private readonly dataLog: ContainerLog | undefined;

  constructor(
    readonly place: InstancePlace,
    services: HostingServices,
  ) {
    const { region, endpoint, variant, containers } = place;
    const name = variant.VariantName ?? "";
    this.folder = join(services.runDir, region, endpoint, `${name}-${this.id}`);
    const logGroup = `/aws/sagemaker/Endpoints/${endpoint}`;
    const dataLog = { file: endpoint, region, group: logGroup, stream: `${name}/${this.id}/data-log` };
    this.dataLog = place.asynchronous ? services.logs.open(dataLog) : undefined;
    this.containers = containers.map((definition, index) => {
      const alone = containers.length === 1;
      const called = alone ? "primary" : containerName(definition.ContainerHostname, index);
      const logStream = alone ? `${name}/${this.id}` : `${name}/${this.id}/${called}`;
      const log = services.logs.open({ file: endpoint, region, group: logGroup, stream: logStream });
      const folder = alone ? this.folder : join(this.folder, called);
      return new ServingContainer({ place, definition, name: called, folder, log, logGroup, logStream }, services);
    });
  }

  /** All its containers take requests. */
  get ready(): boolean {
    return this.containers.every(({ url }) => url !== undefined);
  }

  /** Requests it is answering now. */
  get inFlight(): number {
    return this.requests;
  }

  /**
   * Takes a request for the container of that name, or for all of them in their order; `undefined` while one of them is not healthy, or when
   * there is none of that name. `onEnd` is called when it is over.
   */
  begin(container?: string, onEnd?: () => void): Invocation | undefined {
    const chosen = container === undefined ? this.containers : this.containers.filter(({ name }) => name === container);
    const stages: Stage[] = [];
    for (const { name, url, logStreamArn } of chosen) {
      if (url === undefined) {
        return undefined;
      }
      stages.push({ container: name, url, logStreamArn });
    }
    const first = stages.shift();
    if (first === undefined) {
      return undefined;
    }
    this.requests++;
    let open = true;
    return {
      container: first.container,
      url: first.url,
      logStreamArn: first.logStreamArn,
      rest: stages,
      instance: this.id,
      variantName: this.place.variant.VariantName ?? "",
      ...(this.dataLog === undefined ? {} : { log: this.dataLog.write }),
      end: (outcome, stage = first) => {
        if (open) {
          open = false;
          this.requests--;
          this.note(outcome, stage, chosen);
          onEnd?.();
        }
      },
    };
  }

  /** What the variant's images were called and what they resolved to. */
  get deployedImages(): readonly { readonly specified: string; readonly resolved: string }[] {
    return this.containers.flatMap(({ deployedImage }) => deployedImage ?? []);
  }

  /** Resolves when all containers are healthy; rejects with AWS's failure reason of one, after which nothing of it runs. */
  async start(): Promise<void> {
    const failures: unknown[] = [];
    await Promise.all(
      this.containers.map((container) =>
        container.start().catch(async (error: unknown) => {
          failures.push(error);
          // The others need not become healthy any more.
          await this.stop();
        }),
      ),
    );
    if (failures.length > 0) {
      throw failures[0];
    }
  }

  /** Waits for requests under way (at most as long as one may take), then ends the containers. */
  async drain(): Promise<void> {
    const deadline = performance.now() + this.place.longestInvocation;
    while (this.requests > 0 && performance.now() < deadline && !this.stopped) {
      await sleep(25);
    }
    await this.stop();
  }

  async stop(graceSeconds?: number): Promise<void> {
    this.stopped = true;
    await Promise.all(this.containers.map((container) => container.stop(graceSeconds)));
    await this.dataLog?.close();
    await rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
  }

  private note(outcome: InvocationOutcome, stage: Stage, passed: readonly ServingContainer[]): void {
    if (outcome === "answered") {
      for (const container of passed) {
        container.noteAnswer();
      }
    } else if (outcome === "refused") {
      void passed.find(({ name }) => name === stage.container)?.doubt(stage.url);
    }
  }
}

/** The name of one of several containers, as AWS has it in logs and errors. */
export function containerName(hostname: string | undefined, index: number): string {
  return hostname ?? `container-${index + 1}`;
}
