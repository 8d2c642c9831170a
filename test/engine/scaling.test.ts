import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  DescribeScheduledActionsCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import {
  DescribeEndpointCommand,
  type DescribeEndpointCommandOutput,
  SageMakerClient,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalAws, startLocalAws } from "./support/local-aws";
import { invocationsOf, Prober } from "./support/prober";
import { Project } from "./support/project";

const near = {
  code: "models/near",
  training: { instanceType: "ml.m5.large", maxRuntime: "10m", channels: { train: "models/near/data" }, hyperparameters: { shift: "0" } },
};
const morning = { schedule: "at(2099-01-01T08:00:00)", timezone: "Europe/Berlin", min: 2, max: 5 };
const main = {
  instanceType: "ml.m5.large",
  instances: { min: 1, max: 3, concurrency: 50, scaleInCooldown: "10m", scheduledActions: { morning } },
  dataCapture: { samplingPercentage: 100 },
};
const EndpointName = "platform-near";
const variant = { ServiceNamespace: "sagemaker", ScalableDimension: "sagemaker:variant:DesiredInstanceCount" } as const;

/** One stack: each test goes on from where the one before it left it. */
describe("a model in several variants that is scaled, on the real engine", () => {
  let aws: LocalAws;
  let project: Project;
  const connection = () => ({
    endpoint: aws.endpointUrl,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    forcePathStyle: true,
  });

  beforeAll(async () => {
    // At AWS's own speed nothing scales in during this test.
    aws = await startLocalAws("process", { SLIPWAY_SCALING_SPEED: "1" });
    project = await Project.create(aws);
  });
  afterAll(async () => {
    project?.remove();
    await aws?.stop();
  });

  /** Waits until a question is answered with something. */
  async function eventually<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    for (const deadline = Date.now() + 120_000; Date.now() < deadline; ) {
      const found = await ask();
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`${what} did not come`);
  }

  async function ask(TargetVariant?: string): Promise<readonly [string | undefined, unknown]> {
    const command = { EndpointName, TargetVariant, ContentType: "application/json", Body: '{"x": 2.5}' };
    const answer = await new SageMakerRuntimeClient(connection()).send(new InvokeEndpointCommand(command));
    return [answer.InvokedProductionVariant, JSON.parse(Buffer.from(answer.Body).toString())];
  }

  const describeEndpoint = () => new SageMakerClient(connection()).send(new DescribeEndpointCommand({ EndpointName }));

  const counts = ({ ProductionVariants = [] }: DescribeEndpointCommandOutput) =>
    Object.fromEntries(ProductionVariants.map(({ VariantName, DesiredInstanceCount }) => [VariantName, DesiredInstanceCount]));

  /** What was captured of a variant: the first line of its first object. */
  async function captured(name: string): Promise<{ captureData: { endpointInput: { data: string }; endpointOutput?: { data: string } } }> {
    const bucket = (await project.resources()).find(({ type }) => type === "aws:s3/bucket:Bucket");
    const Bucket = String(bucket?.outputs?.bucket);
    const s3 = new S3Client(connection());
    const Key = await eventually(`a capture of ${name}`, async () => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `captures/near/${EndpointName}/${name}/` }));
      return Contents[0]?.Key;
    });
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return JSON.parse(((await Body?.transformToString()) ?? "").split("\n")[0] ?? "");
  }

  test("comes up with two variants, each of which answers, and what they are asked and answer is captured", async () => {
    const variants = { candidate: { weight: 0, environment: { LEVEL: "1" } } };
    project.declare({ near: { ...near, realtime: { ...main, variants } } });
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    expect(counts(await describeEndpoint())).toEqual({ main: 1, candidate: 1 });
    const answer = { label: "low", mean: 2 };
    expect(await ask()).toEqual(["main", answer]);
    expect(await ask("candidate")).toEqual(["candidate", answer]);
    for (const name of ["main", "candidate"]) {
      const { endpointInput, endpointOutput } = (await captured(name)).captureData;
      expect([JSON.parse(endpointInput.data), JSON.parse(endpointOutput?.data ?? "")]).toEqual([{ x: 2.5 }, answer]);
    }
  });

  test("is registered for scaling with the policy and the schedule that were planned", async () => {
    const client = new ApplicationAutoScalingClient(connection());
    const ResourceId = `endpoint/${EndpointName}/variant/main`;
    const { ScalableTargets = [] } = await client.send(new DescribeScalableTargetsCommand(variant));
    expect(ScalableTargets).toMatchObject([{ ResourceId, MinCapacity: 1, MaxCapacity: 3 }]);
    const { ScalingPolicies = [] } = await client.send(new DescribeScalingPoliciesCommand({ ...variant, ResourceId }));
    expect(ScalingPolicies.map((policy) => policy.TargetTrackingScalingPolicyConfiguration)).toEqual([
      {
        TargetValue: 50,
        PredefinedMetricSpecification: { PredefinedMetricType: "SageMakerVariantConcurrentRequestsPerModelHighResolution" },
        ScaleInCooldown: 600,
      },
    ]);
    const { ScheduledActions = [] } = await client.send(new DescribeScheduledActionsCommand({ ...variant, ResourceId }));
    expect(ScheduledActions).toMatchObject([
      { Schedule: morning.schedule, Timezone: "Europe/Berlin", ScalableTargetAction: { MinCapacity: 2, MaxCapacity: 5 } },
    ]);
  });

  test("that is scaled out keeps its instances when it gets a shadow for its second variant, whoever asks is answered, and the shadow sees the requests", async () => {
    const DesiredWeightsAndCapacities = [{ VariantName: "main", DesiredInstanceCount: 3 }];
    await new SageMakerClient(connection()).send(
      new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName, DesiredWeightsAndCapacities }),
    );
    await eventually("a third instance", async () => {
      const endpoint = await describeEndpoint();
      return endpoint.EndpointStatus === "InService" && counts(endpoint).main === 3 ? endpoint : undefined;
    });
    project.declare({ near: { ...near, realtime: { ...main, shadow: { samplingPercentage: 100 } } } });
    const prober = await Prober.start({ url: invocationsOf(aws, EndpointName), question: { x: 2.5 }, right: [{ label: "low", mean: 2 }] });
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    await prober.expectAnswered();
    expect(run.changes).toContain("update aws:sagemaker/endpoint:Endpoint near-endpoint");
    expect(counts(await describeEndpoint())).toEqual({ main: 3 });
    expect(await ask()).toEqual(["main", { label: "low", mean: 2 }]);
    expect(JSON.parse((await captured("shadow")).captureData.endpointInput.data)).toEqual({ x: 2.5 });
  });

  test("a preview after it shows no change", async () => {
    const run = await project.preview();
    expect(run.changes).toEqual([]);
    expect(run.exitCode, run.text).toBe(0);
  });

  test("destroying it leaves nothing", async () => {
    const run = await project.destroy();
    expect(run.exitCode, run.text).toBe(0);
    expect(await project.resources()).toEqual([]);
    const { ScalableTargets } = await new ApplicationAutoScalingClient(connection()).send(new DescribeScalableTargetsCommand(variant));
    expect(ScalableTargets).toEqual([]);
  });
});
