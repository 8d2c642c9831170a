import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { waitUntilEndpointDeleted, waitUntilEndpointInService } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureDevTools } from "../../tools/python/ensure";
import { account, type Platform, region, role, startPlatform } from "./support/platform";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const waiter = () => ({ client: platform.sagemaker, maxWaitTime: 120, minDelay: 0.1, maxDelay: 0.5 });

/** Runs `aws` as a user does who has set AWS_ENDPOINT_URL: its output, or what it printed on its error output when it failed. */
async function aws(...words: string[]): Promise<unknown> {
  const { python } = await ensureDevTools();
  const credentials = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_REGION: region, AWS_DEFAULT_REGION: region };
  const own = {
    AWS_ENDPOINT_URL: platform.endpointUrl,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_PAGER: "",
  };
  const env = { PATH: process.env.PATH, HOME: platform.stateDir, LANG: "C.UTF-8", ...credentials, ...own };
  try {
    const { stdout } = await promisify(execFile)(python, ["-m", "awscli", ...words, "--output", "json"], { env });
    return stdout.trim() === "" ? undefined : JSON.parse(stdout);
  } catch (error) {
    return String((error as { stderr?: string }).stderr).trim();
  }
}

test("the AWS CLI deploys a model, waits for it, asks it, meets AWS's errors and deletes", async () => {
  const arn = (kind: string): string => `arn:aws:sagemaker:${region}:${account}:${kind}`;
  const model = [
    "--model-name",
    "cli",
    "--execution-role-arn",
    role,
    "--primary-container",
    `Image=${platform.image.uri},Environment={VERSION=cli}`,
  ];
  expect(await aws("sagemaker", "create-model", ...model)).toEqual({ ModelArn: arn("model/cli") });
  const variant = "VariantName=primary,ModelName=cli,InstanceType=ml.m5.large,InitialInstanceCount=1";
  await aws("sagemaker", "create-endpoint-config", "--endpoint-config-name", "cli", "--production-variants", variant);
  const created = await aws(
    "sagemaker",
    "create-endpoint",
    "--endpoint-name",
    "cli",
    "--endpoint-config-name",
    "cli",
    "--tags",
    "Key=team,Value=data",
  );
  expect(created).toEqual({ EndpointArn: arn("endpoint/cli") });
  // The CLI's own waiters ask every 30 s; what they wait for is there at their first question.
  await waitUntilEndpointInService(waiter(), { EndpointName: "cli" });
  const answer = `${platform.stateDir}/answer.json`;
  const ask = ["--endpoint-name", "cli", "--content-type", "text/plain", "--body", "eA==", answer];
  const [waited, tags, named, invoked, absent] = await Promise.all([
    aws("sagemaker", "wait", "endpoint-in-service", "--endpoint-name", "cli"),
    aws("sagemaker", "list-tags", "--resource-arn", arn("endpoint/cli")),
    aws("sagemaker", "list-endpoints", "--query", "Endpoints[].EndpointName"),
    aws("sagemaker-runtime", "invoke-endpoint", ...ask),
    aws("sagemaker", "describe-endpoint", "--endpoint-name", "absent"),
  ]);
  expect(waited).toBeUndefined();
  expect(tags).toEqual({ Tags: [{ Key: "team", Value: "data" }] });
  expect(named).toEqual(["cli"]);
  expect(invoked).toMatchObject({ InvokedProductionVariant: "primary" });
  expect(absent).toContain(
    `An error occurred (ValidationException) when calling the DescribeEndpoint operation: Could not find endpoint "${arn("endpoint/absent")}".`,
  );
  await aws("sagemaker", "delete-endpoint", "--endpoint-name", "cli");
  await waitUntilEndpointDeleted(waiter(), { EndpointName: "cli" });
  expect(await aws("sagemaker", "wait", "endpoint-deleted", "--endpoint-name", "cli")).toBeUndefined();
}, 400_000);
