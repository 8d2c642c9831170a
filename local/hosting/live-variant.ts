import type { ProductionVariant } from "@aws-sdk/client-sagemaker";
import { type HostingServices, type InstancePlace, type Invocation, ServingInstance } from "./serving-instance";

/** No container of a variant takes requests at the moment. */
export class NotServing extends Error {
  constructor(readonly variantName: string) {
    super(`The container of production variant ${variantName} does not accept connections; it is being started again.`);
    this.name = "NotServing";
  }
}

/** One production variant as it serves now: its instances, and which of them takes the next request. */
export class LiveVariant {
  readonly name: string;
  readonly variant: ProductionVariant;
  /** Requests that are being answered or wait for a container. */
  inFlight = 0;
  private readonly replicas: ServingInstance[] = [];
  private weighed: number;
  /** Where the search for the least busy instance begins, so that equals take turns. */
  private turn = 0;

  constructor(
    private readonly place: InstancePlace,
    private readonly services: HostingServices,
    /** Containers to run. */
    private readonly count: number,
  ) {
    this.variant = place.variant;
    this.name = place.variant.VariantName ?? "";
    this.weighed = place.variant.InitialVariantWeight ?? 1;
  }

  get instances(): readonly ServingInstance[] {
    return this.replicas;
  }

  /** Its share of the traffic against the other variants' weights; 0 is a weight. */
  get weight(): number {
    return this.weighed;
  }

  get serverless(): boolean {
    return this.variant.ServerlessConfig !== undefined;
  }

  /** Requests a serverless variant answers at the same time; more are to be throttled. `undefined`: no limit. */
  get maxConcurrency(): number | undefined {
    return this.variant.ServerlessConfig?.MaxConcurrency;
  }

  /** Takes an instance for one request. Rejects with `NotServing` when none is healthy. */
  async admit(): Promise<Invocation> {
    this.inFlight++;
    const invocation = this.pick()?.begin();
    if (invocation === undefined) {
      this.inFlight--;
      throw new NotServing(this.name);
    }
    return {
      ...invocation,
      end: (outcome) => {
        this.inFlight--;
        invocation.end(outcome);
      },
    };
  }

  /** Resolves when every instance is healthy; rejects with the first one's reason, after which nothing of the variant runs. */
  async start(): Promise<void> {
    this.replicas.push(...Array.from({ length: this.count }, () => new ServingInstance(this.place, this.services)));
    const results = await Promise.allSettled(this.replicas.map((instance) => instance.start()));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) {
      await this.stop();
      throw failed.reason;
    }
  }

  /** Waits for requests under way, then ends the containers. */
  async drain(): Promise<void> {
    await Promise.all(this.replicas.map((instance) => instance.drain()));
  }

  async stop(graceSeconds?: number): Promise<void> {
    await Promise.all(this.replicas.map((instance) => instance.stop(graceSeconds)));
  }

  private pick(): ServingInstance | undefined {
    const healthy = this.replicas.filter((instance) => instance.url !== undefined);
    if (this.variant.RoutingConfig?.RoutingStrategy === "RANDOM") {
      return healthy[Math.floor(Math.random() * healthy.length)];
    }
    this.turn++;
    let least: ServingInstance | undefined;
    for (let index = 0; index < healthy.length; index++) {
      const candidate = healthy[(this.turn + index) % healthy.length];
      if (candidate !== undefined && (least === undefined || candidate.inFlight < least.inFlight)) {
        least = candidate;
      }
    }
    return least;
  }
}
