import { afterEach, describe, expect, test } from "vitest";
import { Endpoint } from "../../../components";
import { chooseEndpointName } from "../../../components/hosting/endpoint-name";
import type { RecordedResources } from "../../../components/recorded-state";
import { FakeAws } from "../../support/fake-aws";
import { MockedEngine } from "../../support/mocks";
import { imageUri, platform } from "../../support/platform";
import { promiseOf } from "../../support/promise-of";
import { endpointType, planned, realtimeFaults } from "./support";

const percent = (value: number) => ({ type: "CAPACITY_PERCENT", value });
const instances = (value: number) => ({ type: "INSTANCE_COUNT", value });
const routing = (type: string, more: object = {}) => ({ type, waitIntervalInSeconds: 300, ...more });

const ownAlarms = [{ alarmName: "shop-iris-errors" }, { alarmName: "shop-iris-latency" }];

afterEach(() => MockedEngine.settled());

describe("a rollout", () => {
  test.each<[object, object, string]>([
    [
      { type: "ALL_AT_ONCE" },
      {
        blueGreenUpdatePolicy: {
          trafficRoutingConfiguration: routing("ALL_AT_ONCE"),
          terminationWaitInSeconds: 0,
          maximumExecutionTimeoutInSeconds: 3900,
        },
        autoRollbackConfiguration: { alarms: ownAlarms },
      },
      "95m",
    ],
    [
      { type: "CANARY", canarySize: percent(10), terminationWait: "2m", alarms: ["errors", "latency"] },
      {
        blueGreenUpdatePolicy: {
          trafficRoutingConfiguration: routing("CANARY", { canarySize: percent(10) }),
          terminationWaitInSeconds: 120,
          maximumExecutionTimeoutInSeconds: 4320,
        },
        autoRollbackConfiguration: { alarms: [{ alarmName: "errors" }, { alarmName: "latency" }] },
      },
      "102m",
    ],
    [
      { type: "LINEAR", linearStepSize: instances(1), waitInterval: "1m", maximumExecutionTimeout: "20m" },
      {
        blueGreenUpdatePolicy: {
          trafficRoutingConfiguration: { type: "LINEAR", waitIntervalInSeconds: 60, linearStepSize: instances(1) },
          terminationWaitInSeconds: 0,
          maximumExecutionTimeoutInSeconds: 1200,
        },
        autoRollbackConfiguration: { alarms: ownAlarms },
      },
      "60m",
    ],
    [
      { type: "ROLLING", maximumBatchSize: percent(50), rollbackMaximumBatchSize: percent(100), waitInterval: "0s" },
      {
        rollingUpdatePolicy: {
          maximumBatchSize: percent(50),
          rollbackMaximumBatchSize: percent(100),
          waitIntervalInSeconds: 0,
          maximumExecutionTimeoutInSeconds: 3600,
        },
        autoRollbackConfiguration: { alarms: ownAlarms },
      },
      "90m",
    ],
  ])("%j is planned, and has the time it may take", async (rollout, deploymentConfig, update) => {
    const engine = await planned({ instances: { min: 4 }, rollout: rollout as never });
    expect(engine.one(endpointType).inputs.deploymentConfig).toEqual(deploymentConfig);
    expect(engine.one(endpointType).options.customTimeouts).toEqual({ create: "60m", update, delete: "30m" });
  });

  const four = { instances: { min: 4 } };
  test.each<[object, string[]]>([
    [{ ...four, rollout: { type: "CANARY", canarySize: instances(2) } }, []],
    [{ ...four, rollout: { type: "BLUE_GREEN" } }, ['rollout.type: got "BLUE_GREEN"; allowed are ALL_AT_ONCE, CANARY, LINEAR, ROLLING']],
    [
      { rollout: { type: "CANARY" } },
      ['rollout.canarySize: is missing; type "CANARY" needs it, such as { type: "CAPACITY_PERCENT", value: 20 }'],
    ],
    [
      { ...four, rollout: { type: "CANARY", canarySize: percent(51) } },
      ["rollout.canarySize: got 51 percent; allowed is 1 to 50 percent of the instances"],
    ],
    [
      { ...four, rollout: { type: "CANARY", canarySize: instances(3) } },
      [
        "rollout.canarySize: got 3 of 4 instances; allowed is 1 to 50 percent of them: give another number, have more instances.min, or choose ALL_AT_ONCE",
      ],
    ],
    [
      { rollout: { type: "CANARY", canarySize: instances(1) } },
      [
        "rollout.canarySize: got 1 of 1 instance; allowed is 1 to 50 percent of them: give another number, have more instances.min, or choose ALL_AT_ONCE",
      ],
    ],
    [
      { ...four, rollout: { type: "LINEAR", linearStepSize: percent(9) } },
      ["rollout.linearStepSize: got 9 percent; allowed is 10 to 50 percent of the instances"],
    ],
    [
      { ...four, rollout: { type: "ROLLING", maximumBatchSize: percent(4), waitInterval: "0s" } },
      ["rollout.maximumBatchSize: got 4 percent; allowed is 5 to 50 percent of the instances"],
    ],
    [
      { ...four, rollout: { type: "ALL_AT_ONCE", canarySize: percent(10) } },
      ['rollout.canarySize: got {"type":"CAPACITY_PERCENT","value":10} with type "ALL_AT_ONCE", which has no such size; remove it'],
    ],
    [
      { ...four, rollout: { type: "ROLLING", maximumBatchSize: percent(50), terminationWait: "1m" } },
      ['rollout.terminationWait: got "1m" with type "ROLLING", which has no second fleet to end; remove it'],
    ],
    [
      { ...four, variants: { a: { weight: 1 } }, rollout: { type: "ROLLING", maximumBatchSize: percent(50) } },
      ['rollout.type: got "ROLLING" for an endpoint of several variants; AWS rolls one variant only: choose ALL_AT_ONCE, CANARY or LINEAR'],
    ],
    [
      { instanceType: "ml.inf1.xlarge", rollout: { type: "CANARY", canarySize: percent(50) } },
      [
        'rollout.type: got "CANARY" for ml.inf1.xlarge; AWS moves Inf1 instances all at once only: choose ALL_AT_ONCE or another instance type',
      ],
    ],
    [
      { rollout: { type: "ALL_AT_ONCE", waitInterval: "61m", terminationWait: "2h" } },
      ['rollout.waitInterval: got "61m"; allowed is 0s to 1h', 'rollout.terminationWait: got "2h"; allowed is 0s to 1h'],
    ],
    [
      { rollout: { type: "ALL_AT_ONCE", maximumExecutionTimeout: "5h" } },
      ['rollout.maximumExecutionTimeout: got "5h"; allowed is 10m to 4h'],
    ],
    [
      { ...four, rollout: { type: "CANARY", canarySize: percent(10), waitInterval: "10m", maximumExecutionTimeout: "20m" } },
      [
        'rollout.maximumExecutionTimeout: got "20m"; the rollout waits 1200 seconds in all, and must end before 1200: wait less, take larger steps, or allow more time',
      ],
    ],
    [
      { ...four, rollout: { type: "LINEAR", linearStepSize: percent(10), waitInterval: "30m" } },
      ['rollout.waitInterval: got "30m"; the rollout waits 18000 seconds in all, and must end before 14400: wait less, take larger steps'],
    ],
    [{ rollout: { type: "ALL_AT_ONCE", alarms: [] } }, ["rollout.alarms: has 0 entries; allowed are 1 to 10"]],
    [{ rollout: { type: "ALL_AT_ONCE", alarms: ["a", "a"] } }, ['rollout.alarms: got ["a","a"]; each alarm can be there once']],
  ])("%j has the faults %j", (change, faults) => {
    expect(realtimeFaults(change)).toEqual(faults);
  });
});

