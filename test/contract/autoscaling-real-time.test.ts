import {
  type ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  DescribeScalingActivitiesCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { type CloudWatchClient, DescribeAlarmsCommand, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { CreateEndpointConfigCommand, UpdateEndpointCommand } from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeEndpoint, inService } from "./support/hosting";
import { rejection, type StartedPlatform } from "./support/platform";
import { type Gates, serveRuntimeModel } from "./support/runtime-endpoint";
import { of, patient, ScalingPlatform, tracking } from "./support/scaling";

let started: ScalingPlatform;
let platform: StartedPlatform;
let scaling: ApplicationAutoScalingClient;
let cloudwatch: CloudWatchClient;
let gates: Gates;

beforeAll(async () => {
  started = await ScalingPlatform.start();
  ({ platform, scaling, cloudwatch, gates } = started);
  const { image } = started;
  await serveRuntimeModel(platform.sagemaker, { name: "now", image, gates });
});
afterAll(() => started?.stop());

function hold(gate: string): Promise<unknown> {
  return platform.runtime.send(new InvokeEndpointCommand({ EndpointName: "now", Body: JSON.stringify({ do: "hold", gate }) }));
}

describe("a real-time endpoint", () => {
  test("scales out with the requests under way on each instance, and in again when they are answered", async () => {
    await scaling.send(new RegisterScalableTargetCommand({ ...of("now"), MinCapacity: 1, MaxCapacity: 3 }));
    const { Alarms = [] } = await scaling.send(new PutScalingPolicyCommand({ ...of("now"), ...tracking }));
    const AlarmNames = Alarms.map(({ AlarmName = "" }) => AlarmName);
    const alarms = async () => {
      const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames }));
      return MetricAlarms.map(({ AlarmName = "", Threshold, StateValue }) => [
        /Alarm(High|Low)/.exec(AlarmName)?.[0],
        Threshold,
        StateValue,
      ]);
    };
    expect(await alarms()).toHaveLength(2);
    const held = Promise.all(Array.from({ length: 6 }, () => hold("busy")));
    await expect.poll(() => started.counts("now"), patient).toEqual([3, 3]);
    gates.open("busy");
    await held;
    await expect.poll(() => started.counts("now"), patient).toEqual([1, 1]);
    const { ScalingActivities = [] } = await scaling.send(new DescribeScalingActivitiesCommand(of("now")));
    expect(ScalingActivities.at(-1)).toMatchObject({
      ...of("now"),
      StatusCode: "Successful",
      Cause: expect.stringMatching(
        /^monitor alarm TargetTracking-endpoint\/now\/variant\/primary-AlarmHigh-.* in state ALARM triggered policy concurrency$/,
      ),
    });
    await expect
      .poll(async () => new Set(await alarms()), patient)
      .toEqual(
        new Set([
          ["AlarmHigh", 2, "OK"],
          ["AlarmLow", 1.8, "ALARM"],
        ]),
      );
    await scaling.send(new DeregisterScalableTargetCommand(of("now")));
    expect(await alarms()).toEqual([]);
  });

  test("keeps the instance type of a variant that is registered", async () => {
    await inService(platform, "now");
    await scaling.send(new RegisterScalableTargetCommand({ ...of("now"), MinCapacity: 1, MaxCapacity: 2 }));
    const variant = { VariantName: "primary", ModelName: "now", InitialInstanceCount: 1, InstanceType: "ml.m5.xlarge" as const };
    await platform.sagemaker.send(new CreateEndpointConfigCommand({ EndpointConfigName: "larger", ProductionVariants: [variant] }));
    const update = () => platform.sagemaker.send(new UpdateEndpointCommand({ EndpointName: "now", EndpointConfigName: "larger" }));
    const error = await rejection(update());
    expect([error.name, error.message]).toEqual(["ValidationException", expect.stringContaining("Deregister the scalable target first")]);
    await scaling.send(new DeregisterScalableTargetCommand(of("now")));
    await update();
    await inService(platform, "now");
    expect((await describeEndpoint(platform, "now")).EndpointConfigName).toBe("larger");
  });

  test("is brought into the range it is registered with", async () => {
    await scaling.send(new RegisterScalableTargetCommand({ ...of("now"), MinCapacity: 2, MaxCapacity: 3 }));
    await expect.poll(() => started.counts("now"), patient).toEqual([2, 2]);
    await scaling.send(new RegisterScalableTargetCommand({ ...of("now"), MinCapacity: 1, MaxCapacity: 1 }));
    await expect.poll(() => started.counts("now"), patient).toEqual([1, 1]);
    await scaling.send(new DeregisterScalableTargetCommand(of("now")));
  });

  test("has its metrics in CloudWatch under AWS's names", async () => {
    await serveRuntimeModel(platform.sagemaker, { name: "metered", image: started.image, gates });
    const invoke = (asked: object) =>
      platform.runtime.send(new InvokeEndpointCommand({ EndpointName: "metered", Body: JSON.stringify(asked) }));
    await invoke({ do: "echo" });
    await invoke({ do: "echo" });
    await rejection(invoke({ do: "status", code: 422, text: "no" }));
    await rejection(invoke({ do: "status", code: 500, text: "broken" }));
    const statistics = async (MetricName: string) => {
      const Dimensions = [
        { Name: "EndpointName", Value: "metered" },
        { Name: "VariantName", Value: "primary" },
      ];
      const window = { StartTime: new Date(Date.now() - 3_600_000), EndTime: new Date(Date.now() + 3_600_000), Period: 60 };
      const Statistics = ["Sum" as const, "SampleCount" as const];
      const command = new GetMetricStatisticsCommand({ Namespace: "AWS/SageMaker", MetricName, Dimensions, ...window, Statistics });
      const { Datapoints = [] } = await cloudwatch.send(command);
      return [Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0), Datapoints.reduce((sum, { SampleCount = 0 }) => sum + SampleCount, 0)];
    };
    await expect.poll(() => statistics("Invocations"), patient).toEqual([4, 4]);
    expect(await statistics("InvocationsPerInstance")).toEqual([4, 4]);
    expect(await statistics("Invocation4XXErrors")).toEqual([1, 4]);
    expect(await statistics("Invocation5XXErrors")).toEqual([1, 4]);
    expect(await statistics("InvocationModelErrors")).toEqual([2, 4]);
    const [microseconds = 0, calls] = await statistics("ModelLatency");
    expect(calls).toBe(4);
    expect(microseconds).toBeGreaterThan(0);
    expect((await statistics("OverheadLatency"))[1]).toBe(4);
  });
});
