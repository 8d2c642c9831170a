import { afterEach, describe, expect, test } from "vitest";
import { Endpoint, type EndpointArgs } from "../../../components";
import { DeclarationError } from "../../../components/errors/problems";
import { gpuCount } from "../../../components/instance-gpus";
import { MockedEngine, type Registered } from "../../support/mocks";
import { imageUri, platform } from "../../support/platform";
import { endpointType, planned } from "./support";

const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";
const topic = (name: string) => `arn:aws:sns:eu-central-1:123456789012:${name}`;

afterEach(() => MockedEngine.settled());

function alarmsOf(engine: MockedEngine): Registered[] {
  return engine.registered.filter(({ type }) => type === alarmType);
}

/** One line for each alarm: `<name> <metric> <statistic> > <threshold> in <datapoints> of <periods> of <seconds> [dimensions]`. */
function lines(engine: MockedEngine): string[] {
  const all = alarmsOf(engine).map(({ inputs }) => {
    const { name, namespace, metricName, statistic, extendedStatistic, threshold, datapointsToAlarm, evaluationPeriods, period } = inputs;
    const dimensions = Object.values(inputs.dimensions as object).join(" ");
    return `${name} ${namespace}:${metricName} ${statistic ?? extendedStatistic} > ${threshold}, ${datapointsToAlarm} of ${evaluationPeriods} x ${period}s, ${dimensions}`;
  });
  return all.sort();
}

async function served(how: Partial<EndpointArgs>): Promise<MockedEngine> {
  return planned({}, { realtime: undefined as never, ...how });
}

describe("the alarms of an endpoint", () => {
  test("in real time are of errors, latency, memory and disk, and count what is missing as good", async () => {
    const engine = await planned({});
    expect(lines(engine)).toEqual([
      "shop-iris-disk /aws/sagemaker/Endpoints:DiskUtilization Maximum > 75, 5 of 5 x 60s, shop-iris main",
      "shop-iris-errors AWS/SageMaker:Invocation5XXErrors Average > 0.05, 2 of 3 x 60s, shop-iris main",
      "shop-iris-latency AWS/SageMaker:ModelLatency p99 > 30000000, 2 of 3 x 60s, shop-iris main",
      "shop-iris-memory /aws/sagemaker/Endpoints:MemoryUtilization Maximum > 90, 5 of 5 x 60s, shop-iris main",
    ]);
    for (const { inputs } of alarmsOf(engine)) {
      expect(inputs).toMatchObject({ comparisonOperator: "GreaterThanThreshold", treatMissingData: "notBreaching" });
      expect([inputs.alarmActions, inputs.okActions]).toEqual([undefined, undefined]);
    }
  });

  test("with GPUs are of the memory of all of them", async () => {
    const engine = await planned({ instanceType: "ml.g5.12xlarge" }, { alarms: { gpuMemoryPercent: 90 } });
    expect(lines(engine)).toContain(
      "shop-iris-gpu-memory /aws/sagemaker/Endpoints:GPUMemoryUtilization Maximum > 360, 5 of 5 x 60s, shop-iris main",
    );
  });

  test("of several variants are there for each, with its name at the end", async () => {
    const engine = await planned({ variants: { b: { weight: 1, instanceType: "ml.g4dn.xlarge" } } });
    expect(lines(engine).map((line) => line.split(" ")[0])).toEqual(
      ["disk", "disk-b", "errors", "errors-b", "gpu-memory-b", "latency", "latency-b", "memory", "memory-b"].map(
        (each) => `shop-iris-${each}`,
      ),
    );
    expect(
      lines(engine)
        .filter((line) => /^shop-iris-[a-z-]+-b /.test(line))
        .every((line) => line.endsWith(", shop-iris b")),
    ).toBe(true);
  });

  test("without instances are of what AWS publishes of serverless ones", async () => {
    const engine = await served({ serverless: { memorySizeInMb: 1024, maxConcurrency: 1 }, alarms: { p99ModelLatencyInMs: 500 } });
    expect(lines(engine)).toEqual([
      "shop-iris-errors AWS/SageMaker:Invocation5XXErrors Average > 0.05, 2 of 3 x 60s, shop-iris main",
      "shop-iris-latency AWS/SageMaker:ModelLatency p99 > 500000, 2 of 3 x 60s, shop-iris main",
      "shop-iris-memory /aws/sagemaker/Endpoints:MemoryUtilization Maximum > 90, 5 of 5 x 60s, shop-iris main",
    ]);
  });

  test("of an asynchronous one are of failures and of the oldest request, and none of what it does not publish", async () => {
    const engine = await served({ async: { instanceType: "ml.m5.large" } });
    expect(lines(engine)).toEqual([
      "shop-iris-disk /aws/sagemaker/Endpoints:DiskUtilization Maximum > 75, 5 of 5 x 60s, shop-iris main",
      "shop-iris-failures AWS/SageMaker:InvocationFailures Sum > 5, 1 of 1 x 300s, shop-iris main",
      "shop-iris-memory /aws/sagemaker/Endpoints:MemoryUtilization Maximum > 90, 5 of 5 x 60s, shop-iris main",
      "shop-iris-oldest-request AWS/SageMaker:ApproximateAgeOfOldestRequest Maximum > 1800, 5 of 5 x 60s, shop-iris",
    ]);
  });

  test("tell the platform's topics, or those of their own, and nobody with an empty list", async () => {
    const told = async (mine: string[] | undefined) => {
      const where = { ...platform, alarmTopicArns: [topic("everybody")] };
      const engine = await planned({}, { platform: where, ...(mine === undefined ? {} : { alarms: { topicArns: mine } }) });
      const [first] = alarmsOf(engine);
      return [first?.inputs.alarmActions, first?.inputs.okActions];
    };
    expect(await told(undefined)).toEqual([[topic("everybody")], [topic("everybody")]]);
    expect(await told([topic("mine")])).toEqual([[topic("mine")], [topic("mine")]]);
    expect(await told([])).toEqual([undefined, undefined]);
  });
});

