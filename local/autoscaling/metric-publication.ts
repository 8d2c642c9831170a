import { CloudWatchClient, type MetricDatum, PutMetricDataCommand, type StandardUnit } from "@aws-sdk/client-cloudwatch";
import type { Region } from "../control-plane/region";
import type { Regions } from "../control-plane/regions";
import { backlogMetrics, type SeriesSources } from "./endpoint-series";
import type { FinishedRequest, VariantTraffic } from "./invocation-meter";

const namespace = "AWS/SageMaker";

/** PutMetricData takes this many metrics at once, and this many values of one. */
const maxData = 1_000;
const maxValues = 150;

/** Milliseconds between two publications (alarms look at periods of three seconds and more), until CloudWatch must have answered, and until a value of a queue that has not changed is published again. */
const interval = 2_000;
const patience = 5_000;
const repeat = 60_000;

const backlogUnits: Readonly<Record<string, StandardUnit>> = { ApproximateAgeOfOldestRequest: "Seconds" };

export interface PublicationOptions extends SeriesSources {
  readonly regions: Pick<Regions, "all">;
  /** Where CloudWatch is. */
  readonly endpointUrl: string;
  readonly log: (line: string) => void;
}

/** Puts the metrics of endpoints into CloudWatch under AWS's names, gathered over some seconds. Answers never wait for it. */
export class MetricPublication {
  private readonly clients = new Map<string, CloudWatchClient>();
  /** The values of queues that were published last, and when. */
  private readonly published = new Map<string, { readonly value: number; readonly at: number }>();
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> = Promise.resolve();

  constructor(private readonly options: PublicationOptions) {}

  start(): void {
    this.timer = setInterval(() => void this.publish(), interval);
    this.timer.unref();
  }

  /** Sends what is left, for as long as CloudWatch takes it. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.publish();
    for (const client of this.clients.values()) {
      client.destroy();
    }
  }

  /** Resolves when all so far is in CloudWatch, or has been given up. */
  publish(): Promise<void> {
    const data = new Map<string, MetricDatum[]>();
    for (const traffic of this.options.meter.take()) {
      data.set(traffic.region, [...(data.get(traffic.region) ?? []), ...trafficData(traffic, new Date())]);
    }
    for (const finished of this.options.meter.takeAsync()) {
      const [{ region }] = finished;
      data.set(region, [...(data.get(region) ?? []), finishedData(finished, new Date())]);
    }
    for (const region of this.options.regions.all()) {
      const backlogs = this.backlogData(region, Date.now());
      if (backlogs.length > 0) {
        data.set(region.name, [...(data.get(region.name) ?? []), ...backlogs]);
      }
    }
    this.sending = this.sending.then(async () => {
      for (const [region, values] of data) {
        await this.send(region, values);
      }
    });
    return this.sending;
  }

  private backlogData(region: Region, now: number): MetricDatum[] {
    return region.endpoints.list().flatMap(({ name: endpoint }) => {
      const live = this.options.endpoints.find(region, endpoint);
      if (live?.config.request.AsyncInferenceConfig === undefined) {
        return [];
      }
      const instances = live.variants.reduce((sum, variant) => sum + variant.desired.instanceCount, 0);
      return backlogMetrics(this.options.backlog(region, endpoint), instances).flatMap(([name, value]) => {
        const key = `${region.name}/${endpoint}/${name}`;
        const last = this.published.get(key);
        if (last !== undefined && last.value === value && now - last.at < repeat) {
          return [];
        }
        this.published.set(key, { value, at: now });
        const Dimensions = [{ Name: "EndpointName", Value: endpoint }];
        return [{ MetricName: name, Dimensions, Value: value, Unit: backlogUnits[name] ?? "Count", Timestamp: new Date(now) }];
      });
    });
  }

  private async send(region: string, data: readonly MetricDatum[]): Promise<void> {
    try {
      for (let start = 0; start < data.length; start += maxData) {
        const MetricData = data.slice(start, start + maxData);
        await this.client(region).send(new PutMetricDataCommand({ Namespace: namespace, MetricData }), {
          abortSignal: AbortSignal.timeout(patience),
        });
      }
    } catch (error) {
      this.options.log(`metrics of endpoints in ${region} were not stored: ${String(error)}`);
    }
  }

  private client(region: string): CloudWatchClient {
    let client = this.clients.get(region);
    if (client === undefined) {
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      client = new CloudWatchClient({ endpoint: this.options.endpointUrl, region, credentials, maxAttempts: 2 });
      this.clients.set(region, client);
    }
    return client;
  }
}

/** What AWS publishes of the requests to a variant; serverless ones have no instances to divide by. Latencies are in microseconds. */
export function trafficData({ endpoint, variant, serverless, invocations }: VariantTraffic, Timestamp: Date): MetricDatum[] {
  const Dimensions = [
    { Name: "EndpointName", Value: endpoint },
    { Name: "VariantName", Value: variant },
  ];
  const datum = (MetricName: string, Unit: StandardUnit, values: readonly number[]): MetricDatum[] =>
    values.length === 0 ? [] : [{ MetricName, Unit, Dimensions, Timestamp, ...gathered(values) }];
  const count = (name: string, has: (status: number | undefined, failed: boolean) => boolean): MetricDatum[] =>
    datum(
      name,
      "None",
      invocations.map(({ modelStatus, modelFailed }) => (has(modelStatus, modelFailed) ? 1 : 0)),
    );
  const called = invocations.filter(({ modelMilliseconds }) => modelMilliseconds !== undefined);
  const model = called.map(({ modelMilliseconds = 0 }) => Math.round(modelMilliseconds * 1_000));
  const overhead = called.map(({ milliseconds, modelMilliseconds = 0 }) =>
    Math.max(0, Math.round((milliseconds - modelMilliseconds) * 1_000)),
  );
  return [
    ...count("Invocations", () => true),
    ...(serverless
      ? []
      : datum(
          "InvocationsPerInstance",
          "None",
          invocations.map(({ instances }) => 1 / Math.max(1, instances)),
        )),
    ...count("Invocation4XXErrors", (status = 0) => status >= 400 && status < 500),
    ...count("Invocation5XXErrors", (status = 0) => status >= 500),
    ...count("InvocationModelErrors", (_, failed) => failed),
    ...datum("ModelLatency", "Microseconds", model),
    ...datum("OverheadLatency", "Microseconds", overhead),
  ];
}

/** What AWS publishes of asynchronous requests that are over: how many of them failed. */
export function finishedData(finished: readonly [FinishedRequest, ...FinishedRequest[]], Timestamp: Date): MetricDatum {
  const [{ endpoint, variant }] = finished;
  const Dimensions = [
    { Name: "EndpointName", Value: endpoint },
    { Name: "VariantName", Value: variant },
  ];
  return {
    MetricName: "InvocationFailures",
    Unit: "None",
    Dimensions,
    Timestamp,
    ...gathered(finished.map(({ hasFailed }) => (hasFailed ? 1 : 0))),
  };
}

/** The values with how often each came, from which CloudWatch has percentiles; where they are too many, their statistics. */
function gathered(values: readonly number[]): Pick<MetricDatum, "Values" | "Counts" | "StatisticValues"> {
  const counts = new Map<number, number>();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  if (counts.size <= maxValues) {
    return { Values: [...counts.keys()], Counts: [...counts.values()] };
  }
  const [Sum, Minimum, Maximum] = values.reduce<readonly [number, number, number]>(
    ([sum, least, most], value) => [sum + value, Math.min(least, value), Math.max(most, value)],
    [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  return { StatisticValues: { SampleCount: values.length, Sum, Minimum, Maximum } };
}
