import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { CreateEndpointCommand } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DaemonRecord } from "../../../local/daemon-record";
import { FileImageStore } from "../../../local/images/image-store";
import { buildDaemon, DaemonFolder } from "../support/daemon-process";
import { clientsOf, echoImage, region } from "../support/platform";
import { createConfig } from "../support/requests";
import { rested } from "./deployment-loop";
import { childrenOf, openFiles } from "./support";

const clients = 200;
const endpoints = Array.from({ length: 10 }, (_, index) => `load-${index}`);
/** Requests of each client in one round; a long run by hand has as many rounds as fit into a minute. */
const requestsPerClient = 5;
const longSeconds = Number(process.env.SLIPWAY_FAULT_SECONDS ?? "0");
const patience = { timeout: 90_000, interval: 250 };
/** What may be held after more rounds beside what was held after one: less than a byte of each request would add up to. */
const allowedBytes = 8 * 1024 * 1024;

const folder = new DaemonFolder();
const scratch = mkdtempSync(join(tmpdir(), "slipway-load-"));
const report = join(scratch, "memory.json");
let pid = 0;
let record: DaemonRecord;

beforeAll(async () => {
  buildDaemon();
  const images = await FileImageStore.open(join(folder.stateDir, "images"), { prepare: async () => ({}) });
  const context = join(__dirname, "..", "fixtures", "counting");
  const image = await images.build({ imageName: echoImage.replace("echo", "counting"), context });
  const { NODE_OPTIONS: options, SLIPWAY_TRAFFIC: traffic } = process.env;
  process.env.NODE_OPTIONS = `--require ${join(__dirname, "memory-report.cjs")}`;
  process.env.SLIPWAY_MEMORY_REPORT = report;
  // Recording every answer would be most of the work.
  delete process.env.SLIPWAY_TRAFFIC;
  const started = await folder.start().finally(() => {
    delete process.env.SLIPWAY_MEMORY_REPORT;
    restore("NODE_OPTIONS", options);
    restore("SLIPWAY_TRAFFIC", traffic);
  });
  record = started.record;
  pid = record.pid;
  const { sagemaker } = clientsOf(record.endpointUrl);
  await createConfig({ sagemaker, image }, "load", { environment: { RECEIVED_DIR: scratch, SECONDS_PER_REQUEST: "0" } });
  await Promise.all(
    endpoints.map((EndpointName) => sagemaker.send(new CreateEndpointCommand({ EndpointName, EndpointConfigName: "load" }))),
  );
  for (const name of endpoints) {
    expect((await rested(sagemaker, name))?.EndpointStatus).toBe("InService");
  }
});
afterAll(async () => {
  await folder.remove();
  rmSync(scratch, { recursive: true, force: true });
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) {
    delete process.env[name];
  } else {
    process.env[name] = value;
  }
}

/** One invocation over the client's own connection: the body the model saw. */
function invoke(agent: Agent, endpoint: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "text/plain",
      "content-length": Buffer.byteLength(body),
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/sagemaker/aws4_request, SignedHeaders=host, Signature=0`,
    };
    const path = `/endpoints/${endpoint}/invocations`;
    const sent = request({ host: "127.0.0.1", port: record.port, path, method: "POST", headers, agent }, async (response) => {
      const text = (await buffer(response)).toString();
      if (response.statusCode === 200) {
        resolve(JSON.parse(text).body);
      } else {
        reject(new Error(`${endpoint} answered ${response.statusCode}: ${text}`));
      }
    });
    sent.once("error", reject).end(body);
  });
}

/** All clients at once, each with one connection: how many requests were answered as they were asked. */
async function round(): Promise<number> {
  const client = async (index: number): Promise<number> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      let answered = 0;
      for (let count = 0; count < requestsPerClient; count++) {
        const body = `${index}-${count} ${"x".repeat(1_000)}`;
        const endpoint = endpoints[(index + count) % endpoints.length] ?? "";
        answered += (await invoke(agent, endpoint, body)) === body ? 1 : 0;
      }
      return answered;
    } finally {
      agent.destroy();
    }
  };
  const answered = await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  return answered.reduce((sum, each) => sum + each, 0);
}

let asked = 0;

/** What the daemon holds after its garbage was collected, in bytes. */
async function memory(): Promise<{ readonly held: number; readonly rss: number }> {
  process.kill(pid, "SIGUSR2");
  asked++;
  const read = () => {
    try {
      return JSON.parse(readFileSync(report, "utf8"));
    } catch {
      return {};
    }
  };
  await expect.poll(() => read().count, patience).toBe(asked);
  return read();
}

/** Sockets are those of clients and containers; they are closed when nobody needs them any more. */
function sockets(): number {
  return openFiles(pid).filter((file) => file === "socket").length;
}

test(
  "200 clients over 10 endpoints: no request is lost, and memory, open files and processes are afterwards what they were",
  async () => {
    expect(await round()).toBe(clients * requestsPerClient);
    const children = childrenOf(pid).sort();
    const files = openFiles(pid)
      .filter((file) => file !== "socket")
      .sort();
    await expect.poll(sockets, patience).toBeLessThan(clients / 2);
    const before = await memory();

    const until = performance.now() + longSeconds * 1_000;
    let rounds = 0;
    do {
      expect(await round()).toBe(clients * requestsPerClient);
      rounds++;
    } while (rounds < 4 || performance.now() < until);

    await expect.poll(async () => (await memory()).held, patience).toBeLessThan(before.held + allowedBytes);
    const after = await memory();
    const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);
    process.stdout.write(
      `${(rounds + 1) * clients * requestsPerClient} requests; held ${megabytes(before.held)} to ${megabytes(after.held)} MB, ` +
        `RSS ${megabytes(before.rss)} to ${megabytes(after.rss)} MB\n`,
    );
    expect(childrenOf(pid).sort()).toEqual(children);
    await expect
      .poll(
        () =>
          openFiles(pid)
            .filter((file) => file !== "socket")
            .sort(),
        patience,
      )
      .toEqual(files);
    await expect.poll(sockets, patience).toBeLessThan(clients / 2);
  },
  180_000 + longSeconds * 1_000,
);
