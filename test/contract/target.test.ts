import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import {
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListModelPackageGroupsCommand,
  ListModelsCommand,
} from "@aws-sdk/client-sagemaker";
import { afterAll, expect, test } from "vitest";
import { DaemonFolder } from "./support/daemon-process";
import { clientsOf } from "./support/platform";
import { type Target, targetVariable } from "./support/target";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "slipway-target-"));
const daemon = new DaemonFolder();
afterAll(async () => {
  await daemon.remove();
  rmSync(folder, { recursive: true, force: true });
});

test("one variable points the suite at an account that is there already, and what it made there is deleted again", async () => {
  const image = await daemon.buildImage();
  const [account, region] = ["210987654321", "us-west-2"];
  const { record } = await daemon.start(["--account", account, "--region", region]);
  const target: Target = {
    account,
    region,
    bucket: "somebodys-bucket",
    role: `arn:aws:iam::${account}:role/somebodys`,
    image: image.uri,
    endpointUrl: record.endpointUrl,
  };
  const { sagemaker, s3 } = clientsOf(record.endpointUrl, undefined, region);
  await s3.send(new CreateBucketCommand({ Bucket: target.bucket }));
  writeFileSync(join(folder, "target.json"), JSON.stringify(target));

  const report = join(folder, "report.json");
  const options = ["--project", "contract", "--reporter=json", `--outputFile.json=${report}`];
  const suite = spawn(process.execPath, [join(root, "node_modules", "vitest", "vitest.mjs"), "run", ...options], {
    cwd: root,
    env: { ...process.env, [targetVariable]: join(folder, "target.json") },
    stdio: "ignore",
  });
  const [code] = await once(suite, "exit");
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as {
    testResults: { name: string; assertionResults: { status: string; fullName: string; failureMessages: string[] }[] }[];
  };
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  expect(results.filter(({ status }) => status === "failed")).toEqual([]);
  expect(code).toBe(0);
  expect(testResults).toHaveLength(4);
  expect(results.filter(({ status }) => status === "passed").length).toBeGreaterThanOrEqual(30);

  const left = await Promise.all([
    sagemaker.send(new ListModelsCommand({})).then(({ Models }) => Models),
    sagemaker.send(new ListEndpointsCommand({})).then(({ Endpoints }) => Endpoints),
    sagemaker.send(new ListEndpointConfigsCommand({})).then(({ EndpointConfigs }) => EndpointConfigs),
    sagemaker.send(new ListModelPackageGroupsCommand({})).then(({ ModelPackageGroupSummaryList }) => ModelPackageGroupSummaryList),
  ]);
  expect(left).toEqual([[], [], [], []]);
});