describe("a rollout that names no alarms", () => {
  const rollout = { type: "CANARY", canarySize: { type: "CAPACITY_PERCENT", value: 50 } };
  const watched = (engine: MockedEngine) =>
    (engine.one(endpointType).inputs.deploymentConfig as { autoRollbackConfiguration: { alarms: { alarmName: string }[] } })
      .autoRollbackConfiguration.alarms;

  test("goes back for errors and latency, whose alarms are there before the endpoint", async () => {
    const engine = await planned({ instances: { min: 2 }, rollout });
    expect(watched(engine)).toEqual([{ alarmName: "shop-iris-errors" }, { alarmName: "shop-iris-latency" }]);
    expect(engine.one(endpointType).dependencies.filter((each) => each.startsWith(alarmType))).toEqual([
      `${alarmType} iris-endpoint-errors`,
      `${alarmType} iris-endpoint-latency`,
    ]);
  });

  test("of an asynchronous endpoint goes back for failures", async () => {
    const engine = await served({ async: { instanceType: "ml.m5.large", instances: { min: 2, max: 2 }, rollout } });
    expect(watched(engine)).toEqual([{ alarmName: "shop-iris-failures" }]);
  });

  test("of six variants goes back for their errors alone, as AWS takes ten alarms", async () => {
    const variants = Object.fromEntries(["b", "c", "d", "e", "f"].map((name) => [name, { weight: 1 }]));
    const engine = await planned({ instances: { min: 2 }, variants, rollout: { type: "ALL_AT_ONCE" } });
    expect(watched(engine).map(({ alarmName }) => alarmName)).toEqual(
      ["errors", "errors-b", "errors-c", "errors-d", "errors-e", "errors-f"].map((each) => `shop-iris-${each}`),
    );
  });
});

describe("thresholds of what an endpoint does not publish", () => {
  const faults = (how: Partial<EndpointArgs>): string[] => {
    try {
      new Endpoint("iris-endpoint", {
        platform,
        model: "iris",
        image: imageUri,
        executionRoleArn: "arn:aws:iam::123456789012:role/iris",
        ...how,
      });
    } catch (error) {
      if (error instanceof DeclarationError)
        return error.declarations.flatMap((each) => each.faults.map(({ path, reason }) => `${path}: ${reason}`));
      throw error;
    }
    return [];
  };

  test.each<[Partial<EndpointArgs>, string[]]>([
    [
      { async: { instanceType: "ml.m5.large" }, alarms: { errorPercent: 1, p99ModelLatencyInMs: 5 } },
      [
        "alarms.errorPercent: got 1 with async, which publishes no such metric; it is for realtime and serverless: remove it",
        "alarms.p99ModelLatencyInMs: got 5 with async, which publishes no such metric; it is for realtime and serverless: remove it",
      ],
    ],
    [
      { realtime: { instanceType: "ml.m5.large" }, alarms: { oldestRequestAge: "5m", failedRequests: 1 } },
      [
        'alarms.oldestRequestAge: got "5m" with realtime, which publishes no such metric; it is for async: remove it',
        "alarms.failedRequests: got 1 with realtime, which publishes no such metric; it is for async: remove it",
      ],
    ],
    [
      { serverless: { memorySizeInMb: 1024, maxConcurrency: 1 }, alarms: { diskPercent: 50 } },
      ["alarms.diskPercent: got 50 with serverless, which publishes no such metric; it is for realtime and async: remove it"],
    ],
    [
      { realtime: { instanceType: "ml.m5.large" }, alarms: { gpuMemoryPercent: 50 } },
      ["alarms.gpuMemoryPercent: got 50 for ml.m5.large, whose GPUs are none or not known here; remove it"],
    ],
  ])("are refused: %j", (how, expected) => {
    expect(faults(how)).toEqual(expected);
  });
});

test.each([
  ["ml.m5.large", 0],
  ["ml.g5.xlarge", 1],
  ["ml.g5.48xlarge", 8],
  ["ml.p4d.24xlarge", 8],
  ["ml.p9.24xlarge", 0],
])("%s has %i GPUs", (type, number) => {
  expect(gpuCount(type)).toBe(number);
});
