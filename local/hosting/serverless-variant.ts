import { LiveVariant, NotServing } from "./live-variant";

/**
 * A serverless variant: one container that is stopped when no request came for a while, and started again by the next one, which waits for
 * it. Provisioned concurrency keeps it. One container answers all requests; how many at a time is for the caller of `admit` to check.
 */
export class ServerlessVariant extends LiveVariant {
  private waking: Promise<void> | undefined;
  private idle: NodeJS.Timeout | undefined;

  override async scale(count: number): Promise<void> {
    await super.scale(Math.min(count, 1));
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
    clearTimeout(this.idle);
    if (this.instances.length > 0 && this.waking === undefined) {
      return undefined;
    }
    this.waking ??= super
      .scale(1)
      .catch((error: unknown) => {
        throw new NotServing(this.name, error instanceof Error ? error.message : String(error));
      })
      .finally(() => {
        this.waking = undefined;
      });
    return this.waking;
  }

  protected override leave(): void {
    super.leave();
    this.rest();
  }

  /** Starts the time after which it is stopped, unless it is busy or told to stay warm. */
  private rest(): void {
    clearTimeout(this.idle);
    if (this.inFlight > 0 || this.instances.length === 0 || (this.desired.serverless?.ProvisionedConcurrency ?? 0) > 0) {
      return;
    }
    this.idle = setTimeout(() => {
      this.services.log(`serverless variant ${this.name} had no request for a while; its container is stopped until the next one`);
      super.scale(0).catch((error: unknown) => this.services.log(`serverless variant ${this.name}: ${String(error)}`));
    }, this.services.settings.serverlessIdle);
    this.idle.unref();
  }
}
