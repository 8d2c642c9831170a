import type { Region } from "../../control-plane/region";
import type { EndpointHost } from "../../hosting/endpoint-host";
import type { LiveEndpoint } from "../../hosting/live-endpoint";
import { type LiveVariant, NotServing } from "../../hosting/live-variant";
import type { ServingInstance } from "../../hosting/serving-instance";
import type { AsyncInvocation, AsyncStore } from "./async-store";
import { AsyncRun, type AsyncServices } from "./run-invocation";

/** Requests that an instance answers at the same time when the configuration leaves it to SageMaker. */
const usualConcurrency = 4;

/** Pause before the next look for capacity, and before a request is tried again. */
const pauseMilliseconds = 100;
const retryMilliseconds = 1_000;

/** The queue of an asynchronous endpoint as its metrics have it. */
export interface AsyncBacklog {
  /** Requests that wait or are being answered: the metric ApproximateBacklogSize. */
  readonly approximateBacklogSize: number;
  /** There are requests and no instance to answer them: the metric HasBacklogWithoutCapacity. */
  readonly hasBacklogWithoutCapacity: boolean;
  /** Age of the request that was accepted first, in seconds; 0 when there is none. */
  readonly approximateAgeOfOldestRequest: number;
}

/** The accepted requests of one endpoint: handed to its instances in order, as many at a time as each may have. */
export class AsyncQueue {
  private readonly waiting: AsyncInvocation[] = [];
  private readonly running = new Map<AsyncInvocation, AsyncRun>();
  private readonly work = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private handing = false;
  private closed = false;
  /** Nothing is handed out before then: what stood in the way of the last request stands in the way of the next. */
  private pausedUntil = 0;

  constructor(
    private readonly endpoints: EndpointHost,
    private readonly services: AsyncServices,
    private readonly region: Region,
    private readonly name: string,
    private readonly store: AsyncStore,
  ) {}

  push(invocation: AsyncInvocation): void {
    this.waiting.push(invocation);
    this.look();
  }

  backlog(): AsyncBacklog {
    const all = [...this.running.keys(), ...this.waiting];
    const oldest = Math.min(...all.map(({ createdAt }) => createdAt));
    const instances = this.endpoints.find(this.region, this.name)?.variants.flatMap((variant) => variant.instances) ?? [];
    return {
      approximateBacklogSize: all.length,
      hasBacklogWithoutCapacity: all.length > 0 && instances.every(({ ready }) => !ready),
      approximateAgeOfOldestRequest: all.length === 0 ? 0 : (this.services.now() - oldest) / 1_000,
    };
  }

  /** Ends calls to containers. What is not finished stays on disk, for the next start. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    for (const run of this.running.values()) {
      run.cancel();
    }
    await Promise.all(this.work);
  }

  /** Looks for instances that take the next requests, now and then again for as long as requests wait. */
  private look(): void {
    if (this.handing || this.closed) {
      return;
    }
    this.handing = true;
    this.track(
      this.hand().finally(() => {
        this.handing = false;
        if (this.waiting.length > 0 && !this.closed) {
          clearTimeout(this.timer);
          this.timer = setTimeout(() => this.look(), pauseMilliseconds);
        }
      }),
    );
  }

  private async hand(): Promise<void> {
    await this.dropForeign();
    await this.expire();
    while (this.waiting.length > 0 && !this.closed && performance.now() >= this.pausedUntil) {
      const live = this.endpoints.find(this.region, this.name);
      const variant = live?.choose();
      if (live === undefined || variant === undefined || !(await this.handOne(live, variant))) {
        return;
      }
    }
  }

  private async handOne(live: LiveEndpoint, variant: LiveVariant): Promise<boolean> {
    const limit = live.config.request.AsyncInferenceConfig?.ClientConfig?.MaxConcurrentInvocationsPerInstance ?? usualConcurrency;
    const isFree = ({ inFlight }: ServingInstance): boolean => inFlight < limit;
    if (!variant.instances.some((instance) => instance.ready && isFree(instance))) {
      return false;
    }
    try {
      const place = await variant.admit(isFree);
      const invocation = this.waiting.shift();
      if (invocation === undefined || this.closed) {
        place.end("failed");
        if (invocation !== undefined) {
          this.waiting.unshift(invocation);
        }
        return false;
      }
      const run = new AsyncRun(this.services, this.region.name, this.store, invocation);
      this.running.set(invocation, run);
      this.track(this.finish(invocation, run.run(place)));
      return true;
    } catch (error) {
      if (error instanceof NotServing) {
        return false;
      }
      throw error;
    }
  }

  private async finish(invocation: AsyncInvocation, outcome: ReturnType<AsyncRun["run"]>): Promise<void> {
    try {
      if ((await outcome) === "finished") {
        await this.store.remove(invocation.key);
      } else {
        this.pausedUntil = performance.now() + retryMilliseconds;
        this.waiting.unshift(invocation);
      }
    } finally {
      this.running.delete(invocation);
      this.look();
    }
  }

  /** Requests for an endpoint that is deleted, or was deleted and made again, go with it. */
  private async dropForeign(): Promise<void> {
    const createdAt = this.region.endpoints.get(this.name)?.createdAt;
    await this.take(
      ({ endpointCreatedAt }) => endpointCreatedAt !== createdAt,
      async ({ inferenceId }) => this.services.log(`inference ${inferenceId} is dropped: the endpoint ${this.name} was deleted`),
    );
  }

  private async expire(): Promise<void> {
    const now = this.services.now();
    await this.take(
      ({ expiresAt }) => expiresAt <= now,
      (invocation) => {
        const seconds = (invocation.expiresAt - invocation.createdAt) / 1_000;
        const reason = `ClientError: The request expired: it was in the queue for longer than its RequestTTLSeconds of ${seconds}.`;
        return new AsyncRun(this.services, this.region.name, this.store, invocation).fail(reason);
      },
    );
  }

  /** Takes requests out of the queue and off the disk. */
  private async take(which: (invocation: AsyncInvocation) => boolean, end: (invocation: AsyncInvocation) => Promise<void>): Promise<void> {
    for (const invocation of this.waiting.filter(which)) {
      this.waiting.splice(this.waiting.indexOf(invocation), 1);
      await end(invocation);
      await this.store.remove(invocation.key);
    }
  }

  private track(promise: Promise<void>): void {
    const tracked: Promise<void> = promise
      .catch((error: unknown) =>
        this.services.log(`asynchronous endpoint ${this.name}: ${error instanceof Error ? (error.stack ?? "") : error}`),
      )
      .finally(() => this.work.delete(tracked));
    this.work.add(tracked);
  }
}
