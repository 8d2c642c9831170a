import { CloudWatchClient, DescribeAlarmsCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { UpdateEndpointCommand } from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Topic } from "./support/async-results";
import { configure, describeEndpoint, inService } from "./support/hosting";
import { region, type StartedPlatform, startPlatform } from "./support/platform";
import { Gates, serveRuntimeModel } from "./support/runtime-endpoint";

const deadline = { timeout: 60_000 };
const gates = new Gates();

let platform: StartedPlatform;
let cloudwatch: CloudWatchClient;
let onCall: Topic;

beforeAll(async () => {
  // An update here bakes until an alarm ends it.
  vi.stubEnv("SLIPWAY_LONGEST_WAIT_SECONDS", "3600");
  platform = await startPlatform();
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  cloudwatch = new CloudWatchClient({ endpoint: platform.endpointUrl, region, credentials });
  onCall = await Topic.create(platform.endpointUrl, "on-call");
  const image = (await platform.build("runtime")).uri;
  for (const name of ["iris", "tulip"]) {
    await serveRuntimeModel(platform.sagemaker, { name, image, gates });
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: `${name}-errors`,
        Namespace: "AWS/SageMaker",
        MetricName: "Invocation5XXErrors",
        Dimensions: [
          { Name: "EndpointName", Value: name },
          { Name: "VariantName", Value: "primary" },
        ],
        Statistic: "Average",
        Period: 60,
        EvaluationPeriods: 3,
        DatapointsToAlarm: 2,
        Threshold: 0.05,
        ComparisonOperator: "GreaterThanThreshold",
        TreatMissingData: "notBreaching",
        AlarmActions: [onCall.arn],
        OKActions: [onCall.arn],
      }),
    );
  }
});
afterAll(async () => {
  cloudwatch?.destroy();
  onCall?.close();
  await platform?.stop();
  gates.remove();
});

/** Asks for an answer of a status, and tells which one came. */
async function ask(EndpointName: string, code: number): Promise<number> {
  const Body = JSON.stringify({ do: "status", code, text: "asked for" });
  const request = new InvokeEndpointCommand({ EndpointName, ContentType: "application/json", Body });
  return platform.runtime.send(request).then(
    () => 200,
    (error: { OriginalStatusCode?: number }) => error.OriginalStatusCode ?? 0,
  );
}

async function states(): Promise<Record<string, string | undefined>> {
  const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: ["iris-errors", "tulip-errors"] }));
  return Object.fromEntries(MetricAlarms.map(({ AlarmName = "", StateValue }) => [AlarmName, StateValue]));
}

describe("an alarm on the errors of an endpoint", () => {
  test("goes off while its own endpoint fails, not while another one does, is over when nobody asks any more, and tells its topic of both", async () => {
    const failing = async () => {
      expect([await ask("iris", 500), await ask("tulip", 200)]).toEqual([500, 200]);
      return states();
    };
    await expect.poll(failing, deadline).toEqual({ "iris-errors": "ALARM", "tulip-errors": "OK" });
    await expect.poll(states, deadline).toEqual({ "iris-errors": "OK", "tulip-errors": "OK" });
    const told: unknown[] = [];
    await onCall.first(({ AlarmName, NewStateValue, OldStateValue }) => {
      if (AlarmName === "iris-errors") told.push(`${OldStateValue} ${NewStateValue}`);
      return told.includes("ALARM OK");
    });
    expect(told.slice(-2)).toEqual([expect.stringMatching(/^(OK|INSUFFICIENT_DATA) ALARM$/), "ALARM OK"]);
  });

  test("ends an update that watches it, by requests that fail while it bakes", async () => {
    const { EndpointConfigName, ProductionVariants } = await describeEndpoint(platform, "iris");
    expect([EndpointConfigName, ProductionVariants?.length]).toEqual(["iris", 1]);
    await configure(platform, "iris-next", [
      { VariantName: "primary", ModelName: "iris", InstanceType: "ml.m5.large", InitialInstanceCount: 1 },
    ]);
    await platform.sagemaker.send(
      new UpdateEndpointCommand({
        EndpointName: "iris",
        EndpointConfigName: "iris-next",
        DeploymentConfig: {
          BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: { Type: "ALL_AT_ONCE", WaitIntervalInSeconds: 3_600 } },
          AutoRollbackConfiguration: { Alarms: [{ AlarmName: "iris-errors" }] },
        },
      }),
    );
    const failing = async () => {
      await ask("iris", 500);
      return (await describeEndpoint(platform, "iris")).EndpointStatus;
    };
    await expect.poll(failing, deadline).toBe("InService");
    await inService(platform, "iris");
    const { FailureReason, EndpointConfigName: kept } = await describeEndpoint(platform, "iris");
    expect([kept, FailureReason]).toEqual([
      "iris",
      "One or more configured alarms for automatic deployment rollback were triggered: iris-errors.",
    ]);
    expect(await ask("iris", 200)).toBe(200);
  });
});
