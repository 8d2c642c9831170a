import { execFileSync } from "node:child_process";
import {
  CreateTrainingJobCommand,
  DeleteEndpointCommand,
  DescribeEndpointCommand,
  DescribeTrainingJobCommand,
  StopTrainingJobCommand,
  UpdateEndpointCommand,
  waitUntilEndpointDeleted,
  waitUntilEndpointInService,
  waitUntilTrainingJobCompletedOrStopped,
} from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBaseImage } from "../../tools/docker/ensure";
import { bucket, logFile, type Platform, putText, rejection, startPlatform } from "../contract/support/platform";
import { createConfig, createEndpoint, trainedModel, trainingJob } from "../contract/support/requests";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform("docker", await ensureBaseImage());
});
afterAll(async () => {
  await platform.stop();
  expect(containers()).toEqual([]);
});

test("an image is built by the Docker engine and named by the digest of its context", () => {
  expect(platform.image.dockerImageId).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(platform.image.uri).toMatch(/@sha256:[0-9a-f]{64}$/);
});

test("a job trains and its model serves in containers that have the real /opt/ml and port 8080", async () => {
  const { sagemaker } = platform;
  await putText(platform.s3, "data/rows.csv", "1,2\n");
  const modelDataUrl = await trainedModel(platform, "docker-job");
  await createEndpoint(platform, "docker-endpoint", { modelDataUrl });
  await inService("docker-endpoint");
  expect(await invoke()).toMatchObject({ body: "hello", version: "docker-endpoint", model: { job: "docker-job" } });
  await createConfig(platform, "docker-next", { modelDataUrl });
  await sagemaker.send(new UpdateEndpointCommand({ EndpointName: "docker-endpoint", EndpointConfigName: "docker-next" }));
  await inService("docker-endpoint");
  expect(await invoke()).toMatchObject({ version: "docker-next" });
});

test("a container that fails to load its model fails the update with its exit code and last line, and the old one serves on", async () => {
  await createConfig(platform, "docker-broken", { environment: { FAULT: "load" } });
  await platform.sagemaker.send(new UpdateEndpointCommand({ EndpointName: "docker-endpoint", EndpointConfigName: "docker-broken" }));
  await inService("docker-endpoint");
  const endpoint = await platform.sagemaker.send(new DescribeEndpointCommand({ EndpointName: "docker-endpoint" }));
  expect(endpoint.EndpointConfigName).toBe("docker-next");
  expect(endpoint.FailureReason).toContain("It exited with code 1. Last line: ValueError: the model cannot be loaded");
});

test("a container that dies while it answers gives a ModelError and is started again", async () => {
  const lost = await rejection(invoke("fault/exit"));
  expect(lost.name).toBe("ModelError");
  await expect
    .poll(
      () =>
        invoke().then(
          ({ body }) => body,
          () => undefined,
        ),
      { timeout: 60_000 },
    )
    .toBe("hello");
});

test("a failing job tells the failure file and the exit code", async () => {
  const { sagemaker } = platform;
  await sagemaker.send(new CreateTrainingJobCommand(trainingJob(platform, "docker-raises", { HyperParameters: { fault: "raise" } })));
  await waitForEnd("docker-raises");
  const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "docker-raises" }));
  expect(job.FailureReason).toMatch(/^AlgorithmError: KeyError: 'petal_lenght' \(model.py:21 in fit\)\nx+, exit code: 3$/);
});

test("a job that is stopped ends as Stopped", async () => {
  const { sagemaker } = platform;
  await sagemaker.send(new CreateTrainingJobCommand(trainingJob(platform, "docker-stopped", { HyperParameters: { fault: "hang" } })));
  // Process 1 of a container ignores a SIGTERM that it has no handler for yet.
  await expect.poll(() => logFile(platform, "docker-stopped"), { timeout: 60_000 }).toContain("hanging");
  await sagemaker.send(new StopTrainingJobCommand({ TrainingJobName: "docker-stopped" }));
  await waitForEnd("docker-stopped");
  const job = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "docker-stopped" }));
  expect(job.TrainingJobStatus).toBe("Stopped");
  expect(job.ModelArtifacts?.S3ModelArtifacts).toBe(`s3://${bucket}/artifacts/docker-stopped/output/model.tar.gz`);
});

test("a deleted endpoint leaves no container", async () => {
  await platform.sagemaker.send(new DeleteEndpointCommand({ EndpointName: "docker-endpoint" }));
  await waitUntilEndpointDeleted({ client: platform.sagemaker, maxWaitTime: 60, minDelay: 1 }, { EndpointName: "docker-endpoint" });
  expect(containers()).toEqual([]);
});

/** Names of the containers, running or not, of the endpoints and jobs of this file. */
function containers(): string[] {
  const names = execFileSync("docker", ["ps", "--all", "--format", "{{.Names}}", "--filter", "name=slipway-docker-"], { encoding: "utf8" });
  return names.split("\n").filter((name) => name !== "");
}

async function inService(name: string): Promise<void> {
  await waitUntilEndpointInService({ client: platform.sagemaker, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }, { EndpointName: name });
}

async function waitForEnd(name: string): Promise<void> {
  const waiter = { client: platform.sagemaker, maxWaitTime: 120, minDelay: 1, maxDelay: 1 };
  await waitUntilTrainingJobCompletedOrStopped(waiter, { TrainingJobName: name }).catch(() => undefined);
}

async function invoke(contentType = "text/plain"): Promise<Record<string, unknown>> {
  const command = new InvokeEndpointCommand({ EndpointName: "docker-endpoint", ContentType: contentType, Body: "hello" });
  return JSON.parse((await platform.runtime.send(command)).Body.transformToString());
}
