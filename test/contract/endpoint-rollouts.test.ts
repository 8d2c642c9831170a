import { CloudWatchClient, DescribeAlarmsCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { type DeploymentConfig, UpdateEndpointCommand } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { fetchWhole } from "../support/fetch-whole";
import { configure, createModel, describeEndpoint, inService, invoke, serve, variant } from "./support/hosting";
import { type Platform, region, rejection, startPlatform } from "./support/platform";

const deadline = { timeout: 60_000 };

let platform: Platform;
let cloudwatch: CloudWatchClient;

beforeAll(async () => {
  // Updates here bake until an alarm ends them.
  vi.stubEnv("SLIPWAY_LONGEST_WAIT_SECONDS", "3600");
  platform = await startPlatform();
  cloudwatch = new CloudWatchClient({
    endpoint: platform.endpointUrl,
    region,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  for (const name of ["old", "new"]) {
    await createModel(platform, name);
    await configure(platform, `config-${name}`, [variant(name, { VariantName: "primary" })]);
  }
  await serve(platform, "iris", [variant("old", { VariantName: "primary" })]);
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: "errors",
      Namespace: "ContractTests",
      MetricName: "Errors",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      TreatMissingData: "notBreaching",
    }),
  );
});
afterAll(async () => {
  cloudwatch.destroy();
  await platform.stop();
});

const canary: DeploymentConfig = {
  BlueGreenUpdatePolicy: {
    TrafficRoutingConfiguration: { Type: "CANARY", WaitIntervalInSeconds: 3_600, CanarySize: { Type: "CAPACITY_PERCENT", Value: 50 } },
  },
};

describe("a canary update", () => {
  test.each([
    ["an alarm of CloudWatch", "errors", "cloudwatch"],
    ["an alarm that CloudWatch does not have", "imagined", "local"],
  ])("serves from both fleets while it bakes, and %s takes it back to the old configuration, with the reason", async (_, name, kept) => {
    const AutoRollbackConfiguration = { Alarms: [{ AlarmName: name }] };
    await update({ ...canary, AutoRollbackConfiguration });
    await expect.poll(stage, deadline).toBe("Baking");
    const versions = new Set<string>();
    await expect.poll(async () => versions.add((await invoke(platform, "iris")).version).size, deadline).toBe(2);
    const during = await describeEndpoint(platform, "iris");
    expect([during.EndpointStatus, during.EndpointConfigName]).toEqual(["Updating", "iris"]);
    expect(during.PendingDeploymentSummary).toMatchObject({
      EndpointConfigName: "config-new",
      ProductionVariants: [{ VariantName: "primary", CurrentInstanceCount: 1, DesiredInstanceCount: 1 }],
    });
    expect(await setAlarm(name, "ALARM")).toEqual({ alarmName: name, state: "ALARM", region, kept });
    await inService(platform, "iris");
    const after = await describeEndpoint(platform, "iris");
    expect(after).toMatchObject({
      EndpointStatus: "InService",
      EndpointConfigName: "iris",
      FailureReason: `One or more configured alarms for automatic deployment rollback were triggered: ${name}.`,
      LastDeploymentConfig: { AutoRollbackConfiguration },
    });
    expect(after.PendingDeploymentSummary).toBeUndefined();
    expect((await invoke(platform, "iris")).version).toBe("old");
  });

  test("is not tried while an alarm it watches is raised, and goes through when it is over", async () => {
    const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: ["errors"] }));
    expect(MetricAlarms?.[0]?.StateValue).toBe("ALARM");
    const AutoRollbackConfiguration = { Alarms: [{ AlarmName: "errors" }] };
    await update({ AutoRollbackConfiguration });
    await inService(platform, "iris");
    expect((await describeEndpoint(platform, "iris")).EndpointConfigName).toBe("iris");
    await setAlarm("errors", "OK");
    await update({ AutoRollbackConfiguration });
    await inService(platform, "iris");
    const after = await describeEndpoint(platform, "iris");
    expect([after.EndpointConfigName, after.FailureReason]).toEqual(["config-new", undefined]);
    expect((await invoke(platform, "iris")).version).toBe("new");
  });

  const traffic = { Type: "CANARY" as const, WaitIntervalInSeconds: 0 };
  test.each<[string, DeploymentConfig, string]>([
    ["no size", { BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: traffic } }, "must have a CanarySize"],
    [
      "a size over half of the fleet",
      { BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: { ...traffic, CanarySize: { Type: "CAPACITY_PERCENT", Value: 51 } } } },
      "CanarySize of 51 percent is not allowed; it must be from 1 to 50 percent of the capacity.",
    ],
    [
      "a rolling policy beside it",
      { ...canary, RollingUpdatePolicy: { MaximumBatchSize: { Type: "CAPACITY_PERCENT", Value: 50 }, WaitIntervalInSeconds: 0 } },
      "not both",
    ],
  ])("with %s is refused", async (_, config, message) => {
    const error = await rejection(update(config));
    expect([error.name, error.message]).toEqual(["ValidationException", expect.stringContaining(message)]);
  });
});

