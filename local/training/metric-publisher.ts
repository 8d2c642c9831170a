import { CloudWatchClient, type MetricDatum, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import type { FinalMetric } from "../control-plane/records";

const namespace = "/aws/sagemaker/TrainingJobs";

/** PutMetricData takes this many values at once. */
const maxValues = 1_000;

const flushMilliseconds = 1_000;

/** CloudWatch behind the local endpoint, for the metrics of all training jobs. */
export class TrainingMetrics {
  private readonly clients = new Map<string, CloudWatchClient>();

  constructor(
    private readonly endpoint: string,
    private readonly log: (line: string) => void,
  ) {}

  publisher(region: string, job: string): MetricPublisher {
    let client = this.clients.get(region);
    if (client === undefined) {
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      client = new CloudWatchClient({ endpoint: this.endpoint, region, credentials });
      this.clients.set(region, client);
    }
    return new MetricPublisher(client, job, this.log);
  }

  close(): void {
    for (const client of this.clients.values()) {
      client.destroy();
    }
  }
}

/**
 * Sends a job's metric values to CloudWatch, each under the dimension `TrainingJobName`, where the SageMaker SDK's analytics look for
 * it, and under `Host` (`<job>/algo-1`), as the metrics of instances are kept.
 */
export class MetricPublisher {
  private pending: MetricDatum[] = [];
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: Pick<CloudWatchClient, "send">,
    private readonly job: string,
    private readonly log: (line: string) => void,
  ) {}

  add({ name, value, at }: FinalMetric, host: string): void {
    for (const dimension of [
      { Name: "TrainingJobName", Value: this.job },
      { Name: "Host", Value: `${this.job}/${host}` },
    ]) {
      this.pending.push({ MetricName: name, Value: value, Timestamp: new Date(at), Dimensions: [dimension] });
    }
    this.timer ??= setTimeout(() => void this.flush(), flushMilliseconds);
  }

  /** Resolves when all values so far can be read from CloudWatch, or have been given up. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const values = this.pending;
    this.pending = [];
    this.sending = this.sending.then(() => this.send(values));
    return this.sending;
  }

  private async send(values: MetricDatum[]): Promise<void> {
    try {
      for (let start = 0; start < values.length; start += maxValues) {
        await this.client.send(new PutMetricDataCommand({ Namespace: namespace, MetricData: values.slice(start, start + maxValues) }));
      }
    } catch (error) {
      this.log(`metric values of training job ${this.job} were not stored: ${String(error)}`);
    }
  }
}
