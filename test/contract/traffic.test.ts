import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { trafficFaults } from "./support/traffic";

const folder = mkdtempSync(join(tmpdir(), "slipway-traffic-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const json = { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": "1" };

function faultsOf(operation: string, status: number, content: object, service = "sagemaker", headers: object = json): Promise<string[]> {
  const file = join(folder, "answers.jsonl");
  const body = Buffer.from(JSON.stringify(content)).toString("base64");
  writeFileSync(file, `${JSON.stringify({ service, operation, status, headers, body, whole: true })}\n`);
  return trafficFaults([file]);
}

const endpoint = { EndpointName: "e", EndpointArn: "arn:aws:sagemaker:eu-west-1:000000000000:endpoint/e", EndpointConfigName: "c" };
const times = { CreationTime: 1_700_000_000.25, LastModifiedTime: 1_700_000_000.5 };

test("the check accepts what AWS's model allows", async () => {
  expect(await faultsOf("DescribeEndpoint", 200, { ...endpoint, ...times, EndpointStatus: "InService" })).toEqual([]);
  expect(await faultsOf("DeleteDomain", 400, { __type: "ResourceInUse", message: "in use" })).toEqual([]);
  expect(await faultsOf("DescribeEndpoint", 400, { __type: "ValidationException", message: "not found" })).toEqual([]);
});

test.each([
  ["a status AWS does not have", { EndpointStatus: "Ready" }, "DescribeEndpoint.EndpointStatus: 'Ready' is not one of"],
  ["a member AWS does not have", { Port: 8080 }, "DescribeEndpoint.Port: the model has no such member"],
  ["a time as text", { CreationTime: "2026-01-01T00:00:00Z" }, "is not of type timestamp"],
  ["a required member missing", { EndpointStatus: undefined }, "DescribeEndpoint.EndpointStatus: required and not there"],
  ["null", { FailureReason: null }, "DescribeEndpoint.FailureReason: null; what is not set is left out"],
])("the check finds %s", async (_, more, fault) => {
  const faults = await faultsOf("DescribeEndpoint", 200, { ...endpoint, ...times, EndpointStatus: "InService", ...more });
  expect(faults).toEqual([expect.stringContaining(fault)]);
});

test("the check finds an error code that is none of the operation's, one without a message, and a wrong status", async () => {
  expect(await faultsOf("CreateModel", 400, { __type: "NoSuchThing", message: "x" })).toEqual([
    "CreateModel 400: error NoSuchThing is none of the operation's: ResourceLimitExceeded",
  ]);
  expect(await faultsOf("DeleteDomain", 400, { __type: "ResourceInUse" })).toEqual([
    "DeleteDomain 400: error ResourceInUse has no message",
  ]);
  const headers = { "x-amzn-errortype": "ModelError" };
  expect(await faultsOf("InvokeEndpoint", 500, { Message: "x" }, "sagemaker-runtime", headers)).toEqual([
    "InvokeEndpoint 500: error ModelError came with status 500; the model has 424",
  ]);
});
