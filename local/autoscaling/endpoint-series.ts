import type { Dimension } from "@aws-sdk/client-cloudwatch";
import type { Region } from "../control-plane/region";
import type { EndpointHost } from "../hosting/endpoint-host";
import type { LiveEndpoint } from "../hosting/live-endpoint";
import type { AsyncBacklog } from "../runtime/async/async-queue";
import { type InvocationMeter, variantKey } from "./invocation-meter";
import { MetricSeries, type SeriesKind } from "./metric-series";

/** A metric by its name and dimensions; the namespace is AWS/SageMaker. */
export interface MetricName {
  readonly name: string;
  readonly dimensions: readonly Pick<Dimension, "Name" | "Value">[];
}

export interface SeriesSources {
  readonly endpoints: EndpointHost;
  readonly meter: InvocationMeter;
  backlog(region: Region, endpoint: string): AsyncBacklog;
}

/** What the platform itself knows of its endpoints, as series of the metrics that AWS publishes and policies follow. */
export class EndpointSeries {
  /** By endpoint, then by metric. */
  private readonly endpoints = new Map<string, Map<string, MetricSeries>>();
  /** Requests of each variant when it was looked at last, and when that was. */
  private readonly counted = new Map<string, { readonly count: number; readonly at: number }>();

  constructor(private readonly sources: SeriesSources) {}

  find(region: string, { name, dimensions }: MetricName): MetricSeries | undefined {
    const endpoint = dimensions.find(({ Name }) => Name === "EndpointName")?.Value ?? "";
    return this.endpoints.get(`${region}/${endpoint}`)?.get(keyOf(name, dimensions));
  }

  /** Looks at every endpoint that serves. `now` is in real milliseconds. */
  look(regions: readonly Region[], now: number): void {
    const seen = new Set<string>();
    for (const region of regions) {
      for (const { name } of region.endpoints.list()) {
        const live = this.sources.endpoints.find(region, name);
        if (live !== undefined) {
          this.lookAt(region, name, live, now);
          seen.add(`${region.name}/${name}`);
        }
      }
    }
    for (const key of this.endpoints.keys()) {
      if (!seen.has(key)) {
        this.endpoints.delete(key);
      }
    }
  }

  private lookAt(region: Region, endpoint: string, live: LiveEndpoint, now: number): void {
    const add = (kind: SeriesKind, name: string, dimensions: MetricName["dimensions"], value: number): void =>
      this.series(`${region.name}/${endpoint}`, keyOf(name, dimensions), kind).add(value);
    const place = { Name: "EndpointName", Value: endpoint };
    if (live.config.request.AsyncInferenceConfig !== undefined) {
      const instances = live.variants.reduce((sum, variant) => sum + variant.desired.instanceCount, 0);
      for (const [name, value] of backlogMetrics(this.sources.backlog(region, endpoint), instances)) {
        add("level", name, [place], value);
      }
      return;
    }
    for (const variant of live.variants.filter(({ serverless }) => !serverless)) {
      const dimensions = [place, { Name: "VariantName", Value: variant.name }];
      const instances = Math.max(1, variant.desired.instanceCount);
      const perMinute = this.ratePerMinute(variantKey(region.name, endpoint, variant.name), now);
      if (perMinute !== undefined) {
        add("rate", "Invocations", dimensions, perMinute);
        add("rate", "InvocationsPerInstance", dimensions, perMinute / instances);
      }
      // Each instance publishes its own, so that the average is that of an instance.
      add("level", "ConcurrentRequestsPerModel", dimensions, variant.inFlight / instances);
    }
  }

  private series(endpoint: string, key: string, kind: SeriesKind): MetricSeries {
    const known = this.endpoints.get(endpoint) ?? new Map<string, MetricSeries>();
    this.endpoints.set(endpoint, known);
    const series = known.get(key) ?? new MetricSeries(kind);
    known.set(key, series);
    return series;
  }

  /** What was counted since the last look; `undefined` at the first one. */
  private ratePerMinute(key: string, now: number): number | undefined {
    const count = this.sources.meter.count(key);
    const last = this.counted.get(key);
    if (last !== undefined && now <= last.at) {
      return undefined;
    }
    this.counted.set(key, { count, at: now });
    return last === undefined ? undefined : ((count - last.count) * 60_000) / (now - last.at);
  }
}

/** The metrics of an asynchronous endpoint's queue. Without an instance the backlog per instance is the backlog. */
export function backlogMetrics(backlog: AsyncBacklog, instances: number): readonly (readonly [string, number])[] {
  return [
    ["ApproximateBacklogSize", backlog.approximateBacklogSize],
    ["ApproximateBacklogSizePerInstance", backlog.approximateBacklogSize / Math.max(1, instances)],
    ["ApproximateAgeOfOldestRequest", backlog.approximateAgeOfOldestRequest],
    ["HasBacklogWithoutCapacity", backlog.hasBacklogWithoutCapacity ? 1 : 0],
  ];
}

function keyOf(name: string, dimensions: MetricName["dimensions"]): string {
  const sorted = dimensions.map(({ Name, Value }) => `${Name}=${Value}`).sort();
  return [name, ...sorted].join("|");
}
