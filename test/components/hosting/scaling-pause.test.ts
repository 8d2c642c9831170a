import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AwsClients } from "../../../components/aws/clients";
import { ScalingPause } from "../../../components/hosting/scaling-pause";
import { MockedEngine } from "../../support/mocks";

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: Record<string, unknown>;
}

const variant = {
  ServiceNamespace: "sagemaker",
  ScalableDimension: "sagemaker:variant:DesiredInstanceCount",
  ResourceId: "endpoint/shop-iris/variant/main",
};
const tracking = { TargetValue: 5, PredefinedMetricSpecification: { PredefinedMetricType: "SageMakerVariantInvocationsPerInstance" } };

/** An account with one endpoint on ml.m5.large that is scaled from 2 to 6 instances. */
class Account {
  readonly changes: [string, unknown][] = [];
  answers: Record<string, object | Error> = {
    DescribeEndpointCommand: { EndpointConfigName: "iris-1" },
    DescribeEndpointConfigCommand: { ProductionVariants: [{ VariantName: "main", InstanceType: "ml.m5.large" }] },
    DescribeScalableTargetsCommand: { ScalableTargets: [{ ...variant, MinCapacity: 2, MaxCapacity: 6, CreationTime: new Date(0) }] },
    DescribeScalingPoliciesCommand: {
      ScalingPolicies: [
        {
          ...variant,
          PolicyName: "iris",
          PolicyType: "TargetTrackingScaling",
          TargetTrackingScalingPolicyConfiguration: tracking,
          Alarms: [],
        },
      ],
    },
  };

  get clients(): AwsClients {
    const send = ({ constructor: { name }, input }: Command): Promise<unknown> => {
      if (!name.startsWith("Describe")) {
        this.changes.push([name, input]);
      }
      const answer = this.answers[name] ?? {};
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
    return { sagemaker: { send }, logs: { send }, scaling: () => Promise.resolve({ send }) } as unknown as AwsClients;
  }
}

describe("an update of a scaled endpoint", () => {
  const account = () => new Account();
  const registered = { "urn:target": { type: "aws:appautoscaling/target:Target", outputs: { resourceId: variant.ResourceId } } };
  beforeEach(() => MockedEngine.start(false, registered));
  afterEach(() => MockedEngine.settled());

  test("removes the registration before it changes the instance type, and brings it back as it was when it fails", async () => {
    const aws = account();
    const pause = new ScalingPause();
    await pause.begin("shop-iris", { main: "ml.m5.xlarge" }, aws.clients);
    expect(aws.changes).toEqual([["DeregisterScalableTargetCommand", variant]]);
    expect(await pause.undo(aws.clients)).toBeUndefined();
    expect(aws.changes.slice(1)).toEqual([
      ["RegisterScalableTargetCommand", { ...variant, MinCapacity: 2, MaxCapacity: 6 }],
      [
        "PutScalingPolicyCommand",
        { ...variant, PolicyName: "iris", PolicyType: "TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration: tracking },
      ],
    ]);
    await pause.undo(aws.clients);
    expect(aws.changes).toHaveLength(3);
  });

  test("brings the schedule back too, and removes the registration of a variant that is taken away", async () => {
    const aws = account();
    const action = { ScheduledActionName: "morning", Schedule: "rate(1 day)", Timezone: "UTC", ScalableTargetAction: { MinCapacity: 2 } };
    aws.answers.DescribeScheduledActionsCommand = { ScheduledActions: [{ ...variant, ...action, CreationTime: new Date(0) }] };
    const pause = new ScalingPause();
    await pause.begin("shop-iris", { other: "ml.m5.large" }, aws.clients);
    expect(aws.changes).toEqual([["DeregisterScalableTargetCommand", variant]]);
    await pause.undo(aws.clients);
    expect(aws.changes.at(-1)).toEqual(["PutScheduledActionCommand", { ...variant, ...action }]);
  });

  test("leaves the registration alone when the instance type stays", async () => {
    const aws = account();
    const pause = new ScalingPause();
    await pause.begin("shop-iris", { main: "ml.m5.large" }, aws.clients);
    await pause.undo(aws.clients);
    expect(aws.changes).toEqual([]);
  });

  test("leaves alone what another program registered", async () => {
    const aws = account();
    await new ScalingPause().begin("shop-rose", { main: "ml.m5.xlarge" }, aws.clients);
    expect(aws.changes).toEqual([]);
  });

  test("has nothing to remove when the registration is gone", async () => {
    const aws = account();
    aws.answers.DescribeScalableTargetsCommand = { ScalableTargets: [] };
    await new ScalingPause().begin("shop-iris", { main: "ml.m5.xlarge" }, aws.clients);
    expect(aws.changes).toEqual([]);
  });

  test("has nothing to remove where AWS's stand-in does not know the service, but heeds a refusal of AWS", async () => {
    const aws = account();
    aws.answers.DescribeScalableTargetsCommand = Object.assign(new Error("UnknownError"), { name: "Unknown" });
    await new ScalingPause().begin("shop-iris", { main: "ml.m5.xlarge" }, aws.clients);
    aws.answers.DescribeScalableTargetsCommand = Object.assign(new Error("not authorized"), { name: "AccessDeniedException" });
    await expect(new ScalingPause().begin("shop-iris", { main: "ml.m5.xlarge" }, aws.clients)).rejects.toThrow("not authorized");
    expect(aws.changes).toEqual([]);
  });

  test("that cannot bring it back says so, and what to do", async () => {
    const aws = account();
    const pause = new ScalingPause();
    await pause.begin("shop-iris", { main: "ml.m5.xlarge" }, aws.clients);
    aws.answers.RegisterScalableTargetCommand = new Error("not allowed");
    expect(await pause.undo(aws.clients)).toBe(
      "  note endpoint/shop-iris/variant/main is no longer scaled (not allowed); pulumi refresh notices that, and the next pulumi up scales it again",
    );
  });
});
