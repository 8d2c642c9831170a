import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateEndpointCommand,
  CreateTrainingJobCommand,
  type CreateTrainingJobCommandOutput,
  DescribeTrainingJobCommand,
} from "@aws-sdk/client-sagemaker";
import { afterAll, expect, test } from "vitest";
import { startDaemon } from "../../../local/daemon";
import { FileImageStore } from "../../../local/images/image-store";
import { ensureLocalTools } from "../../../tools/python/ensure";
import { invoke } from "../support/hosting";
import { account, clientsOf, echoImage, region } from "../support/platform";
import { createConfig, createEndpoint, trainingJob } from "../support/requests";
import { rested } from "./deployment-loop";
import { entries } from "./support";

const stateDir = mkdtempSync(join(tmpdir(), "slipway-starting-"));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

/** Starts a daemon in this process; `meanwhile` is called when the endpoint listens and what was there before is not yet brought back. */
async function start(meanwhile: (endpointUrl: string) => Promise<unknown> = async () => undefined) {
  const { venv } = await ensureLocalTools();
  const options = { stateDir, port: 0, account, region, runner: "process", version: "test", pythonTools: venv } as const;
  const startProvider = async ({ endpointUrl }: { readonly endpointUrl: string }) => {
    await meanwhile(endpointUrl);
    return { port: 1, stop: async () => undefined };
  };
  return startDaemon({ ...options, startProvider });
}

test("requests that come while the daemon starts are answered when it has brought back what was there", async () => {
  const images = await FileImageStore.open(join(stateDir, "images"), { prepare: async () => ({}) });
  const image = await images.build({ imageName: echoImage, context: join(__dirname, "..", "fixtures", "echo") });
  const first = await start();
  const { endpointUrl } = first.record;
  const before = { ...clientsOf(endpointUrl), image, endpointUrl, stateDir, stop: async () => undefined };
  await createEndpoint(before, "early");
  await rested(before.sagemaker, "early");
  await createConfig(before, "late");
  await first.stop();

  let job: Promise<CreateTrainingJobCommandOutput> | undefined;
  let created: Promise<unknown> | undefined;
  const second = await start(async (endpointUrl) => {
    const { sagemaker } = clientsOf(endpointUrl);
    job = sagemaker.send(new CreateTrainingJobCommand(trainingJob({ image }, "started", { HyperParameters: { fault: "hang" } })));
    created = sagemaker.send(new CreateEndpointCommand({ EndpointName: "late", EndpointConfigName: "late" }));
    // Time for the requests to be on their way; however long it is, what holds below must hold.
    await Promise.race([Promise.allSettled([job, created]), sleep(300)]);
  });
  try {
    const { sagemaker, runtime } = clientsOf(second.record.endpointUrl);
    await job;
    await created;
    const described = await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "started" }));
    expect([described.TrainingJobStatus, described.FailureReason]).toEqual(["InProgress", undefined]);
    expect((await rested(sagemaker, "late"))?.EndpointStatus).toBe("InService");
    expect((await invoke({ runtime }, "late")).version).toBe("late");
    expect(entries(join(stateDir, "run", "endpoints", region, "late"))).toHaveLength(1);
    await rested(sagemaker, "early");
    expect((await invoke({ runtime }, "early")).version).toBe("early");
  } finally {
    await second.stop();
  }
});
