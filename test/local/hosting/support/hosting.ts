import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { CreateEndpointConfigCommandInput, ProductionVariant } from "@aws-sdk/client-sagemaker";
import { afterEach, expect } from "vitest";
import type { Container, ContainerExit, ContainerRunner, ContainerSpec } from "../../../../local/containers/container-runner";
import type { EndpointUpdate } from "../../../../local/control-plane/records";
import { Region } from "../../../../local/control-plane/region";
import { EndpointHost } from "../../../../local/hosting/endpoint-host";
import type { HostingServices } from "../../../../local/hosting/hosting-services";
import { defaultSettings, type HostingSettings } from "../../../../local/hosting/hosting-settings";
import type { LiveVariant } from "../../../../local/hosting/live-variant";
import type { LocalImage } from "../../../../local/images/image-store";
import { ContainerLog } from "../../../../local/logs/container-log";
import { LogStreamWriter } from "../../../../local/logs/log-stream-writer";
import { ObjectStorage } from "../../../../local/storage/object-storage";
import { scratchFolder } from "../../support/scratch";

/** One container of the fake runner. */
export interface FakeContainer {
  readonly spec: ContainerSpec;
  readonly url: string;
  /** Status of /ping; the container is ill when it is not 200. */
  ping: number;
  /** Bodies of the requests to /invocations, in the order they came. */
  readonly received: string[];
  /** Ends it as if it had ended by itself. */
  end(code: number): void;
}

/**
 * Containers without processes: a server that answers /ping and echoes /invocations with the variable VERSION before it, or one that exits with
 * the code in the variable EXIT. The variable STATUS is the status of every answer.
 */
export class InProcessRunner implements ContainerRunner {
  readonly kind = "process";
  readonly running = new Set<FakeContainer>();
  /** Every container that was ever started. */
  readonly started: FakeContainer[] = [];

  async run(spec: ContainerSpec): Promise<Container> {
    const { environment, onLine } = spec;
    const server = createServer((request, response) => {
      if (request.url === "/ping") {
        response.writeHead(container.ping).end();
      } else {
        void bodyOf(request).then((body) => {
          container.received.push(body);
          response.writeHead(Number(environment.STATUS ?? 200), { "content-type": "text/csv" }).end(`${environment.VERSION ?? ""}:${body}`);
        });
      }
    });
    let exit: (code: ContainerExit) => void = () => undefined;
    const exited = new Promise<ContainerExit>((resolve) => {
      exit = resolve;
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const end = (code: number): void => {
      this.running.delete(container);
      close(server);
      exit({ code });
    };
    const container: FakeContainer = { spec, url: `http://127.0.0.1:${port}`, ping: 200, received: [], end };
    this.running.add(container);
    this.started.push(container);
    onLine(`variables ${Object.keys(environment).join(",")}`, "stdout");
    if (environment.EXIT !== undefined) {
      onLine("the model is broken", "stderr");
      onLine("loading version 3", "stdout");
      end(Number(environment.EXIT));
    }
    const stop = async (): Promise<ContainerExit> => {
      end(0);
      return exited;
    };
    return { url: container.url, exited, stop };
  }

  async removeLeftovers(): Promise<void> {}

  /** VERSION of every container that runs, sorted. */
  versions(): string[] {
    return [...this.running].map(({ spec }) => spec.environment.VERSION ?? "").sort();
  }
}

function close(server: Server): void {
  server.close();
  server.closeAllConnections();
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** S3 in memory: what was written by URI; rejects while `fails`. */
export class MemoryStorage extends ObjectStorage {
  readonly objects = new Map<string, string>();
  fails = false;

  constructor() {
    super(undefined as never);
  }

  override async write(uri: string, content: Readable): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(Buffer.from(chunk));
    if (this.fails) {
      throw new Error("S3 is down");
    }
    this.objects.set(uri, Buffer.concat(chunks).toString("utf8"));
  }
}

const scratch = scratchFolder();
const image: LocalImage = { uri: "image@sha256:1", repository: "image", digest: "sha256:1", context: scratch };
const hosts: EndpointHost[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.shutdown()));
});