describe("an endpoint whose rollouts watch other alarms", () => {
  test("is another endpoint, of the next number: Pulumi's provider makes it anew, and its name is taken", async () => {
    const look = async () => undefined;
    expect(await chooseEndpointName("shop-iris", "shop-iris", "realtime", look, true)).toBe("shop-iris--2");
    expect(await chooseEndpointName("shop-iris", "shop-iris", "realtime", look)).toBe("shop-iris");
    expect(await chooseEndpointName("shop-iris", undefined, "realtime", look, true)).toBe("shop-iris");
  });

  test("keeps its name with the same alarms in another order", async () => {
    const aws = await FakeAws.start();
    const declared = (...alarms: string[]) =>
      new Endpoint("iris-endpoint", {
        platform,
        model: "iris",
        image: imageUri,
        executionRoleArn: "arn:aws:iam::123456789012:role/iris",
        realtime: { instanceType: "ml.m5.large", rollout: { type: "ALL_AT_ONCE", alarms } },
      });
    const before = await MockedEngine.start();
    const { nodes } = declared("errors", "latency");
    const urn = await promiseOf(nodes.endpoint.urn);
    await MockedEngine.settled();
    const recorded: RecordedResources = { [urn]: { type: endpointType, outputs: before.one(endpointType).inputs } };
    const nameOf = async (...alarms: string[]) => {
      await MockedEngine.start(true, recorded);
      const name = await promiseOf(declared(...alarms).endpointName);
      await MockedEngine.settled();
      return name;
    };
    expect(await nameOf("latency", "errors")).toBe("shop-iris");
    expect(await nameOf("latency")).toBe("shop-iris--2");
    await aws.stop();
  });
});
