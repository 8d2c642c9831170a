import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type ApplicationAutoScalingClient,
  DeleteScalingPolicyCommand,
  DeleteScheduledActionCommand,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  DescribeScheduledActionsCommand,
  ListTagsForResourceCommand,
  PutScalingPolicyCommand,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureDevTools } from "../../tools/python/ensure";
import { account, region, rejection, type StartedPlatform } from "./support/platform";
import { serveRuntimeModel } from "./support/runtime-endpoint";
import { asynchronous, of, ScalingPlatform, tracking } from "./support/scaling";

let started: ScalingPlatform;
let platform: StartedPlatform;
let scaling: ApplicationAutoScalingClient;

beforeAll(async () => {
  started = await ScalingPlatform.start();
  ({ platform, scaling } = started);
  const { image, gates } = started;
  await serveRuntimeModel(platform.sagemaker, { name: "now", image, gates });
  await serveRuntimeModel(platform.sagemaker, { name: "later", image, gates, more: asynchronous });
});
afterAll(() => started?.stop());

describe("the API", () => {
  test("registers a variant, shows it, and changes only what is given", async () => {
    const { ScalableTargetARN } = await scaling.send(new RegisterScalableTargetCommand({ ...of("now"), MinCapacity: 1, MaxCapacity: 2 }));
    expect(ScalableTargetARN).toMatch(new RegExp(`^arn:aws:application-autoscaling:${region}:${account}:scalable-target/[0-9a-f]{32}$`));
    const suspended = { SuspendedState: { DynamicScalingInSuspended: true } };
    await scaling.send(new RegisterScalableTargetCommand({ ...of("now"), MaxCapacity: 3, ...suspended }));
    const { ScalableTargets } = await scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "sagemaker" }));
    expect(ScalableTargets).toEqual([
      {
        ...of("now"),
        MinCapacity: 1,
        MaxCapacity: 3,
        RoleARN: `arn:aws:iam::${account}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint`,
        CreationTime: expect.any(Date),
        SuspendedState: { DynamicScalingInSuspended: true, DynamicScalingOutSuspended: false, ScheduledScalingSuspended: false },
        ScalableTargetARN,
      },
    ]);
  });

  test("tags a target", async () => {
    const { ScalableTargets: [target] = [] } = await scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: "sagemaker" }));
    const ResourceARN = target?.ScalableTargetARN;
    await scaling.send(new TagResourceCommand({ ResourceARN, Tags: { team: "ml", stage: "test" } }));
    await scaling.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["stage"] }));
    expect((await scaling.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags).toEqual({ team: "ml" });
    const unknown = new ListTagsForResourceCommand({ ResourceARN: `${ResourceARN?.slice(0, -1)}x` });
    expect((await rejection(scaling.send(unknown))).name).toBe("ResourceNotFoundException");
  });

  test("puts, pages and deletes policies", async () => {
    const named = (PolicyName: string) => new PutScalingPolicyCommand({ ...of("now"), ...tracking, PolicyName });
    for (const name of ["a", "b", "c"]) {
      const { PolicyARN } = await scaling.send(named(name));
      expect(PolicyARN).toMatch(
        new RegExp(
          `^arn:aws:autoscaling:${region}:${account}:scalingPolicy:[0-9a-f-]{36}:resource/sagemaker/endpoint/now/variant/primary:policyName/${name}$`,
        ),
      );
    }
    const first = await scaling.send(new DescribeScalingPoliciesCommand({ ...of("now"), MaxResults: 2 }));
    expect(first.ScalingPolicies?.map(({ PolicyName }) => PolicyName)).toEqual(["a", "b"]);
    const rest = await scaling.send(new DescribeScalingPoliciesCommand({ ...of("now"), MaxResults: 2, NextToken: first.NextToken }));
    expect(rest.ScalingPolicies).toEqual([
      {
        ...of("now"),
        PolicyARN: expect.any(String),
        PolicyName: "c",
        PolicyType: "TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration: tracking.TargetTrackingScalingPolicyConfiguration,
        Alarms: ["AlarmHigh", "AlarmLow"].map((alarm) => {
          const AlarmName = expect.stringMatching(new RegExp(`^TargetTracking-endpoint/now/variant/primary-${alarm}-[0-9a-f-]{36}$`));
          return {
            AlarmName,
            AlarmARN: expect.stringContaining(`:${account}:alarm:TargetTracking-endpoint/now/variant/primary-${alarm}-`),
          };
        }),
        CreationTime: expect.any(Date),
      },
    ]);
    expect((await rejection(scaling.send(new DescribeScalingPoliciesCommand({ ...of("now"), NextToken: "x" })))).name).toBe(
      "InvalidNextTokenException",
    );
    for (const PolicyName of ["a", "b", "c"]) {
      await scaling.send(new DeleteScalingPolicyCommand({ ...of("now"), PolicyName }));
    }
    const again = await rejection(scaling.send(new DeleteScalingPolicyCommand({ ...of("now"), PolicyName: "a" })));
    expect(again.name).toBe("ObjectNotFoundException");
  });

  test("keeps scheduled actions", async () => {
    const action = { ...of("now"), ScheduledActionName: "nightly" };
    const capacities = { ScalableTargetAction: { MinCapacity: 1, MaxCapacity: 1 } };
    await scaling.send(
      new PutScheduledActionCommand({ ...action, ...capacities, Schedule: "cron(0 3 * * ? 2190)", Timezone: "Europe/Berlin" }),
    );
    const { ScheduledActions } = await scaling.send(new DescribeScheduledActionsCommand({ ...of("now") }));
    expect(ScheduledActions).toEqual([
      {
        ...action,
        ...capacities,
        ScheduledActionARN: expect.stringMatching(
          /:scheduledAction:[0-9a-f-]{36}:resource\/sagemaker\/endpoint\/now\/variant\/primary:scheduledActionName\/nightly$/,
        ),
        Schedule: "cron(0 3 * * ? 2190)",
        Timezone: "Europe/Berlin",
        CreationTime: expect.any(Date),
      },
    ]);
    await scaling.send(new DeleteScheduledActionCommand(action));
    expect((await rejection(scaling.send(new DeleteScheduledActionCommand(action)))).name).toBe("ObjectNotFoundException");
  });

  test.each([
    [
      "an endpoint that is not there",
      { ResourceId: "endpoint/none/variant/primary" },
      "SageMaker endpoint variant doesn't exist: endpoint/none/variant/primary",
    ],
    [
      "a variant that is not there",
      { ResourceId: "endpoint/later/variant/none" },
      "SageMaker endpoint variant doesn't exist: endpoint/later/variant/none",
    ],
    [
      "a resource id of another form",
      { ResourceId: "endpoint/later" },
      "of the namespace sagemaker it has the form endpoint/NAME/variant/NAME",
    ],
    ["another service", { ServiceNamespace: "ecs" as const }, "got the service namespace ecs; allowed is sagemaker"],
    [
      "a namespace AWS does not have",
      { ServiceNamespace: "ec3" as "ec2" },
      "Value 'ec3' at 'serviceNamespace' failed to satisfy constraint: Member must satisfy enum value set",
    ],
    ["no capacities", {}, "MinCapacity and MaxCapacity are required to register a new scalable target"],
    ["a range upside down", { MinCapacity: 2, MaxCapacity: 1 }, "Maximum capacity cannot be less than minimum capacity"],
    [
      "a dimension that does not fit",
      { ScalableDimension: "sagemaker:variant:DesiredProvisionedConcurrency" as const, MinCapacity: 1, MaxCapacity: 2 },
      "which is not serverless",
    ],
  ])("refuses to register %s", async (_, given, message) => {
    const error = await rejection(scaling.send(new RegisterScalableTargetCommand({ ...of("later"), ...given })));
    expect([error.name, error.message]).toEqual(["ValidationException", expect.stringContaining(message)]);
  });

  test("lets only asynchronous variants have none as their minimum", async () => {
    const error = await rejection(scaling.send(new RegisterScalableTargetCommand({ ...of("now"), MinCapacity: 0 })));
    expect([error.name, error.message]).toEqual(["ValidationException", expect.stringContaining("Minimum capacity cannot be less than 1")]);
  });

  test("refuses policies of variants that are not registered, and those that make no sense", async () => {
    const unregistered = await rejection(scaling.send(new PutScalingPolicyCommand({ ...of("later"), ...tracking })));
    expect([unregistered.name, unregistered.message]).toEqual([
      "ObjectNotFoundException",
      "No scalable target registered for service namespace: sagemaker, resource ID: endpoint/later/variant/primary, scalable dimension: sagemaker:variant:DesiredInstanceCount",
    ]);
    const gap = [
      { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 5, ScalingAdjustment: 1 },
      { MetricIntervalLowerBound: 10, ScalingAdjustment: 2 },
    ];
    const StepScalingPolicyConfiguration = { AdjustmentType: "ChangeInCapacity" as const, StepAdjustments: gap };
    const step = new PutScalingPolicyCommand({ ...of("now"), PolicyName: "s", PolicyType: "StepScaling", StepScalingPolicyConfiguration });
    expect((await rejection(scaling.send(step))).message).toContain("can't have gaps between them");
  });

  test("is the same to boto3", async () => {
    await scaling.send(new DeregisterScalableTargetCommand(of("now")));
    const { python } = await ensureDevTools();
    const script = join(__dirname, "boto3_autoscaling.py");
    const { stdout } = await promisify(execFile)(python, [script, platform.endpointUrl, "now"]);
    expect(JSON.parse(stdout)).toEqual({
      unregistered: ["ObjectNotFoundException", expect.stringContaining("No scalable target registered")],
      tags: { team: "data", stage: "test" },
      policies: [["per-instance", "TargetTrackingScaling", true]],
      target: [1, 2, true],
      zero: "ValidationException",
      foreign: "ValidationException",
      gone: [],
      twice: "ObjectNotFoundException",
    });
  });
});
