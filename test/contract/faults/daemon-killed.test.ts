import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { DescribeTrainingJobCommand, ListEndpointsCommand, ListTrainingJobsCommand } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LocalImage } from "../../../local/images/image-store";
import { buildDaemon, DaemonFolder } from "../support/daemon-process";
import { invoke } from "../support/hosting";
import { bucket, clientsOf, type Platform, putText, region } from "../support/platform";
import { createEndpoint } from "../support/requests";
import { deploymentLoop, rested } from "./deployment-loop";
import { commandLine, entries, filesBelow, killHard, pipesBelow, rounds, seeded } from "./support";

const kills = rounds(5);
const killed = "InternalServerError: The local endpoint was killed while this job ran.";
const folder = new DaemonFolder();
const random = seeded();
let image: LocalImage;
/** How long the loop takes on this machine: the range in which a moment to kill is drawn. */
let loopMilliseconds = 0;
let startMilliseconds = 0;
let daemon: Awaited<ReturnType<DaemonFolder["start"]>>;

beforeAll(async () => {
  buildDaemon();
  image = await folder.buildImage();
  const begin = performance.now();
  daemon = await folder.start();
  startMilliseconds = performance.now() - begin;
  const clients = connected();
  await clients.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await putText(clients.s3, "data/a.csv", "1,2\n".repeat(1_000));
  await createEndpoint(clients, "steady");
  await rested(clients.sagemaker, "steady");
  const first = performance.now();
  await deploymentLoop(clients);
  loopMilliseconds = performance.now() - first;
});
afterAll(() => folder.remove());

function connected(): Platform {
  const { endpointUrl } = daemon.record;
  return { ...clientsOf(endpointUrl), image, endpointUrl, stateDir: folder.stateDir, stop: async () => undefined };
}

interface StoredRecord {
  readonly name: string;
  readonly status: string;
}

/** The records of one kind as the killed daemon left them on disk: each must parse. */
function stored(kind: string): StoredRecord[] {
  const path = join(folder.stateDir, "sagemaker", region, kind);
  return entries(path)
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(readFileSync(join(path, file), "utf8")) as StoredRecord);
}

function containers(): number[] {
  return folder.processes().filter((pid) => commandLine(pid).includes("echo_model"));
}

/** Runs the loop until the daemon is killed at the drawn moment. What fails before that is a fault. */
async function loopUntilKilled(milliseconds: number): Promise<void> {
  const { child } = daemon;
  let dead = false;
  const timer = sleep(milliseconds).then(() => {
    dead = true;
    return killHard(child);
  });
  const clients = connected();
  while (!dead) {
    await deploymentLoop(clients).catch((error: unknown) => {
      if (!dead) {
        throw error;
      }
    });
  }
  await timer;
}

/** A daemon that is killed while it starts, at any moment of it. */
async function killWhileStarting(): Promise<void> {
  const { child } = await folder.spawn();
  await sleep(random() * startMilliseconds * 1.5);
  await killHard(child);
}

test.each(Array.from({ length: kills }, (_, index) => index + 1))(
  "kill -9 at a random moment, round %i: all is there again, nothing is left over, and the work goes on",
  async (round) => {
    const moment = random() * loopMilliseconds;
    await loopUntilKilled(moment);
    const left = folder.processes();
    const endpoints = stored("endpoints");
    const running = stored("training-jobs").filter(({ status }) => status === "InProgress" || status === "Stopping");
    if (round % 2 === 0) {
      await killWhileStarting();
      left.push(...folder.processes());
    }
    process.stdout.write(
      `round ${round}: killed after ${Math.round(moment)} of ${Math.round(loopMilliseconds)} ms; endpoints ` +
        `${endpoints.map(({ name, status }) => `${name} ${status}`).join(", ")}; jobs that ran: ${running.length}\n`,
    );

    daemon = await folder.start();
    const clients = connected();
    const { sagemaker } = clients;
    for (const { name, status } of endpoints) {
      const endpoint = await rested(sagemaker, name);
      if (status === "Deleting") {
        expect(endpoint).toBeUndefined();
      } else {
        expect(endpoint?.EndpointStatus, `${name} was ${status}, and failed with ${endpoint?.FailureReason}`).toBe("InService");
        expect((await invoke(clients, name)).version).toMatch(name === "steady" ? /^steady$/ : /^churn-[ab]$/);
      }
    }
    for (const { name } of running) {
      const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: name }));
      expect([job.TrainingJobStatus, job.FailureReason]).toEqual(["Failed", expect.stringContaining(killed)]);
      expect(job.SecondaryStatusTransitions?.every(({ EndTime }) => EndTime !== undefined)).toBe(true);
    }
    expect((await sagemaker.send(new ListTrainingJobsCommand({ StatusEquals: "InProgress" }))).TrainingJobSummaries).toEqual([]);

    const served = (await sagemaker.send(new ListEndpointsCommand({}))).Endpoints?.map(({ EndpointName }) => EndpointName ?? "") ?? [];
    expect(folder.processes().filter((pid) => left.includes(pid))).toEqual([]);
    expect(containers()).toHaveLength(served.length);
    const run = join(folder.stateDir, "run");
    expect(entries(run).filter((kind) => kind !== "endpoints")).toEqual([]);
    expect(entries(join(run, "endpoints", region))).toEqual([...served].sort());
    for (const name of served) {
      expect(entries(join(run, "endpoints", region, name))).toHaveLength(1);
    }
    expect(pipesBelow(run)).toEqual([]);
    expect(filesBelow(folder.stateDir).filter((file) => file.endsWith(".tmp") && !file.startsWith("ministack"))).toEqual([]);
    await deploymentLoop(clients);
  },
);

test("after all of it the daemon stops in order, and nothing runs on", async () => {
  daemon.child.kill("SIGTERM");
  await expect.poll(() => daemon.child.exitCode, { timeout: 60_000 }).toBe(0);
  expect(folder.processes()).toEqual([]);
});
