import { randomUUID } from "node:crypto";
import { changeVariants } from "../control-plane/endpoints";
import type { Region } from "../control-plane/region";
import type { Regions } from "../control-plane/regions";
import { desiredVariant } from "../hosting/variant-properties";
import { steadyNow } from "../steady-clock";
import { AlarmWatch } from "./alarm-watch";
import { EndpointSeries, type SeriesSources } from "./endpoint-series";
import type { PolicyAlarms } from "./policy-alarms";
import type { ScalableTargetRecord, ScalingActivityRecord } from "./records";
import { instanceCount, scaledVariant } from "./resource-id";
import { type Change, decide, type LastChange } from "./scaling-decision";
import type { ScalingSettings } from "./scaling-settings";
import { memberKey, targetKey } from "./scaling-state";
import { parseSchedule } from "./schedule";
import { trackingWishes } from "./target-tracking";
import { deleteTrackingAlarms } from "./tracking-alarms";

export interface AutoscalerOptions extends SeriesSources {
  readonly regions: Pick<Regions, "all">;
  readonly alarms: PolicyAlarms;
  readonly settings: ScalingSettings;
  readonly log: (line: string) => void;
  /** Real milliseconds since the epoch. @default the machine's clock */
  readonly now?: () => number;
}

/** Acts on scaling policies: looks at the metrics again and again, and changes instance counts as UpdateEndpointWeightsAndCapacities does. */
export class Autoscaler {
  readonly series: EndpointSeries;
  private readonly watch: AlarmWatch;
  private readonly last = new Map<string, LastChange>();
  private readonly now: () => number;
  /** For cooldowns, rates and pauses. */
  private readonly steady: () => number;
  private timer: NodeJS.Timeout | undefined;
  private ticking: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(private readonly options: AutoscalerOptions) {
    this.now = options.now ?? Date.now;
    this.steady = options.now ?? steadyNow;
    this.series = new EndpointSeries(options);
    this.watch = new AlarmWatch(options.alarms, this.series, this.looks, options.log);
  }

  start(): void {
    this.timer = setTimeout(() => {
      this.ticking = this.tick()
        .catch((error: unknown) => this.options.log(`scaling: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`))
        .finally(() => {
          if (!this.closed) {
            this.start();
          }
        });
    }, this.options.settings.tick);
    this.timer.unref();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.ticking;
  }

  /** One look at everything. */
  async tick(): Promise<void> {
    const now = this.now();
    const steady = this.steady();
    this.series.look(this.options.regions.all(), steady);
    for (const region of this.options.regions.all()) {
      const { scaling } = region;
      const gone = await scaling.deregisterOrphans(region.endpoints);
      await deleteTrackingAlarms(this.options.alarms, region.name, gone).catch((error: unknown) => this.options.log(String(error)));
      if (scaling.policies.list().length > 0) {
        await this.watch.read(region.name, steady);
      }
      for (const target of scaling.targets.list()) {
        await this.scale(region, target, now);
      }
    }
  }

  private readonly looks = (seconds: number): number => {
    const { speed, tick } = this.options.settings;
    return Math.max(1, Math.round((seconds * 1_000) / speed / tick));
  };

  /** Seconds in the time of scaling. */
  private seconds(): number {
    return (this.steady() / 1_000) * this.options.settings.speed;
  }

  private async scale(region: Region, registered: ScalableTargetRecord, now: number): Promise<void> {
    const found = scaledVariant(region, registered.resourceId);
    await this.finishActivities(region, registered, found?.endpoint.status ?? "", found?.endpoint.failureReason);
    const target = await this.runSchedules(region, registered, now);
    // As on AWS, an endpoint that is being changed is not scaled.
    if (found?.endpoint.status !== "InService" || target.dimension !== instanceCount) {
      return;
    }
    const capacity = desiredVariant(found.variant, found.endpoint.variants?.[target.variant]).instanceCount;
    const change = bounded(target, capacity) ?? this.wanted(region, target, capacity);
    if (change !== undefined) {
      await this.change(region, target, capacity, change, now);
    }
  }

