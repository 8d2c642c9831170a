import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import { waitUntilEndpointInService } from "@aws-sdk/client-sagemaker";
import { InvokeEndpointAsyncCommand } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FileImageStore } from "../../local/images/image-store";
import { objectAt } from "./support/async-results";
import { buildDaemon, DaemonFolder } from "./support/daemon-process";
import { bucket, clientsOf, echoImage, region } from "./support/platform";
import { Gates, serveRuntimeModel } from "./support/runtime-endpoint";

const folder = new DaemonFolder();
const gates = new Gates();
/** The daemon of the test before. */
let running: Awaited<ReturnType<DaemonFolder["start"]>> | undefined;

beforeAll(() => buildDaemon());
afterAll(async () => {
  await folder.remove();
  gates.remove();
});

test.each(["SIGKILL", "SIGTERM"] as const)("what was accepted before a %s is answered by the next daemon", async (signal) => {
  const images = await FileImageStore.open(join(folder.stateDir, "images"), { prepare: async () => ({}) });
  const image = await images.build({ imageName: echoImage.replace("echo", "runtime"), context: join(__dirname, "fixtures", "runtime") });
  const first = running ?? (await folder.start());
  const before = clientsOf(first.record.endpointUrl);
  await makeBucket(before.s3);
  const name = `lasting-${signal.toLowerCase()}`;
  const AsyncInferenceConfig = {
    OutputConfig: { S3OutputPath: `s3://${bucket}/${name}` },
    ClientConfig: { MaxConcurrentInvocationsPerInstance: 1 },
  };
  await serveRuntimeModel(before.sagemaker, { name, image: image.uri, gates, more: { AsyncInferenceConfig } });
  const asked = [`${name}-running`, `${name}-waiting`, `${name}-last`];
  const locations: (string | undefined)[] = [];
  for (const gate of asked) {
    const Body = JSON.stringify({ do: "hold", gate });
    locations.push((await before.runtime.send(new InvokeEndpointAsyncCommand({ EndpointName: name, Body }))).OutputLocation);
  }
  await gates.reached(asked[0] ?? "");
  const ended = once(first.child, "exit");
  first.child.kill(signal);
  await ended;

  const second = await folder.start();
  const after = clientsOf(second.record.endpointUrl);
  await waitUntilEndpointInService({ client: after.sagemaker, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 }, { EndpointName: name });
  await makeBucket(after.s3);
  for (const [index, gate] of asked.entries()) {
    gates.open(gate);
    expect(JSON.parse((await objectAt(after.s3, locations[index])).text)).toEqual({ passed: gate });
  }
  const kept = () => readdirSync(join(folder.stateDir, "async-invocations", region));
  await expect.poll(kept, { timeout: 60_000 }).toEqual([]);
  running = second;
});

/** What MiniStack had not written when it was killed is made again. */
async function makeBucket(s3: S3Client): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: bucket })).catch(() => undefined);
}
