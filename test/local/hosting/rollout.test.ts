import type { DeploymentConfig } from "@aws-sdk/client-sagemaker";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Region } from "../../../local/control-plane/region";
import { planRollout } from "../../../local/hosting/rollout-plan";
import { addConfig, addModel, ask, beginUpdate, create, type Hosting, newHosting, newRegion, settled, variant } from "./support/hosting";

const deadline = { timeout: 30_000 };
/** Longer than any test: what waits this long waits for something else. */
const forever = 3_600_000;

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the plan of an update", () => {
  const waits = { WaitIntervalInSeconds: 60 };
  const percent = (Value: number) => ({ Type: "CAPACITY_PERCENT" as const, Value });
  const plan = (policy: Partial<DeploymentConfig>, instances = 10) => planRollout(policy, instances).steps.map(({ share }) => share);

  test("moves all traffic at once when nothing is said", () => {
    expect(planRollout(undefined, 4)).toEqual({
      steps: [{ share: 1, bakeSeconds: 0 }],
      rolling: false,
      rollbackBatch: 1,
      terminationWaitSeconds: 0,
      maximumSeconds: 14_400,
      alarms: [],
    });
  });

  test("takes a canary first and then the rest, and both bake", () => {
    const TrafficRoutingConfiguration = { Type: "CANARY" as const, ...waits, CanarySize: percent(5) };
    const made = planRollout({ BlueGreenUpdatePolicy: { TrafficRoutingConfiguration, TerminationWaitInSeconds: 30 } }, 10);
    expect(made.steps).toEqual([
      { share: 0.05, bakeSeconds: 60 },
      { share: 1, bakeSeconds: 60 },
    ]);
    expect(made.terminationWaitSeconds).toBe(30);
  });

  test("counts a canary in instances of the fleet", () => {
    const TrafficRoutingConfiguration = { Type: "CANARY" as const, ...waits, CanarySize: { Type: "INSTANCE_COUNT" as const, Value: 1 } };
    expect(plan({ BlueGreenUpdatePolicy: { TrafficRoutingConfiguration } }, 4)).toEqual([0.25, 1]);
    expect(plan({ BlueGreenUpdatePolicy: { TrafficRoutingConfiguration } }, 1)).toEqual([1]);
  });

  test.each([
    [50, [0.5, 1]],
    [30, [0.3, 0.6, 0.9, 1]],
    [10, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]],
  ])("takes linear steps of %i percent", (size, shares) => {
    const TrafficRoutingConfiguration = { Type: "LINEAR" as const, ...waits, LinearStepSize: percent(size) };
    const actual = plan({ BlueGreenUpdatePolicy: { TrafficRoutingConfiguration } });
    expect(actual).toHaveLength(shares.length);
    for (const [index, share] of shares.entries()) expect(actual[index]).toBeCloseTo(share);
  });

  test("rolls in batches", () => {
    const made = planRollout(
      { RollingUpdatePolicy: { MaximumBatchSize: percent(50), ...waits, MaximumExecutionTimeoutInSeconds: 600 } },
      4,
    );
    expect([made.rolling, made.steps.map(({ share }) => share), made.maximumSeconds]).toEqual([true, [0.5, 1], 600]);
  });
});

