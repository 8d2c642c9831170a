import { LiveVariant, NotServing } from "./live-variant";
import type { ServingInstance } from "./serving-instance";

/**
 * A serverless variant. Without provisioned concurrency it is one container, which answers all requests, is stopped when none came for a while, and is
 * started again by the next one, which waits for it. Provisioned concurrency keeps as many containers as it says, or as the machine allows, and each
 * of them takes one request; what is beyond that spills into one more container, which comes and goes in the same way. How many requests at a time
 * the variant answers is for the caller of `admit` to check.
 */
export class ServerlessVariant extends LiveVariant {
  private waking: Promise<void> | undefined;
  private idle: NodeJS.Timeout | undefined;

  /** A part of an update's fleet is one container, and so is the whole: the others are there when it serves. */
  override async scale(count: number): Promise<void> {
    const { warm } = this;
    const declared = this.desired.serverless?.ProvisionedConcurrency ?? 0;
    if (declared > warm && count > 0) {
      this.services.log(
        `serverless variant ${this.name}: of a provisioned concurrency of ${declared} this machine keeps ${warm} containers (SLIPWAY_MAX_REPLICAS)`,
      );
    }
    await super.scale(Math.min(count, 1) * Math.max(1, warm));
    this.rest();
  }

  override async drain(successor?: () => LiveVariant | undefined): Promise<void> {
    clearTimeout(this.idle);
    await super.drain(successor);
  }

  override async stop(graceSeconds?: number): Promise<void> {
    clearTimeout(this.idle);
    await super.stop(graceSeconds);
  }

  protected override awake(): Promise<void> | undefined {
    if (this.waking === undefined && !this.needsAnother()) {
      return undefined;
    }
    if (this.waking !== undefined && this.warm > 0 && this.provisioned.some(isFree)) {
      return undefined;
    }
    this.quiet();
    this.waking ??= super
      .scale(this.warm + 1)
      .catch((error: unknown) => {
        throw new NotServing(this.name, error instanceof Error ? error.message : String(error));
      })
      .finally(() => {
        this.waking = undefined;
        this.rest();
      });
    return this.waking;
  }

  protected override leave(): void {
    super.leave();
    this.rest();
  }

  protected override pick(eligible: (instance: ServingInstance) => boolean): ServingInstance | undefined {
    const chosen =
      this.provisioned.find((instance) => isFree(instance) && eligible(instance)) ??
      this.onDemand.find((instance) => instance.ready && eligible(instance)) ??
      super.pick(eligible);
    if (chosen !== undefined && this.onDemand.includes(chosen)) {
      this.quiet();
    }
    return chosen;
  }

  /** Containers that are kept. */
  private get warm(): number {
    return Math.min(this.desired.serverless?.ProvisionedConcurrency ?? 0, this.services.settings.mostReplicas);
  }

  private get provisioned(): readonly ServingInstance[] {
    return this.replicas.slice(0, this.warm);
  }

  private get onDemand(): readonly ServingInstance[] {
    return this.replicas.slice(this.warm);
  }

  /** Whether a request that comes now finds no container for it, and the machine has room for one more. */
  private needsAnother(): boolean {
    const { warm } = this;
    if (this.onDemand.length > 0 || (warm > 0 && warm >= this.services.settings.mostReplicas)) {
      return false;
    }
    return warm === 0 || (this.replicas.length >= warm && !this.provisioned.some(isFree));
  }

  private quiet(): void {
    clearTimeout(this.idle);
    this.idle = undefined;
  }

  /** Starts the time after which the container that came on demand is stopped, unless it is busy. */
  private rest(): void {
    const isIdle = (): boolean =>
      this.waking === undefined && this.onDemand.length > 0 && this.onDemand.every(({ inFlight }) => inFlight === 0);
    if (!isIdle()) {
      this.quiet();
      return;
    }
    this.idle ??= setTimeout(() => {
      this.idle = undefined;
      if (!isIdle()) {
        return;
      }
      this.services.log(`serverless variant ${this.name} had no request for a while; its container is stopped until the next one`);
      super.scale(this.warm).catch((error: unknown) => this.services.log(`serverless variant ${this.name}: ${String(error)}`));
    }, this.services.settings.serverlessIdle);
    this.idle.unref();
  }
}

function isFree({ ready, inFlight }: ServingInstance): boolean {
  return ready && inFlight === 0;
}
