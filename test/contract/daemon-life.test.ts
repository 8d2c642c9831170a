import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { CreateRoleCommand, GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateBucketCommand, GetObjectCommand, PutBucketVersioningCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import {
  CreateTrainingJobCommand,
  DescribeEndpointCommand,
  DescribeTrainingJobCommand,
  UpdateEndpointCommand,
  waitUntilEndpointInService,
} from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand } from "@aws-sdk/client-sagemaker-runtime";
import { afterEach, beforeAll, expect, test } from "vitest";
import { fetchWhole } from "../support/fetch-whole";
import { accepts, buildDaemon, DaemonFolder } from "./support/daemon-process";
import { bucket, clientsOf, region } from "./support/platform";
import { createConfig, createEndpoint, trainingJob } from "./support/requests";

const folders: DaemonFolder[] = [];

beforeAll(() => buildDaemon());
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => folder.remove()));
});

function newFolder(): DaemonFolder {
  const folder = new DaemonFolder();
  folders.push(folder);
  return folder;
}

async function serve(folder: DaemonFolder, endpointUrl: string) {
  const clients = clientsOf(endpointUrl);
  const image = await folder.buildImage();
  await createEndpoint({ ...clients, image, endpointUrl, stateDir: folder.stateDir, stop: async () => undefined }, "lives");
  await inService(endpointUrl);
  return { ...clients, image };
}

async function inService(endpointUrl: string): Promise<void> {
  const { sagemaker } = clientsOf(endpointUrl);
  await waitUntilEndpointInService({ client: sagemaker, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 }, { EndpointName: "lives" });
}

async function answer(endpointUrl: string): Promise<{ version: string; pid: number }> {
  const command = new InvokeEndpointCommand({ EndpointName: "lives", ContentType: "text/plain", Body: "x" });
  return JSON.parse((await clientsOf(endpointUrl).runtime.send(command)).Body.transformToString());
}

/** Stops a daemon, and sees that nothing of it is left. */
async function stopped({ child, record }: Awaited<ReturnType<DaemonFolder["start"]>>, folder: DaemonFolder, how: string): Promise<void> {
  expect(folder.processes().length).toBeGreaterThan(0);
  const ended = once(child, "exit");
  if (how === "SIGTERM" || how === "SIGINT") {
    child.kill(how);
  } else {
    expect((await fetchWhole(`${record.endpointUrl}/_slipway/shutdown`, { method: "POST" })).status).toBe(202);
  }
  expect((await ended)[0]).toBe(0);
  expect(folder.processes()).toEqual([]);
  expect(await accepts(record.port)).toBe(false);
  expect(folder.record()).toBeUndefined();
}

test("a daemon stopped by SIGTERM, SIGINT or a request leaves no process, port or record, and the next one has all that was there", async () => {
  const folder = newFolder();
  await folder.buildImage();
  const first = await folder.start();
  const { s3 } = await serve(folder, first.record.endpointUrl);
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: "Enabled" } }));
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "kept.txt", Body: "kept" }));
  await stopped(first, folder, "SIGTERM");
  for (const how of ["SIGINT", "a request"]) {
    const next = await folder.start();
    await inService(next.record.endpointUrl);
    expect((await answer(next.record.endpointUrl)).version).toBe("lives");
    const object = await clientsOf(next.record.endpointUrl).s3.send(new GetObjectCommand({ Bucket: bucket, Key: "kept.txt" }));
    expect(await object.Body?.transformToString()).toBe("kept");
    expect(object.VersionId).toBeDefined();
    await stopped(next, folder, how);
  }
});

test("after kill -9, the next daemon ends what was left, serves the old configuration again and fails the job that was running", async () => {
  const folder = newFolder();
  await folder.buildImage();
  const first = await folder.start();
  const { sagemaker, s3, image } = await serve(folder, first.record.endpointUrl);
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "kept.txt", Body: "kept" }));
  await sagemaker.send(new CreateTrainingJobCommand(trainingJob({ image }, "running", { HyperParameters: { fault: "hang" } })));
  await expect
    .poll(async () => (await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "running" }))).SecondaryStatus)
    .toBe("Training");
  const { pid } = await answer(first.record.endpointUrl);
  await createConfig({ sagemaker, image }, "next");
  await sagemaker.send(new UpdateEndpointCommand({ EndpointName: "lives", EndpointConfigName: "next" }));
  const ended = once(first.child, "exit");
  first.child.kill("SIGKILL");
  await ended;
  const orphans = folder.processes();
  expect(orphans).toContain(pid);

  const second = await folder.start();
  expect(folder.processes().filter((process) => orphans.includes(process))).toEqual([]);
  await inService(second.record.endpointUrl);
  expect((await answer(second.record.endpointUrl)).version).toBe("lives");
  const clients = clientsOf(second.record.endpointUrl);
  const described = await clients.sagemaker.send(new DescribeEndpointCommand({ EndpointName: "lives" }));
  expect(described.EndpointConfigName).toBe("lives");
  expect(described.FailureReason).toBe("The update was interrupted by a restart of the local endpoint.");
  const job = await clients.sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "running" }));
  expect(job.TrainingJobStatus).toBe("Failed");
  expect(job.FailureReason).toContain("The local endpoint was killed while this job ran.");
  const object = await clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: "kept.txt" }));
  expect(await object.Body?.transformToString()).toBe("kept");
});

test("a second daemon on the same state folder is refused and names the first; after kill -9 of MiniStack, that comes back by itself with what it had", async () => {
  const folder = newFolder();
  const { child, record } = await folder.start();
  const refused = await folder.startRefused();
  expect(refused.code).toBe(3);
  expect(refused.output).toContain(`SLIP-5020 another local platform (process ${child.pid}) is using the state folder ${folder.stateDir}`);
  const { s3 } = clientsOf(record.endpointUrl);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const iam = new IAMClient({ endpoint: record.endpointUrl, region, credentials, maxAttempts: 1 });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "kept.txt", Body: "kept" }));
  await iam.send(new CreateRoleCommand({ RoleName: "kept-role", AssumeRolePolicyDocument: "{}" }));
  const saved = () => readFile(join(folder.stateDir, "ministack", "state", "iam.json"), "utf8").catch(() => "");
  await expect.poll(saved, { timeout: 10_000 }).toContain("kept-role");
  for (const pid of folder.processes()) {
    process.kill(pid, "SIGKILL");
  }
  const read = () => s3.send(new GetObjectCommand({ Bucket: bucket, Key: "kept.txt" })).then(({ Body }) => Body?.transformToString());
  await expect.poll(() => read().catch(() => undefined), { timeout: 30_000 }).toBe("kept");
  expect((await iam.send(new GetRoleCommand({ RoleName: "kept-role" }))).Role?.RoleName).toBe("kept-role");
});

test("a port in use is refused, with the process that holds it, and nothing keeps running", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const folder = newFolder();
  const refused = await folder.startRefused(["--port", String(port)]);
  server.close();
  expect(refused.code).toBe(3);
  expect(refused.output).toContain(`SLIP-5001 port ${port} is in use by process ${process.pid} (`);
  expect(folder.processes()).toEqual([]);
});

test("a daemon started with faults names all of them", async () => {
  const folder = newFolder();
  const refused = await folder.startRefused(["--port", "70000", "--account", "12", "--runner", "vm"]);
  expect(refused.code).toBe(2);
  expect(refused.output).toContain("--port: got 70000");
  expect(refused.output).toContain("--account: got 12");
  expect(refused.output).toContain("--runner: got vm");
});
