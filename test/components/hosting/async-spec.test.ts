import { describe, expect, test } from "vitest";
import { checkArguments } from "../../../components/arguments";
import { Problems } from "../../../components/errors/problems";
import {
  type AsyncArgs,
  asyncChecks,
  asyncExclusions,
  asyncRange,
  asyncSpec,
  checkAsyncRules,
} from "../../../components/hosting/async-spec";

const least: AsyncArgs = { instanceType: "ml.m5.large" };

function faults(change: object): string[] {
  const problems = new Problems();
  const given = { ...least, ...change };
  checkArguments(asyncChecks, given, "async", problems, asyncExclusions);
  checkAsyncRules(given, "async", problems);
  return problems.faults.map(({ path, reason }) => `${path}: ${reason}`);
}

const topic = "arn:aws:sns:eu-central-1:123456789012:results";

describe("an asynchronous endpoint", () => {
  test("needs no more than an instance type", () => {
    expect(faults({})).toEqual([]);
    expect(asyncSpec(least)).toEqual({
      instanceType: "ml.m5.large",
      minInstances: 1,
      maxInstances: 1,
      widest: { min: 1, max: 1 },
      isScaled: false,
      volumeSizeInGb: undefined,
      startupTimeoutSeconds: undefined,
      downloadTimeoutSeconds: undefined,
      routing: undefined,
      inferenceAmiVersion: undefined,
      networkIsolation: false,
    });
    expect(faults({ instanceType: undefined })).toEqual(["async.instanceType: is missing; it is required"]);
  });

  test.each([
    [{}, 1, 1],
    [{ min: 0 }, 0, 1],
    [{ min: 0, max: 4 }, 0, 4],
    [{ min: 2 }, 2, 2],
    [{ max: 3 }, 1, 3],
  ])("with instances %j has from %i to %i of them", (instances, min, max) => {
    expect(asyncRange(instances)).toEqual({ min, max });
  });

  test.each<[object, string[]]>([
    [{ instances: { min: 0, max: 1 } }, []],
    [{ instances: { max: 1000 } }, []],
    [{ instances: { min: -1 } }, ["async.instances.min: got -1; allowed is a whole number from 0 to 1000"]],
    [{ instances: { min: 0, max: 0 } }, ["async.instances.max: got 0; allowed is a whole number from 1 to 1000"]],
    [{ instances: { max: 1001 } }, ["async.instances.max: got 1001; allowed is a whole number from 1 to 1000"]],
    [{ instances: { min: 3, max: 2 } }, ["async.instances.max: got 2; it must be at least instances.min, 3"]],
    [{ instances: { max: 2, backlogPerInstance: 0.1 } }, []],
    [
      { instances: { max: 2, backlogPerInstance: 0 } },
      ["async.instances.backlogPerInstance: got 0; allowed is a number from 0.1 to 10000"],
    ],
    [{ instances: { max: 2, oldestRequestAge: "6h", scaleInCooldown: "0s", scaleOutCooldown: "1h" } }, []],
    [{ instances: { max: 2, oldestRequestAge: "7h" } }, ['async.instances.oldestRequestAge: got "7h"; allowed is 1s to 6h']],
    [{ instances: { max: 2, scaleInCooldown: "2h" } }, ['async.instances.scaleInCooldown: got "2h"; allowed is 0s to 1h']],
    [
      { instances: { max: 2, backlogPerInstance: 5, oldestRequestAge: "60s" } },
      ['async.instances.oldestRequestAge: got "60s" together with backlogPerInstance 5; scaling follows one of them: remove the other'],
    ],
    [
      { instances: { min: 2, backlogPerInstance: 5 } },
      [
        "async.instances.backlogPerInstance: got 5, but nothing is scaled; give an instances.max greater than instances.min, 2, or remove it",
      ],
    ],
    [
      { instances: { concurrency: 3 } },
      [
        "async.instances.concurrency: got 3; an asynchronous endpoint publishes no requests in flight: give backlogPerInstance or oldestRequestAge",
      ],
    ],
    [
      { instanceType: "ml.t2.medium", instances: { min: 0 } },
      [
        'async.instanceType: got "ml.t2.medium" with 0 to 1 instances; AWS does not scale burstable instances: choose another type, such as "ml.m5.large"',
      ],
    ],
    [{ maxConcurrentInvocationsPerInstance: 1000, volumeSizeInGb: 512, startupTimeout: "1h", downloadTimeout: "60s" }, []],
    [
      { maxConcurrentInvocationsPerInstance: 1001 },
      ["async.maxConcurrentInvocationsPerInstance: got 1001; allowed is a whole number from 1 to 1000"],
    ],
    [
      { maxConcurrentInvocationsPerInstance: 0 },
      ["async.maxConcurrentInvocationsPerInstance: got 0; allowed is a whole number from 1 to 1000"],
    ],
    [{ volumeSizeInGb: 513 }, ["async.volumeSizeInGb: got 513; allowed is a whole number from 1 to 512"]],
    [{ startupTimeout: "59s" }, ['async.startupTimeout: got "59s"; allowed is 60s to 1h']],
    [{ output: "s3://results", input: "s3://inputs/a/", failurePath: `s3://results/${"x".repeat(499)}` }, []],
    [{ output: "results" }, ['async.output: got "results"; allowed is s3://<bucket>/<prefix>']],
    [
      { failurePath: `s3://results/${"x".repeat(500)}` },
      [expect.stringMatching(/^async\.failurePath: got 513 characters .* at most 512 are allowed$/)],
    ],
    [
      { routing: "RANDOM" },
      ['async.routing: got "RANDOM"; requests wait in one queue, and any instance with room takes the next: remove it'],
    ],
    [{ dataCapture: {} }, [expect.stringMatching(/^async\.dataCapture: got {}; AWS does not capture/)]],
  ])("with %j has the faults %j", (change, expected) => {
    expect(faults(change)).toEqual(expected);
  });

  test.each<[object, string[]]>([
    [{}, []],
    [{ includeResponseIn: ["SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"] }, []],
    [{ successTopicArn: topic, errorTopicArn: topic }, []],
    [
      { successTopicArn: "results" },
      [expect.stringMatching(/^async\.notifications\.successTopicArn: got "results"; allowed is the ARN of an SNS topic/)],
    ],
    [
      { successTopicArn: topic, includeResponseIn: ["ERROR_NOTIFICATION_TOPIC"] },
      [
        'async.notifications.includeResponseIn[0]: got "ERROR_NOTIFICATION_TOPIC" without errorTopicArn; give that topic, or remove this entry',
      ],
    ],
    [
      { includeResponseIn: ["SUCCESS"] },
      [expect.stringMatching(/^async\.notifications\.includeResponseIn\[0\]: got "SUCCESS"; allowed are /)],
    ],
    [{ includeResponseIn: [] }, ["async.notifications.includeResponseIn: has 0 entries; allowed are 1 to 2"]],
  ])("told of by %j has the faults %j", (notifications, expected) => {
    expect(faults({ notifications })).toEqual(expected);
  });
});
