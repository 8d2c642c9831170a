import { join } from "node:path";
import { DescribeEndpointCommand, SageMakerClient } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fetchWhole } from "../support/fetch-whole";
import { type LocalAws, root, startLocalAws } from "./support/local-aws";
import { invocationsOf, Prober } from "./support/prober";
import { Project } from "./support/project";

const EndpointName = "platform-near";
const alarm = "near-errors";
let aws: LocalAws;
let project: Project;
let prober: Prober | undefined;

beforeAll(async () => {
  aws = await startLocalAws("process", { SLIPWAY_LONGEST_WAIT_SECONDS: "3600" });
  project = await Project.create(aws);
});
afterAll(async () => {
  prober?.end();
  project?.remove();
  await aws?.stop();
});

/** A YAML program: its components are made by Slipway's own provider, which knows error hooks, unlike the language host of the TypeScript programs of these tests. */
function declare(LEVEL: string, waitInterval: string): void {
  const near = {
    code: "models/near",
    training: { instanceType: "ml.m5.large", channels: { train: "models/near/data" } },
    environment: { LEVEL },
    realtime: { instanceType: "ml.m5.large", rollout: { type: "ALL_AT_ONCE", waitInterval, alarms: [alarm] } },
  };
  const resources = {
    platform: { type: "slipway:Platform", properties: { name: "platform", forceDestroy: true } },
    near: { type: "slipway:ModelService", properties: { platform: `\${platform.exports}`, ...near } },
  };
  const plugins = { providers: [{ name: "slipway", path: join(root, "components", "provider") }] };
  project.write("Pulumi.yaml", JSON.stringify({ name: "slipway", runtime: "yaml", plugins, resources }));
}

test("an update that Pulumi's provider gives up at RollingBack is explained all the same: the alarm, what the containers said, and the cure", async () => {
  // A request that the new container is still answering keeps the endpoint in RollingBack for longer than the provider's looks are apart.
  const slow = 'import os, time\n        time.sleep(4 if os.environ.get("LEVEL") == "2" else 0)\n        label = min(';
  project.write("models/near/model.py", project.read("models/near/model.py").replace("label = min(", slow));
  declare("1", "0s");
  const first = await project.up();
  expect(first.exitCode, first.text).toBe(0);
  prober = await Prober.start({ url: invocationsOf(aws, EndpointName), question: { x: 2.5 }, right: [{ label: "low", mean: 2 }] });
  declare("2", "1h");
  const update = project.up();
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const sagemaker = new SageMakerClient({ endpoint: aws.endpointUrl, region: "us-east-1", credentials });
  const stage = async () => {
    const { PendingDeploymentSummary } = await sagemaker.send(new DescribeEndpointCommand({ EndpointName }));
    return PendingDeploymentSummary?.ProductionVariants?.[0]?.VariantStatus?.[0]?.Status;
  };
  await expect.poll(stage, { timeout: 120_000 }).toBe("Baking");
  await prober.more(2);
  await fetchWhole(`${aws.endpointUrl}/_slipway/alarms/${alarm}?state=ALARM`, { method: "POST" });
  const run = await update;
  // Should the provider have missed RollingBack, on a machine that was busy for so long, the gate says the same.
  expect(run.exitCode).not.toBe(0);
  expect(run.text).toContain("SLIP-4101 endpoint platform-near went back to ");
  expect(run.text).toMatch(/were triggered: near-errors\.$/m);
  expect(run.text).toMatch(/^ {2}log {2}\S/m);
  expect(run.text).toMatch(/^ {2}fix {2}An alarm of the rollout went off/m);
  await prober.expectAnswered();
});
