import type { S3Client } from "@aws-sdk/client-s3";
import { SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { ResultQueue } from "./result-queue";
import { defaultRetryPolicy, RetryBudget, type RetryPolicy } from "./retry";
import { Slots } from "./slots";

/** Where and how the client calls. Everything left out is taken from what describes the models and from the AWS environment. */
export interface ClientOptions {
  /** @default the region of the model's description, else AWS_REGION */
  readonly region?: string;
  /** Base URL of the services. @default AWS_ENDPOINT_URL, else AWS itself */
  readonly endpoint?: string;
  readonly retry?: Partial<RetryPolicy>;
  /** Requests under way at once, to each service; more wait their turn. Connections are kept and reused, as many. @default 50 */
  readonly maxConcurrency?: number;
  /** A ready client of the AWS SDK, for proxies or credentials of your own; it should not retry by itself. */
  readonly runtime?: SageMakerRuntimeClient;
  /** The same for the inputs and results of asynchronous requests. */
  readonly s3?: S3Client;
}

/** Time to connect, in milliseconds. */
const connectionTimeout = 5_000;

/** The AWS clients of one `SlipwayClient`: one of each kind and region, made at first use. */
export class Connections {
  readonly policy: RetryPolicy;
  readonly budget = new RetryBudget();
  /** Turns at the runtime, and at S3. */
  readonly invoking: Slots;
  readonly storing: Slots;
  private readonly made = new Map<string, { destroy(): void }>();
  private readonly queues = new Map<string, ResultQueue>();

  constructor(private readonly options: ClientOptions) {
    const { maxConcurrency = 50, retry } = options;
    if (!Number.isInteger(maxConcurrency) || maxConcurrency < 1) {
      throw new RangeError(`maxConcurrency: got ${maxConcurrency}; allowed is a whole number from 1 on.`);
    }
    this.policy = { ...defaultRetryPolicy, ...retry };
    this.invoking = new Slots(maxConcurrency);
    this.storing = new Slots(maxConcurrency);
  }

  runtime(region: string | undefined): SageMakerRuntimeClient {
    // Retries are this client's own: the SDK would also repeat what the model has already answered.
    return (
      this.options.runtime ?? this.once("runtime", region, () => new SageMakerRuntimeClient({ ...this.config(region), maxAttempts: 1 }))
    );
  }

  /** The SDK's own retries stay on: S3 takes the same object twice without harm. */
  async s3(region: string | undefined): Promise<S3Client> {
    if (this.options.s3 !== undefined) return this.options.s3;
    const { S3Client } = await import("@aws-sdk/client-s3");
    const isElsewhere = (this.options.endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL) !== undefined;
    return this.once(
      "s3",
      region,
      () => new S3Client({ ...this.config(region), forcePathStyle: isElsewhere, followRegionRedirects: !isElsewhere }),
    );
  }

  async ssm(region: string | undefined): Promise<SSMClient> {
    const { SSMClient } = await import("@aws-sdk/client-ssm");
    return this.once("ssm", region, () => new SSMClient(this.config(region)));
  }

  /** Messages of one queue are received once for all who wait for them. */
  queue(url: string, region: string | undefined): ResultQueue {
    let queue = this.queues.get(url);
    if (queue === undefined) {
      queue = new ResultQueue(url, () => this.sqs(regionOfQueue(url) ?? region));
      this.queues.set(url, queue);
    }
    return queue;
  }

  close(): void {
    for (const client of this.made.values()) client.destroy();
    this.made.clear();
  }

  private async sqs(region: string | undefined): Promise<SQSClient> {
    const { SQSClient } = await import("@aws-sdk/client-sqs");
    // A queue's URL may name the service as it sees itself; the endpoint that was given counts.
    const given = this.options.endpoint === undefined ? {} : { useQueueUrlAsEndpoint: false };
    return this.once("sqs", region, () => new SQSClient({ ...this.config(region), ...given }));
  }

  private once<C extends { destroy(): void }>(service: string, region: string | undefined, make: () => C): C {
    const key = `${service} ${region ?? ""}`;
    const known = this.made.get(key) as C | undefined;
    if (known !== undefined) return known;
    const client = make();
    this.made.set(key, client);
    return client;
  }

  private config(modelRegion: string | undefined) {
    const { endpoint, maxConcurrency: maxSockets = 50 } = this.options;
    const region = this.options.region ?? modelRegion;
    const agent = { keepAlive: true, maxSockets };
    return {
      requestHandler: { connectionTimeout, httpAgent: agent, httpsAgent: agent },
      ...(region === undefined ? {} : { region }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(endpoint !== undefined && isLoopback(endpoint) ? { credentials: { accessKeyId: "test", secretAccessKey: "test" } } : {}),
    };
  }
}

/** `https://sqs.<region>.amazonaws.com/…` */
function regionOfQueue(url: string): string | undefined {
  return /^https:\/\/sqs\.([a-z0-9-]+)\./.exec(url)?.[1];
}

/** A local platform takes any credentials; real ones should not be sent to it. */
function isLoopback(endpoint: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(endpoint).hostname);
}