export interface Hosting {
  readonly host: EndpointHost;
  readonly runner: InProcessRunner;
  readonly storage: MemoryStorage;
  /** Names of alarms in ALARM. */
  readonly alarms: Set<string>;
  readonly lines: string[];
  readonly services: HostingServices;
}

export function newHosting(settings: Partial<HostingSettings> = {}): Hosting {
  const runner = new InProcessRunner();
  const storage = new MemoryStorage();
  const alarms = new Set<string>();
  const lines: string[] = [];
  const services: HostingServices = {
    runner,
    storage,
    images: { build: async () => image, resolve: (uri) => (uri === image.uri ? image : undefined), pull: async () => image },
    logs: {
      open: ({ file, group, stream }) =>
        new ContainerLog(
          join(scratch, `${file}.log`),
          new LogStreamWriter({ send: async () => undefined as never }, group, stream, () => undefined),
        ),
    },
    endpointUrl: "http://localhost:9",
    runDir: join(scratch, "run"),
    alarms: { raised: async (_, names) => names.filter((name) => alarms.has(name)), set: async () => "local", clear: () => alarms.clear() },
    settings: { ...defaultSettings, ...settings },
    log: (line) => lines.push(line),
  };
  const host = new EndpointHost(services);
  hosts.push(host);
  return { host, runner, storage, alarms, lines, services };
}

let count = 0;

export function newRegion(): Region {
  return new Region("us-east-1", "000000000000", join(scratch, `region-${++count}`));
}

/** A model whose containers have these variables, and VERSION with its name. */
export async function addModel(region: Region, name: string, environment: Record<string, string> = {}): Promise<void> {
  const request = { ModelName: name, PrimaryContainer: { Image: image.uri, Environment: { VERSION: name, ...environment } } };
  await region.models.put(name, { name, arn: region.arn("model", name), request, createdAt: 1 });
}

/** A variant of one instance called as its model. */
export function variant(ModelName: string, more: Partial<ProductionVariant> = {}): ProductionVariant {
  return { VariantName: ModelName, ModelName, InitialInstanceCount: 1, InitialVariantWeight: 1, ...more };
}

export async function addConfig(
  region: Region,
  name: string,
  variants: ProductionVariant[],
  more: Partial<CreateEndpointConfigCommandInput> = {},
): Promise<void> {
  const request = { EndpointConfigName: name, ProductionVariants: variants, ...more };
  await region.endpointConfigs.put(name, { name, arn: region.arn("endpoint-config", name), request, createdAt: 1 });
}

/** Creates the endpoint `e` and waits until it is in service or has failed. */
export async function create(host: EndpointHost, region: Region, configName: string): Promise<void> {
  const arn = region.arn("endpoint", "e");
  await region.endpoints.put("e", { name: "e", arn, status: "Creating", configName, createdAt: 1, modifiedAt: 1 });
  host.create(region, "e");
  await settled(region);
}

/** Begins an update of the endpoint `e`; `settled` waits for its end. */
export async function beginUpdate(
  host: EndpointHost,
  region: Region,
  configName: string,
  more: Partial<EndpointUpdate> = {},
): Promise<void> {
  const endpoint = region.endpoints.get("e");
  if (endpoint === undefined) {
    throw new Error("there is no endpoint");
  }
  await region.endpoints.put("e", { ...endpoint, status: "Updating", updating: { configName, startedAt: 1, ...more } });
  host.update(region, "e");
}

export async function settled(region: Region): Promise<void> {
  await expect.poll(() => region.endpoints.get("e")?.status, { timeout: 30_000 }).toMatch(/^(InService|Failed|UpdateRollbackFailed)$/);
}

/** One request to a variant, as the runtime makes it. */
export async function ask(variant: LiveVariant | undefined, body = "x"): Promise<string> {
  const invocation = await variant?.admit();
  if (invocation === undefined) {
    throw new Error("there is no variant");
  }
  const answer = await new Promise<string>((resolve, reject) => {
    const request = httpRequest(`${invocation.url}/invocations`, { method: "POST", agent: false }, (response) => {
      bodyOf(response).then(resolve, reject);
    });
    request.on("error", reject);
    request.end(body);
  });
  invocation.end("answered");
  return answer;
}
