import { setMaxListeners } from "node:events";
import type { EndpointRecord } from "../control-plane/records";
import type { Region } from "../control-plane/region";
import { Fleet, type FleetPlan } from "./fleet";
import { pause } from "./health-monitor";
import type { HostingServices } from "./hosting-services";
import { LiveEndpoint } from "./live-endpoint";
import { RollbackFailed, Rollout, type RolloutStage } from "./rollout";
import { planRollout } from "./rollout-plan";
import { type VariantView, variantView } from "./variant-view";

/** Seconds a container gets to end when the daemon itself stops. */
const shutdownGraceSeconds = 5;

/** The new fleet of an update under way. */
export interface PendingView {
  readonly stage: RolloutStage;
  readonly variants: readonly VariantView[];
  readonly shadows: readonly VariantView[];
}

/** Makes endpoints real: starts, replaces and ends their containers, and moves their records from state to state. */
export class EndpointHost {
  private readonly live = new Map<string, LiveEndpoint>();
  private readonly rollouts = new Map<string, Rollout>();
  /** The ARN of the endpoint of every fleet whose containers may exist, those starting and draining included. */
  private readonly fleets = new Map<Fleet, string>();
  private readonly work = new Set<Promise<void>>();
  private readonly closing = new AbortController();

  constructor(private readonly services: HostingServices) {
    // Each update under way waits for this signal: however many there are, it is no leak.
    setMaxListeners(0, this.closing.signal);
  }

  /** Starts an endpoint whose record says Creating. */
  create(region: Region, name: string): void {
    this.run(name, async () => {
      const endpoint = region.endpoints.get(name);
      if (endpoint === undefined) {
        return;
      }
      const { arn, configName, variants, dataCapture } = endpoint;
      try {
        const fleet = this.prepare(region, endpoint, { configName, variants, dataCapture });
        await fleet.scale();
        this.live.set(arn, new LiveEndpoint(fleet));
        await this.put(region, name, { status: "InService" });
      } catch (error) {
        await this.stopFleets(arn);
        await this.put(region, name, { status: "Failed", failureReason: messageOf(error) });
      }
    });
  }

  /** Brings the configuration of the record's `updating` to life beside the old one, and moves the traffic as it says. */
  update(region: Region, name: string): void {
    this.run(name, async () => {
      const endpoint = region.endpoints.get(name);
      const live = this.live.get(endpoint?.arn ?? "");
      if (endpoint?.updating === undefined || live === undefined) {
        return;
      }
      const { configName, variants, dataCapture } = endpoint.updating;
      let status: EndpointRecord["status"] = "InService";
      const failure = await this.rollOut(region, endpoint, live).catch((error: unknown) => {
        status = error instanceof RollbackFailed ? "UpdateRollbackFailed" : status;
        return messageOf(error);
      });
      if (failure === undefined) {
        await this.put(region, name, {
          status: "InService",
          configName,
          variants,
          dataCapture,
          updating: undefined,
          failureReason: undefined,
        });
      } else {
        // As on AWS: in service with the old configuration, and the reason is all that tells of the failure.
        await this.put(region, name, { status, updating: undefined, failureReason: failure });
      }
    });
  }

  /** Gives the variants the weights and instance counts of the record. */
  change(region: Region, name: string): void {
    this.run(name, async () => {
      const endpoint = region.endpoints.get(name);
      const live = this.live.get(endpoint?.arn ?? "");
      if (endpoint === undefined || live === undefined) {
        return;
      }
      const failureReason = await live.serving.change(endpoint.variants ?? {}).then(() => undefined, messageOf);
      await this.put(region, name, { status: "InService", failureReason });
    });
  }

  /** Ends the containers and removes the record. */
  delete(region: Region, name: string): void {
    this.run(name, async () => {
      const arn = region.arn("endpoint", name);
      this.live.delete(arn);
      await this.stopFleets(arn);
      await region.endpoints.delete(name);
    });
  }

  find(region: Region, name: string): LiveEndpoint | undefined {
    return this.live.get(region.arn("endpoint", name));
  }

  liveVariants(region: Region, name: string): VariantView[] {
    return (this.find(region, name)?.variants ?? []).map(variantView);
  }

  shadowVariants(region: Region, name: string): VariantView[] {
    return (this.find(region, name)?.serving.shadows ?? []).map(variantView);
  }

