import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { Container, ContainerExit, ContainerRunner, ContainerSpec } from "../../local/containers/container-runner";
import { Region } from "../../local/control-plane/region";
import { EndpointHost } from "../../local/hosting/endpoint-host";
import { defaultSettings } from "../../local/hosting/hosting-settings";
import type { LocalImage } from "../../local/images/image-store";
import { ContainerLog } from "../../local/logs/container-log";
import { LogStreamWriter } from "../../local/logs/log-stream-writer";
import { ObjectStorage } from "../../local/storage/object-storage";
import { scratchFolder } from "./support/scratch";

const scratch = scratchFolder();

/** Containers without processes: a server that answers /ping, or one that exits with the code in the variable EXIT. */
class InProcessRunner implements ContainerRunner {
  readonly kind = "process";
  readonly running = new Set<Server>();

  async run({ environment, onLine }: ContainerSpec): Promise<Container> {
    const server = createServer((_, response) => response.end());
    let exit: (code: ContainerExit) => void = () => undefined;
    const exited = new Promise<ContainerExit>((resolve) => {
      exit = resolve;
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.running.add(server);
    const end = (code: number): void => {
      this.running.delete(server);
      server.close();
      server.closeAllConnections();
      exit({ code });
    };
    onLine(`variables ${Object.keys(environment).join(",")}`, "stdout");
    if (environment.EXIT !== undefined) {
      onLine("the model is broken", "stderr");
      onLine("loading version 3", "stdout");
      end(Number(environment.EXIT));
    }
    const { port } = (server.address() ?? { port: 9 }) as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}`,
      exited,
      stop: async () => {
        end(0);
        return exited;
      },
    };
  }

  async removeLeftovers(): Promise<void> {}
}

const image: LocalImage = { uri: "image@sha256:1", repository: "image", digest: "sha256:1", context: scratch };
const hosts: EndpointHost[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.shutdown()));
});

function newHost(): { host: EndpointHost; runner: InProcessRunner } {
  const runner = new InProcessRunner();
  const host = new EndpointHost({
    runner,
    images: { build: async () => image, resolve: (uri) => (uri === image.uri ? image : undefined) },
    storage: ObjectStorage.at("http://127.0.0.1:9", "us-east-1"),
    logs: {
      open: ({ file, group, stream }) =>
        new ContainerLog(
          join(scratch, `${file}.log`),
          new LogStreamWriter({ send: async () => undefined as never }, group, stream, () => undefined),
        ),
    },
    endpointUrl: "http://localhost:9",
    runDir: join(scratch, "run"),
    alarms: { raised: async () => [], set: async () => "local" },
    settings: defaultSettings,
    log: () => undefined,
  });
  hosts.push(host);
  return { host, runner };
}

let count = 0;

/** A region with a model and a configuration for each entry: name to environment of its container. */
async function newRegion(configs: Record<string, Record<string, string>>): Promise<Region> {
  const region = new Region("us-east-1", "000000000000", join(scratch, `region-${++count}`));
  for (const [name, environment] of Object.entries(configs)) {
    const common = { name, arn: region.arn("model", name), createdAt: 1 };
    await region.models.put(name, {
      ...common,
      request: { ModelName: name, PrimaryContainer: { Image: image.uri, Environment: environment } },
    });
    const variants = [{ VariantName: "primary", ModelName: name, InitialInstanceCount: 1, InitialVariantWeight: 1 }];
    await region.endpointConfigs.put(name, { ...common, request: { EndpointConfigName: name, ProductionVariants: variants } });
  }
  return region;
}

async function create(host: EndpointHost, region: Region, configName: string): Promise<void> {
  const arn = region.arn("endpoint", "e");
  await region.endpoints.put("e", { name: "e", arn, status: "Creating", configName, createdAt: 1, modifiedAt: 1 });
  host.create(region, "e");
  await settled(region);
}

async function update(host: EndpointHost, region: Region, updatingTo: string): Promise<void> {
  const endpoint = region.endpoints.get("e");
  if (endpoint === undefined) {
    throw new Error("there is no endpoint");
  }
  await region.endpoints.put("e", { ...endpoint, status: "Updating", updating: { configName: updatingTo, startedAt: 1 } });
  host.update(region, "e");
  await settled(region);
}

async function settled(region: Region): Promise<void> {
  await expect.poll(() => region.endpoints.get("e")?.status, { timeout: 10_000 }).not.toMatch(/ing$/);
}

describe("an endpoint", () => {
  test("is in service when its container is healthy", async () => {
    const { host, runner } = newHost();
    const region = await newRegion({ one: {} });
    await create(host, region, "one");
    expect(region.endpoints.get("e")).toMatchObject({ status: "InService", configName: "one" });
    expect(runner.running.size).toBe(1);
  });

  test("has failed, and runs nothing, when its container exits", async () => {
    const { host, runner } = newHost();
    const region = await newRegion({ broken: { EXIT: "3" } });
    await create(host, region, "broken");
    expect(region.endpoints.get("e")).toMatchObject({
      status: "Failed",
      failureReason: expect.stringContaining(
        "did not pass the ping health check. Please check CloudWatch logs for this endpoint. It exited with code 3. Last line: the model is broken",
      ),
    });
    expect(runner.running.size).toBe(0);
  });

  test("moves to the configuration of an update, and the old container goes", async () => {
    const { host, runner } = newHost();
    const region = await newRegion({ one: {}, two: {} });
    await create(host, region, "one");
    const before = host.find(region, "e")?.variants[0]?.instances[0]?.url;
    await update(host, region, "two");
    expect(region.endpoints.get("e")).toMatchObject({ status: "InService", configName: "two" });
    expect(region.endpoints.get("e")?.failureReason).toBeUndefined();
    expect(host.find(region, "e")?.variants[0]?.instances[0]?.url).not.toBe(before);
    await expect.poll(() => runner.running.size).toBe(1);
  });

  test("rolls an update back that fails: the same container serves, and the reason is kept until the next good update", async () => {
    const { host, runner } = newHost();
    const region = await newRegion({ one: {}, broken: { EXIT: "1" }, two: {} });
    await create(host, region, "one");
    const before = host.find(region, "e")?.variants[0]?.instances[0]?.url;
    await update(host, region, "broken");
    expect(region.endpoints.get("e")).toMatchObject({
      status: "InService",
      configName: "one",
      failureReason: expect.stringContaining("exited with code 1"),
    });
    expect(host.find(region, "e")?.variants[0]?.instances[0]?.url).toBe(before);
    expect(runner.running.size).toBe(1);
    await update(host, region, "two");
    expect(region.endpoints.get("e")?.failureReason).toBeUndefined();
  });

  test("stays as recorded through a shutdown, and comes back by it on another host", async () => {
    const first = newHost();
    const region = await newRegion({ one: {} });
    await create(first.host, region, "one");
    await first.host.shutdown();
    expect(first.runner.running.size).toBe(0);
    expect(region.endpoints.get("e")?.status).toBe("InService");
    const second = newHost();
    await second.host.recover(region);
    expect(region.endpoints.get("e")?.status).toBe("Creating");
    await settled(region);
    expect(region.endpoints.get("e")?.status).toBe("InService");
    expect(second.runner.running.size).toBe(1);
  });
});