  private wanted(region: Region, target: ScalableTargetRecord, capacity: number): Change | undefined {
    const policies = region.scaling.policiesOf(target);
    const seconds = this.seconds();
    const wishes = [
      ...trackingWishes(
        target,
        policies.filter(({ type }) => type === "TargetTrackingScaling"),
        region.name,
        this.series,
        this.looks,
      ),
      ...this.watch.wishes(
        region.name,
        policies.filter(({ type }) => type === "StepScaling"),
        seconds,
      ),
    ];
    return decide({ target, capacity, now: seconds, last: this.last.get(target.arn), wishes });
  }

  private async change(region: Region, target: ScalableTargetRecord, before: number, change: Change, now: number): Promise<void> {
    const { resourceId, dimension, endpoint, variant } = target;
    const { capacity, direction, cooldown, cause } = change;
    const activity: ScalingActivityRecord = {
      id: randomUUID(),
      resourceId,
      dimension,
      description: `Setting desired instance count to ${capacity}.`,
      cause,
      status: "InProgress",
      statusMessage: `Successfully set desired instance count to ${capacity}. Waiting for change to be fulfilled by sagemaker.`,
      createdAt: now,
    };
    await region.scaling.putActivity(activity);
    this.last.set(target.arn, { direction, at: this.seconds(), cooldown, before });
    this.options.log(`scaling ${resourceId} from ${before} to ${capacity}: ${cause}`);
    try {
      await changeVariants(region, this.options.endpoints, endpoint, [{ VariantName: variant, DesiredInstanceCount: capacity }]);
    } catch (error) {
      const statusMessage = `Failed to set desired instance count to ${capacity}. Reason: ${error instanceof Error ? error.message : String(error)}`;
      await region.scaling.putActivity({ ...activity, status: "Failed", statusMessage, endedAt: this.now() });
    }
  }

  /** A change is over when its endpoint is no longer updating; its cooldown begins then. */
  private async finishActivities(
    region: Region,
    target: ScalableTargetRecord,
    status: string,
    failureReason: string | undefined,
  ): Promise<void> {
    if (status === "Updating" || status === "Creating") {
      return;
    }
    const open = region.scaling.activities
      .list()
      .filter((activity) => activity.status === "InProgress" && targetKey(activity) === targetKey(target));
    for (const activity of open) {
      const ended = this.now();
      const failed = failureReason !== undefined;
      const set = activity.statusMessage.replace(/ Waiting for .*$/, "");
      await region.scaling.putActivity({
        ...activity,
        status: failed ? "Failed" : "Successful",
        statusMessage: failed
          ? `${set} The change was not fulfilled by sagemaker: ${failureReason}`
          : `${set} Change successfully fulfilled by sagemaker.`,
        endedAt: ended,
      });
      const last = this.last.get(target.arn);
      if (last !== undefined) {
        this.last.set(target.arn, { ...last, at: this.seconds() });
      }
    }
  }

  /** Gives the target the capacities of the scheduled actions that are due. Schedules keep real time. */
  private async runSchedules(region: Region, target: ScalableTargetRecord, now: number): Promise<ScalableTargetRecord> {
    let current = target;
    for (const action of region.scaling.actionsOf(target)) {
      const { schedule, timezone, startTime, endTime, createdAt } = action;
      const from = Math.max(action.lastRun ?? createdAt, startTime ?? 0);
      const to = Math.min(now, endTime ?? now);
      if (
        current.suspended.ScheduledScalingSuspended ||
        to <= from ||
        !parseSchedule(schedule, timezone)(from, to, startTime ?? createdAt)
      ) {
        continue;
      }
      await region.scaling.scheduledActions.put(memberKey(action, action.name), { ...action, lastRun: now });
      const min = action.action.MinCapacity ?? Math.min(current.min, action.action.MaxCapacity ?? current.min);
      current = { ...current, min, max: action.action.MaxCapacity ?? Math.max(current.max, min) };
      await region.scaling.targets.put(targetKey(current), current);
      this.options.log(`scheduled action ${action.name}: ${current.resourceId} has ${current.min} to ${current.max} instances`);
    }
    return current;
  }
}

/** The change that brings a capacity back between the bounds, which AWS makes without a policy and without a cooldown. */
function bounded({ min, max }: ScalableTargetRecord, capacity: number): Change | undefined {
  if (capacity < min) {
    return { capacity: min, direction: "out", cause: `minimum capacity was set to ${min}`, cooldown: 0 };
  }
  return capacity > max ? { capacity: max, direction: "in", cause: `maximum capacity was set to ${max}`, cooldown: 0 } : undefined;
}
