import type { Fleet } from "./fleet";
import { pause } from "./health-monitor";
import type { HostingServices } from "./hosting-services";
import type { LiveEndpoint } from "./live-endpoint";
import type { RolloutPlan } from "./rollout-plan";

/** What an update is doing, as DescribeEndpoint shows it of the new fleet's variants. */
export type RolloutStage = "Creating" | "ActivatingTraffic" | "Baking";

export interface RolloutOptions {
  readonly live: LiveEndpoint;
  readonly next: Fleet;
  readonly plan: RolloutPlan;
  readonly region: string;
  readonly services: Pick<HostingServices, "alarms" | "settings">;
  /** Aborted when the daemon stops. */
  readonly signal: AbortSignal;
  /** Called before the traffic goes back to the old fleet. */
  onRollBack(reason: string): Promise<void>;
}

/** The traffic went back to the old fleet, and not all of the old containers could be started again. */
export class RollbackFailed extends Error {
  constructor(reason: string, cause: unknown) {
    super(`${reason} The rollback failed: ${cause instanceof Error ? cause.message : String(cause)}`);
    this.name = "RollbackFailed";
  }
}

/**
 * Moves an endpoint's traffic to a new fleet, in the plan's steps. Resolves to `undefined` when the new fleet has all of it, and to the reason
 * when it went back to the old fleet, whose containers are then all there again; rejects with `RollbackFailed` when they are not. The fleet that
 * lost is for the caller to end.
 */
export class Rollout {
  stage: RolloutStage = "Creating";
  /** The part of the old fleet that still runs. */
  private kept = 1;
  private readonly startedAt = performance.now();

  constructor(private readonly options: RolloutOptions) {}

  get next(): Fleet {
    return this.options.next;
  }

  async run(): Promise<string | undefined> {
    const { live, next, plan, services, signal } = this.options;
    const old = live.serving;
    try {
      for (const { share, bakeSeconds } of plan.steps) {
        this.stage = "Creating";
        await next.scale(plan.rolling ? share : 1);
        this.stage = "ActivatingTraffic";
        live.shift(next, share);
        this.stage = "Baking";
        await this.bake(Math.min(bakeSeconds * 1_000, services.settings.longestWait));
        if (plan.rolling && share < 1) {
          await old.scale(1 - share);
          this.kept = 1 - share;
        }
      }
      return undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!signal.aborted) {
        await this.options.onRollBack(reason);
        const failure: unknown = await this.bringBack(old).then(
          () => undefined,
          (cause: unknown) => cause,
        );
        live.settle(old);
        if (failure !== undefined) {
          throw new RollbackFailed(reason, failure);
        }
      }
      return reason;
    }
  }

  /** Makes the old fleet whole again, a batch at a time, the traffic with it; the new one keeps what is not yet replaced. */
  private async bringBack(old: Fleet): Promise<void> {
    const { live, next, plan } = this.options;
    for (let back = this.kept; back < 1; ) {
      back = Math.min(1, back + plan.rollbackBatch);
      await old.scale(back);
      if (back < 1) {
        live.shift(next, 1 - back);
        await next.scale(1 - back);
      }
    }
    await old.scale();
  }

  /** Watches the alarms for so long, and looks at them once at least. Rejects when one is raised or the update takes too long. */
  private async bake(milliseconds: number): Promise<void> {
    const { plan, region, services, signal } = this.options;
    const deadline = performance.now() + milliseconds;
    for (;;) {
      const raised = await services.alarms.raised(region, plan.alarms);
      if (raised.length > 0) {
        throw new Error(`One or more configured alarms for automatic deployment rollback were triggered: ${raised.join(", ")}.`);
      }
      if (performance.now() - this.startedAt > plan.maximumSeconds * 1_000) {
        throw new Error(`The deployment took longer than its MaximumExecutionTimeoutInSeconds of ${plan.maximumSeconds}.`);
      }
      const left = deadline - performance.now();
      if (left <= 0) {
        return;
      }
      if (!(await pause(Math.min(left, services.settings.alarmCheck), signal))) {
        throw new Error("the local endpoint is stopping");
      }
    }
  }
}
