import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateModelCommand } from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serve, variant } from "../support/hosting";
import { logFile, role, type StartedPlatform, startPlatform } from "../support/platform";
import { entries, rounds } from "./support";

const clients = 32;
const kills = rounds(2);
const patience = { timeout: 90_000, interval: 20 };

let platform: StartedPlatform;
const received = mkdtempSync(join(tmpdir(), "slipway-received-"));

beforeAll(async () => {
  // Two replicas on a machine of one core too.
  process.env.SLIPWAY_MAX_REPLICAS = "2";
  platform = await startPlatform();
  const { uri } = await platform.build("counting");
  const PrimaryContainer = { Image: uri, Environment: { RECEIVED_DIR: received } };
  await platform.sagemaker.send(new CreateModelCommand({ ModelName: "counting", ExecutionRoleArn: role, PrimaryContainer }));
  await serve(platform, "counting", [variant("counting", { InitialInstanceCount: 2 })]);
});
afterAll(async () => {
  delete process.env.SLIPWAY_MAX_REPLICAS;
  await platform.stop();
  rmSync(received, { recursive: true, force: true });
});

/** One request from its sending to its one outcome: the process that answered, or the error. */
interface Sent {
  readonly id: string;
  readonly client: number;
  /** How many deaths of containers the daemon had told of when it was sent. */
  readonly deathsBefore: number;
  pid?: number;
  error?: Error;
}

/** Clients that call the endpoint one request after the other, all at once. */
class Load {
  readonly sent: Sent[] = [];
  deaths = 0;
  private going = true;
  private readonly work: Promise<unknown>;

  constructor() {
    this.work = Promise.all(Array.from({ length: clients }, (_, client) => this.run(client)));
  }

  async stop(): Promise<void> {
    this.going = false;
    await this.work;
  }

  /** The processes that gave the last answers of all clients. */
  recent(): Set<number> {
    return new Set(this.sent.slice(-8 * clients).flatMap(({ pid }) => pid ?? []));
  }

  private async run(client: number): Promise<void> {
    for (let count = 0; this.going; count++) {
      const request: Sent = { id: `${client}-${count}`, client, deathsBefore: this.deaths };
      this.sent.push(request);
      const command = new InvokeEndpointCommand({ EndpointName: "counting", ContentType: "text/plain", Body: request.id });
      try {
        const answer = JSON.parse((await platform.runtime.send(command)).Body.transformToString());
        if (answer.body !== request.id) {
          throw new Error(`the answer to ${request.id} is that to ${answer.body}`);
        }
        request.pid = answer.pid;
      } catch (error) {
        request.error = error as Error;
      }
    }
  }
}

/** Deaths that the daemon has told of; it sends a container no request from before then on. */
async function toldDeaths(): Promise<number> {
  return [...(await logFile(platform, "counting")).matchAll(/the container ended with code 137/g)].length;
}

test("kill -9 of one of two containers under load: only requests in flight in it fail, the others are answered once each, and it comes back", async () => {
  const load = new Load();
  const dead = new Set<number>();
  for (let death = 1; death <= kills; death++) {
    await expect.poll(() => [...load.recent()].filter((pid) => !dead.has(pid)).length, patience).toBe(2);
    const victim = [...load.recent()].find((pid) => !dead.has(pid));
    expect(victim).toBeDefined();
    if (victim !== undefined) {
      dead.add(victim);
      process.kill(-victim, "SIGKILL");
    }
    await expect.poll(toldDeaths, patience).toBe(death);
    load.deaths = death;
  }
  await expect.poll(() => [...load.recent()].filter((pid) => !dead.has(pid)).length, patience).toBe(2);
  await load.stop();

  const answered = load.sent.filter(({ pid }) => pid !== undefined);
  const failed = load.sent.filter(({ error }) => error !== undefined);
  expect(answered.length + failed.length).toBe(load.sent.length);
  process.stdout.write(`${load.sent.length} requests, ${failed.length} failed in ${kills} deaths\n`);
  for (const { error } of failed) {
    expect(["ModelError", "ServiceUnavailable"], String(error)).toContain(error?.name);
  }

  const lines = entries(received).flatMap((pid) => {
    const bodies = readFileSync(join(received, pid), "utf8").split("\n").slice(0, -1);
    return bodies.map((id) => ({ id, pid: Number(pid) }));
  });
  const had = new Map(lines.map(({ id, pid }) => [id, pid]));
  expect(lines).toHaveLength(had.size);
  expect(answered.filter(({ id, pid }) => had.get(id) !== pid)).toEqual([]);
  const unanswered = failed.filter(({ id }) => had.has(id) && !dead.has(had.get(id) ?? 0));
  expect(unanswered, "a container that lives had it").toEqual([]);
  expect(failed.filter(({ deathsBefore }) => deathsBefore === kills)).toEqual([]);
});
