import type { ProductionVariant } from "@aws-sdk/client-sagemaker";
import type { HostingServices, InstancePlace } from "./hosting-services";
import { containerName, type Invocation, ServingInstance } from "./serving-instance";
import type { DesiredVariant } from "./variant-properties";

/** No container of a variant takes requests at the moment. */
export class NotServing extends Error {
  constructor(
    readonly variantName: string,
    message = `The container of production variant ${variantName} does not accept connections; it is being started again.`,
  ) {
    super(message);
    this.name = "NotServing";
  }
}

/** The container that a request waits for was not there in time; it is still being started. */
export class StillStarting extends Error {
  constructor(readonly variantName: string) {
    super(`The resources of serverless variant ${variantName} are still being provisioned. Wait and try your request again.`);
    this.name = "StillStarting";
  }
}

/** One production variant as it serves now: its instances, and which of them takes the next request. */
export class LiveVariant {
  readonly name: string;
  readonly variant: ProductionVariant;
  /** Its share of the traffic against the other variants' weights; 0 is a weight. */
  weight: number;
  /** What it is to become, or is. */
  desired: DesiredVariant;
  private readonly onEnd = (): void => this.leave();
  protected readonly replicas: ServingInstance[] = [];
  /** Out of service, and ending. */
  private readonly leaving = new Set<ServingInstance>();
  private requests = 0;
  private ended = false;
  private successor: (() => LiveVariant | undefined) | undefined;
  /** Where the search for the least busy instance begins, so that equals take turns. */
  private turn = 0;

  constructor(
    private readonly place: InstancePlace,
    protected readonly services: HostingServices,
    desired: DesiredVariant,
  ) {
    this.variant = place.variant;
    this.name = place.variant.VariantName ?? "";
    this.desired = desired;
    this.weight = desired.weight;
  }

  /** Names of the containers of which each request is for one, which it must name; `undefined` when requests go to all of them in turn. */
  get directContainers(): readonly string[] | undefined {
    const { containers, direct } = this.place;
    return direct ? containers.map(({ ContainerHostname }, index) => containerName(ContainerHostname, index)) : undefined;
  }

  get instances(): readonly ServingInstance[] {
    return this.replicas;
  }

  /** Requests that are being answered or wait for a container. */
  get inFlight(): number {
    return this.requests;
  }

  get serverless(): boolean {
    return this.desired.serverless !== undefined;
  }

  /** Requests a serverless variant answers at the same time; more are to be throttled. `undefined`: no limit. */
  get maxConcurrency(): number | undefined {
    return this.desired.serverless?.MaxConcurrency;
  }

  /**
   * Takes an instance for one request among those that `eligible` lets through, after a cold start where there is none. Rejects with
   * `NotServing` when none of them is healthy. With `container` the request is for that one of several containers alone; with `patience` it waits
   * so many milliseconds for a cold start, and rejects with `StillStarting` then.
   */
  async admit(eligible: (instance: ServingInstance) => boolean = () => true, container?: string, patience?: number): Promise<Invocation> {
    // The request came before an update took this variant's place, and its body arrived after it.
    const successor = this.ended ? this.successor?.() : undefined;
    if (successor !== undefined && successor !== this) {
      return successor.admit(eligible, container, patience);
    }
    this.requests++;
    try {
      const awake = this.awake();
      if (awake !== undefined) {
        await (patience === undefined ? awake : inTime(awake, patience, () => new StillStarting(this.name)));
      }
      const invocation = this.pick(eligible)?.begin(container, this.onEnd);
      if (invocation === undefined) {
        throw new NotServing(this.name);
      }
      return invocation;
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  /**
   * Makes it `count` containers. Resolves when all are healthy and those too many have ended; rejects with the reason when one does not start,
   * after which the containers are those from before.
   */
  async scale(count: number): Promise<void> {
    const surplus = this.replicas.splice(count);
    const added = Array.from({ length: count - this.replicas.length }, () => new ServingInstance(this.place, this.services));
    this.replicas.push(...added);
    const results = await Promise.allSettled(
      added.map((instance) => (this.ended ? Promise.reject(new Error("the endpoint is stopping")) : instance.start())),
    );
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) {
      this.replicas.splice(0, this.replicas.length, ...this.replicas.filter((instance) => !added.includes(instance)), ...surplus);
      await this.retire(added, (instance) => instance.stop());
      throw failed.reason;
    }
    await this.retire(surplus, (instance) => instance.drain());
  }

  /** Waits for requests under way, then ends the containers. A request that still comes goes to the successor. */
  async drain(successor?: () => LiveVariant | undefined): Promise<void> {
    this.successor = successor;
    this.ended = true;
    await this.retire(this.replicas, (instance) => instance.drain());
  }

  async stop(graceSeconds?: number): Promise<void> {
    this.ended = true;
    await Promise.all([...this.replicas, ...this.leaving].map((instance) => instance.stop(graceSeconds)));
  }

  /** Resolves when the variant has containers, for one that may have none. */
  protected awake(): Promise<void> | undefined {
    return undefined;
  }

  /** A request is over. */
  protected leave(): void {
    this.requests--;
  }

  protected async retire(instances: readonly ServingInstance[], how: (instance: ServingInstance) => Promise<void>): Promise<void> {
    await Promise.all(
      instances.map(async (instance) => {
        this.leaving.add(instance);
        await how(instance).finally(() => this.leaving.delete(instance));
      }),
    );
  }

  protected pick(eligible: (instance: ServingInstance) => boolean): ServingInstance | undefined {
    const healthy = this.replicas.filter((instance) => instance.ready && eligible(instance));
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

async function inTime(awake: Promise<void>, milliseconds: number, late: () => Error): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds);
  });
  try {
    await Promise.race([awake, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