  pending(region: Region, name: string): PendingView | undefined {
    const rollout = this.rollouts.get(region.arn("endpoint", name));
    return (
      rollout && { stage: rollout.stage, variants: rollout.next.variants.map(variantView), shadows: rollout.next.shadows.map(variantView) }
    );
  }

  /** After a start of the daemon: what served comes back by the configuration that served, what was going away goes. */
  async recover(region: Region): Promise<void> {
    for (const endpoint of region.endpoints.list()) {
      if (endpoint.status === "Deleting") {
        this.delete(region, endpoint.name);
      } else if (endpoint.status !== "Failed") {
        await this.put(region, endpoint.name, {
          status: "Creating",
          updating: undefined,
          failureReason:
            endpoint.updating === undefined ? endpoint.failureReason : "The update was interrupted by a restart of the local endpoint.",
        });
        this.create(region, endpoint.name);
      }
    }
  }

  /** Ends every container. The records stay as they are, for `recover`. */
  async shutdown(): Promise<void> {
    this.closing.abort();
    await Promise.all([...this.fleets.keys()].map((fleet) => this.stop(fleet, shutdownGraceSeconds)));
    await Promise.all(this.work);
  }

  private prepare(region: Region, endpoint: EndpointRecord, plan: FleetPlan): Fleet {
    this.closing.signal.throwIfAborted();
    const fleet = Fleet.of(region, endpoint.name, plan, this.services);
    this.fleets.set(fleet, endpoint.arn);
    return fleet;
  }

  /** Resolves to the reason why the old fleet still serves, or to `undefined` when the new one does. */
  private async rollOut(region: Region, endpoint: EndpointRecord, live: LiveEndpoint): Promise<string | undefined> {
    const { name, arn, updating } = endpoint;
    if (updating === undefined) {
      return undefined;
    }
    const { signal } = this.closing;
    const next = this.prepare(region, endpoint, updating);
    const isServerless = next.variants.some(({ serverless }) => serverless);
    const instances = next.variants.reduce((sum, { desired }) => sum + desired.instanceCount, 0);
    // AWS takes deployment policies for serverless variants and moves all traffic at once.
    const plan = planRollout(isServerless ? undefined : updating.deploymentConfig, instances);
    const onRollBack = () => this.put(region, name, { status: "RollingBack" });
    const rollout = new Rollout({ live, next, plan, region: region.name, services: this.services, signal, onRollBack });
    this.rollouts.set(arn, rollout);
    const failure = await rollout
      .run()
      .catch(async (error: unknown) => {
        await this.retire(next, live);
        throw error;
      })
      .finally(() => this.rollouts.delete(arn));
    if (signal.aborted) {
      return failure;
    }
    if (failure !== undefined) {
      await this.retire(next, live);
      return failure;
    }
    const old = live.settle(next);
    this.run(name, async () => {
      const wait = Math.min(plan.terminationWaitSeconds * 1_000, this.services.settings.longestWait);
      if (await pause(wait, AbortSignal.any([signal, old.signal]))) {
        await this.retire(old, live);
      }
    });
    return undefined;
  }

  /** Ends a fleet that lost its traffic to the endpoint's serving one. */
  private async retire(fleet: Fleet, live: LiveEndpoint): Promise<void> {
    await fleet.drain((variantName) => live.choose(variantName) ?? live.choose());
    this.fleets.delete(fleet);
  }

  private async stopFleets(arn: string): Promise<void> {
    await Promise.all([...this.fleets].filter(([, owner]) => owner === arn).map(([fleet]) => this.stop(fleet)));
  }

  private async stop(fleet: Fleet, graceSeconds?: number): Promise<void> {
    await fleet.stop(graceSeconds);
    this.fleets.delete(fleet);
  }

  /** Changes an endpoint's record; a member set to undefined is removed. Not while the daemon stops: `recover` starts from what was. */
  private async put(region: Region, name: string, change: Partial<EndpointRecord>): Promise<void> {
    const endpoint = region.endpoints.get(name);
    if (endpoint !== undefined && !this.closing.signal.aborted) {
      await region.endpoints.record(name, { ...endpoint, ...change, modifiedAt: Date.now() });
    }
  }

  /** Runs work in the background that `shutdown` waits for. */
  private run(name: string, action: () => Promise<void>): void {
    const promise: Promise<void> = action()
      .catch((error: unknown) =>
        this.services.log(`endpoint ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
      )
      .finally(() => this.work.delete(promise));
    this.work.add(promise);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
