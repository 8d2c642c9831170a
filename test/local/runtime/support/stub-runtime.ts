import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { AsyncInferenceConfig } from "@aws-sdk/client-sagemaker";
import { Regions } from "../../../../local/control-plane/regions";
import type { EndpointHost } from "../../../../local/hosting/endpoint-host";
import { NotServing, StillStarting } from "../../../../local/hosting/live-variant";
import type { Invocation, InvocationOutcome } from "../../../../local/hosting/serving-instance";
import { awsLimits, type RuntimeLimits } from "../../../../local/runtime/limits";
import { SageMakerRuntime } from "../../../../local/runtime/runtime";
import { ObjectStorage } from "../../../../local/storage/object-storage";

/** S3 in memory, which can be out of order. */
export class MemoryStorage extends ObjectStorage {
  readonly objects = new Map<string, string>();
  /** Writes that are still to fail as when nothing listens. */
  failures = 0;

  constructor() {
    super(undefined as never);
  }

  override async open(uri: string): Promise<{ readonly content: Readable; readonly size: number }> {
    const text = this.objects.get(uri);
    if (text === undefined) {
      throw Object.assign(new Error("The specified key does not exist."), { $metadata: { httpStatusCode: 404 } });
    }
    return { content: Readable.from([Buffer.from(text)]), size: Buffer.byteLength(text) };
  }

  override async write(uri: string, content: Readable): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(Buffer.from(chunk));
    if (this.failures > 0) {
      this.failures--;
      throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    }
    this.objects.set(uri, Buffer.concat(chunks).toString("utf8"));
  }
}

/** An instance whose container is a server of the test, or none any more. */
export interface StubInstance {
  readonly id: string;
  readonly logStreamArn: string;
  url: string | undefined;
  readonly ready: boolean;
  inFlight: number;
  readonly outcomes: InvocationOutcome[];
}

/** The endpoint `e`, in service, with one variant of these instances. */
export class StubHost {
  readonly instances: StubInstance[] = [];
  /** Its container is still being started, longer than any request waits. */
  starting = false;

  constructor(private readonly asyncConfig?: AsyncInferenceConfig) {}

  add(url: string | undefined): StubInstance {
    const logStreamArn = `arn:aws:logs:us-east-1:000000000000:log-group:/aws/sagemaker/Endpoints/e:log-stream:primary/i-${this.instances.length}`;
    const instance: StubInstance = {
      id: `i-${this.instances.length}`,
      logStreamArn,
      url,
      get ready() {
        return this.url !== undefined;
      },
      inFlight: 0,
      outcomes: [],
    };
    this.instances.push(instance);
    return instance;
  }

  asEndpointHost(): EndpointHost {
    const { instances } = this;
    const admit = async (
      eligible: (instance: StubInstance) => boolean = () => true,
      _container?: string,
      patience?: number,
    ): Promise<Invocation> => {
      if (this.starting && patience !== undefined) {
        throw new StillStarting("primary");
      }
      const instance = instances.find((each) => each.url !== undefined && eligible(each));
      if (instance?.url === undefined) {
        throw new NotServing("primary");
      }
      instance.inFlight++;
      const end = (outcome: InvocationOutcome): void => {
        instance.inFlight--;
        instance.outcomes.push(outcome);
      };
      const { id, url, logStreamArn } = instance;
      return { container: "primary", url, logStreamArn, rest: [], instance: id, variantName: "primary", end };
    };
    const variant = {
      name: "primary",
      serverless: false,
      directContainers: undefined,
      maxConcurrency: undefined,
      inFlight: 0,
      instances,
      admit,
    };
    const request = { ...(this.asyncConfig === undefined ? {} : { AsyncInferenceConfig: this.asyncConfig }) };
    const live = { config: { request }, variants: [variant], choose: () => variant, observe: () => undefined };
    return { find: () => live } as unknown as EndpointHost;
  }
}

export interface StubRuntime {
  readonly url: string;
  readonly host: StubHost;
  readonly instances: readonly StubInstance[];
  readonly runtime: SageMakerRuntime;
  close(): Promise<void>;
}

/** The runtime on a port of its own, with the endpoint `e` of one instance for each listener. */
export async function startRuntime(
  folder: string,
  containers: readonly RequestListener[],
  limits: Partial<RuntimeLimits> = {},
): Promise<StubRuntime> {
  const regions = await regionsWithEndpoint(folder);
  const host = new StubHost();
  const servers = containers.map((listener) => createServer(listener));
  for (const server of servers) {
    host.add(await listen(server));
  }
  const runtime = new SageMakerRuntime({
    regions,
    endpoints: host.asEndpointHost(),
    storage: new MemoryStorage(),
    endpointUrl: "http://127.0.0.1:9",
    asyncDir: join(folder, "async"),
    log: () => undefined,
    limits: { ...awsLimits, ...limits },
  });
  const front = createServer((request, response) => runtime.handle(request, response));
  const url = await listen(front);
  const close = async (): Promise<void> => {
    await runtime.close();
    for (const server of [front, ...servers]) {
      server.close();
      server.closeAllConnections();
    }
  };
  return { url, host, instances: host.instances, runtime, close };
}

export async function regionsWithEndpoint(folder: string, createdAt = 1): Promise<Regions> {
  const regions = new Regions(join(folder, "sagemaker"), "000000000000", "us-east-1");
  const region = regions.all()[0];
  const arn = region?.arn("endpoint", "e") ?? "";
  await region?.endpoints.put("e", { name: "e", arn, status: "InService", configName: "c", createdAt, modifiedAt: 1 });
  return regions;
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A port on which nothing listens. */
export async function deadUrl(): Promise<string> {
  const server = createServer();
  const url = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return url;
}