describe("an update", () => {
  const canary = (Value: number): DeploymentConfig => ({
    BlueGreenUpdatePolicy: {
      TrafficRoutingConfiguration: { Type: "CANARY", WaitIntervalInSeconds: 3_600, CanarySize: { Type: "CAPACITY_PERCENT", Value } },
    },
    AutoRollbackConfiguration: { Alarms: [{ AlarmName: "errors" }] },
  });

  test("gives the new fleet the canary's share of the traffic while it bakes, and shows it as pending", async () => {
    const { host, region } = await begun({ longestWait: forever }, canary(10));
    const live = host.find(region, "e");
    const share = vi.spyOn(Math, "random").mockReturnValue(0.09);
    expect(await ask(live?.choose())).toBe("new:x");
    share.mockReturnValue(0.11);
    expect(await ask(live?.choose())).toBe("old:x");
    expect(host.pending(region, "e")?.variants.map(({ variant: { ModelName }, instances }) => [ModelName, instances])).toEqual([
      ["new", 1],
    ]);
    expect(region.endpoints.get("e")).toMatchObject({ status: "Updating", configName: "old" });
  });

  test("goes back to the old fleet when an alarm is raised while it bakes: in service, with the old configuration and a reason", async () => {
    const { host, region, alarms, runner } = await begun({ longestWait: forever, alarmCheck: 5 }, canary(10));
    alarms.add("errors");
    await settled(region);
    expect(region.endpoints.get("e")).toMatchObject({
      status: "InService",
      configName: "old",
      failureReason: "One or more configured alarms for automatic deployment rollback were triggered: errors.",
    });
    expect(region.endpoints.get("e")?.updating).toBeUndefined();
    expect(runner.versions()).toEqual(["old"]);
    expect(await ask(host.find(region, "e")?.choose())).toBe("old:x");
  });

  test("goes back at once when an alarm is raised already, even where nothing bakes", async () => {
    const { host, region, runner, alarms } = await prepared({});
    alarms.add("errors");
    await beginUpdate(host, region, "new", { deploymentConfig: { AutoRollbackConfiguration: { Alarms: [{ AlarmName: "errors" }] } } });
    await settled(region);
    expect(region.endpoints.get("e")?.configName).toBe("old");
    expect(runner.versions()).toEqual(["old"]);
  });

  test("takes all steps and ends in service with the new configuration", async () => {
    const { region, runner } = await begun({ longestWait: 1 }, canary(10));
    await settled(region);
    expect(region.endpoints.get("e")).toMatchObject({ status: "InService", configName: "new" });
    await expect.poll(() => runner.versions(), deadline).toEqual(["new"]);
  });

  test("keeps the old fleet for the termination wait, out of service, and a delete ends both", async () => {
    const TrafficRoutingConfiguration = { Type: "ALL_AT_ONCE", WaitIntervalInSeconds: 0 } as const;
    const { host, region, runner } = await begun(
      { longestWait: forever },
      { BlueGreenUpdatePolicy: { TrafficRoutingConfiguration, TerminationWaitInSeconds: 3_600 } },
    );
    await settled(region);
    expect(region.endpoints.get("e")?.configName).toBe("new");
    expect(runner.versions()).toEqual(["new", "old"]);
    expect(await ask(host.find(region, "e")?.choose())).toBe("new:x");
    host.delete(region, "e");
    await expect.poll(() => region.endpoints.get("e"), deadline).toBeUndefined();
    expect(runner.versions()).toEqual([]);
  });

  test("answers a request whose variant went away between its first and its last byte", async () => {
    const { host, region, runner } = await prepared({});
    const chosen = host.find(region, "e")?.choose();
    await beginUpdate(host, region, "new");
    await settled(region);
    await expect.poll(() => runner.versions(), deadline).toEqual(["new"]);
    expect(await ask(chosen)).toBe("new:x");
  });

  test("ends the old containers when their last request is answered", async () => {
    const { host, region, runner } = await prepared({});
    const invocation = await host.find(region, "e")?.choose()?.admit();
    await beginUpdate(host, region, "new");
    await settled(region);
    expect(runner.versions()).toEqual(["new", "old"]);
    invocation?.end("answered");
    await expect.poll(() => runner.versions(), deadline).toEqual(["new"]);
  });

  const rolling: DeploymentConfig = {
    RollingUpdatePolicy: { MaximumBatchSize: { Type: "CAPACITY_PERCENT", Value: 50 }, WaitIntervalInSeconds: 3_600 },
    AutoRollbackConfiguration: { Alarms: [{ AlarmName: "errors" }] },
  };

  test("that is rolling starts a batch, bakes, and ends as many old instances before the next one", async () => {
    const { region, runner } = await begun({ longestWait: 1, mostReplicas: 4 }, rolling, 4);
    await settled(region);
    await expect.poll(() => runner.versions(), deadline).toEqual(["new", "new", "new", "new"]);
    expect(runner.started).toHaveLength(8);
    expect(region.endpoints.get("e")?.configName).toBe("new");
  });

  test("that is rolling gets all old instances back when an alarm is raised", async () => {
    const { host, region, runner, alarms } = await prepared({ longestWait: 1, mostReplicas: 4, alarmCheck: 5 }, 4);
    const run = runner.run.bind(runner);
    // The alarm comes when the second batch starts: two old instances have gone by then.
    vi.spyOn(runner, "run").mockImplementation((spec) => {
      if (runner.versions().filter((version) => version === "new").length === 2) {
        alarms.add("errors");
      }
      return run(spec);
    });
    await beginUpdate(host, region, "new", { deploymentConfig: rolling });
    await settled(region);
    expect(region.endpoints.get("e")).toMatchObject({ configName: "old", failureReason: expect.stringContaining("alarms") });
    expect(runner.versions()).toEqual(["old", "old", "old", "old"]);
    expect(runner.started.filter(({ spec }) => spec.environment.VERSION === "old")).toHaveLength(6);
  });

  test("that is rolling brings old instances back in the batches of the rollback, and new ones go with each", async () => {
    const { host, region, runner, alarms } = await prepared({ longestWait: 1, mostReplicas: 4, alarmCheck: 5 }, 4);
    const run = runner.run.bind(runner);
    const seen: number[] = [];
    vi.spyOn(runner, "run").mockImplementation((spec) => {
      const running = (name: string) => runner.versions().filter((version) => version === name).length;
      if (spec.environment.VERSION === "old") seen.push(running("new"));
      if (running("new") === 3) alarms.add("errors");
      return run(spec);
    });
    const { MaximumBatchSize: _, ...policy } = rolling.RollingUpdatePolicy ?? {};
    const one = { Type: "INSTANCE_COUNT", Value: 1 } as const;
    const RollingUpdatePolicy = { ...policy, WaitIntervalInSeconds: 3_600, MaximumBatchSize: one, RollbackMaximumBatchSize: one };
    await beginUpdate(host, region, "new", { deploymentConfig: { ...rolling, RollingUpdatePolicy } });
    await settled(region);
    // Three of the old ones had gone. Each comes back alone, and takes a new one's place.
    expect(seen).toEqual([4, 2, 1]);
    expect(runner.versions()).toEqual(["old", "old", "old", "old"]);
  });

  test("that is rolling and cannot get its old instances back has failed to roll back, and serves with those that are left", async () => {
    const { host, region, runner, alarms } = await prepared({ longestWait: 1, mostReplicas: 4, alarmCheck: 5 }, 4);
    const run = runner.run.bind(runner);
    vi.spyOn(runner, "run").mockImplementation((spec) => {
      if (spec.environment.VERSION === "old") {
        return Promise.reject(new Error("no more memory"));
      }
      if (runner.versions().filter((version) => version === "new").length === 2) {
        alarms.add("errors");
      }
      return run(spec);
    });
    await beginUpdate(host, region, "new", { deploymentConfig: rolling });
    await settled(region);
    expect(region.endpoints.get("e")).toMatchObject({
      status: "UpdateRollbackFailed",
      configName: "old",
      failureReason: expect.stringMatching(/triggered: errors\. The rollback failed: no more memory$/),
    });
    expect(runner.versions()).toEqual(["old", "old"]);
    expect(await ask(host.find(region, "e")?.choose())).toBe("old:x");
  });

  test("that takes longer than it may goes back to the old fleet", async () => {
    const TrafficRoutingConfiguration = { Type: "ALL_AT_ONCE", WaitIntervalInSeconds: 3_600 } as const;
    const { region, runner } = await begun(
      { longestWait: forever, alarmCheck: 5 },
      { BlueGreenUpdatePolicy: { TrafficRoutingConfiguration, MaximumExecutionTimeoutInSeconds: 0 } },
    );
    await settled(region);
    expect(region.endpoints.get("e")).toMatchObject({
      configName: "old",
      failureReason: "The deployment took longer than its MaximumExecutionTimeoutInSeconds of 0.",
    });
    expect(runner.versions()).toEqual(["old"]);
  });
});

/** An endpoint that serves `old`, and a configuration `new`. */
async function prepared(settings: Parameters<typeof newHosting>[0], instances = 1): Promise<Hosting & { region: Region }> {
  const hosting = newHosting(settings);
  const region = newRegion();
  for (const name of ["old", "new"]) {
    await addModel(region, name);
    await addConfig(region, name, [variant(name, { VariantName: "primary", InitialInstanceCount: instances })]);
  }
  await create(hosting.host, region, "old");
  return { ...hosting, region };
}

/** The same in the middle of an update, once its new fleet takes traffic or the update is over. */
async function begun(
  settings: Parameters<typeof newHosting>[0],
  deploymentConfig: DeploymentConfig,
  instances = 1,
): Promise<Hosting & { region: Region }> {
  const made = await prepared(settings, instances);
  await beginUpdate(made.host, made.region, "new", { deploymentConfig });
  await expect.poll(() => made.host.pending(made.region, "e")?.stage ?? "Baking", deadline).toBe("Baking");
  return made;
}