describe("a rolling update", () => {
  const rolling = (WaitIntervalInSeconds: number): DeploymentConfig => ({
    RollingUpdatePolicy: { MaximumBatchSize: { Type: "CAPACITY_PERCENT", Value: 50 }, WaitIntervalInSeconds },
    AutoRollbackConfiguration: { Alarms: [{ AlarmName: "rolling" }] },
  });
  const roll = (config: DeploymentConfig) =>
    platform.sagemaker.send(
      new UpdateEndpointCommand({ EndpointName: "fleet", EndpointConfigName: "fleet-new", DeploymentConfig: config }),
    );

  test("replaces instances batch by batch without a failed request, goes back when its alarm is raised, and goes through when none is", async () => {
    const two = (model: string) => [variant(model, { VariantName: "primary", InitialInstanceCount: 2 })];
    await serve(platform, "fleet", two("old"));
    await configure(platform, "fleet-new", two("new"));
    const seen: string[] = [];
    let asking = true;
    const prober = (async () => {
      while (asking) {
        seen.push((await invoke(platform, "fleet")).version);
      }
    })();
    try {
      await roll(rolling(3_600));
      await expect.poll(() => new Set(seen.splice(0)).size, deadline).toBe(2);
      const pending = (await describeEndpoint(platform, "fleet")).PendingDeploymentSummary;
      expect(pending?.ProductionVariants?.[0]).toMatchObject({ CurrentInstanceCount: 1, DesiredInstanceCount: 2 });
      await setAlarm("rolling", "ALARM");
      await inService(platform, "fleet");
      const back = await describeEndpoint(platform, "fleet");
      expect([back.EndpointConfigName, back.FailureReason]).toEqual(["fleet", expect.stringContaining("rolling")]);
      expect(back.ProductionVariants?.[0]).toMatchObject({ CurrentInstanceCount: 2 });

      await setAlarm("rolling", "OK");
      await roll(rolling(0));
      await inService(platform, "fleet");
    } finally {
      asking = false;
    }
    // A request that failed would end the prober here.
    await prober;
    const after = await describeEndpoint(platform, "fleet");
    expect([after.EndpointConfigName, after.FailureReason]).toEqual(["fleet-new", undefined]);
    expect(after.ProductionVariants?.[0]).toMatchObject({ CurrentInstanceCount: 2 });
    expect((await invoke(platform, "fleet")).version).toBe("new");
  });
});

describe("the route that sets an alarm", () => {
  test("refuses a state CloudWatch does not have, and a web page", async () => {
    const wrong = await fetchWhole(`${platform.endpointUrl}/_slipway/alarms/errors?state=RED`, { method: "POST" });
    expect([wrong.status, await wrong.json()]).toEqual([400, { message: "state: got RED; allowed are ALARM, OK, INSUFFICIENT_DATA" }]);
    const page = await fetchWhole(`${platform.endpointUrl}/_slipway/alarms/errors`, {
      method: "POST",
      headers: { origin: "http://localhost" },
    });
    expect(page.status).toBe(403);
  });
});

async function update(DeploymentConfig: DeploymentConfig): Promise<void> {
  await platform.sagemaker.send(new UpdateEndpointCommand({ EndpointName: "iris", EndpointConfigName: "config-new", DeploymentConfig }));
}

async function stage(): Promise<string | undefined> {
  const { PendingDeploymentSummary } = await describeEndpoint(platform, "iris");
  return PendingDeploymentSummary?.ProductionVariants?.[0]?.VariantStatus?.[0]?.Status;
}

async function setAlarm(name: string, state: string): Promise<unknown> {
  const response = await fetchWhole(`${platform.endpointUrl}/_slipway/alarms/${name}?state=${state}&region=${region}`, { method: "POST" });
  return response.json();
}
