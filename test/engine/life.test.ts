import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
} from "@aws-sdk/client-application-auto-scaling";
import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchWhole } from "../support/fetch-whole";
import { type LocalAws, startLocalAws } from "./support/local-aws";
import { invocationsOf, Prober } from "./support/prober";
import { Project } from "./support/project";

interface Outputs {
  readonly models: Record<string, { readonly endpointName: string; readonly apiUrl?: string; readonly trainingJobName: string }>;
}

const near = {
  code: "models/near",
  training: { instanceType: "ml.m5.large", maxRuntime: "10m", channels: { train: "models/near/data" }, hyperparameters: { shift: "0" } },
  realtime: { instanceType: "ml.m5.large", instances: { min: 1, max: 2 } },
  api: { path: "/near" },
};

/** The steps of one model's life, in order, on one stack: each test goes on from where the one before it left the stack. */
describe("a declared model, on the real engine", () => {
  let aws: LocalAws;
  let project: Project;
  let first: Outputs["models"][string];

  beforeAll(async () => {
    aws = await startLocalAws();
    project = await Project.create(aws);
  });
  afterAll(async () => {
    project?.remove();
    await aws?.stop();
  });

  async function model(name = "near") {
    const found = (await project.outputs<Outputs>()).models[name];
    if (!found) throw new Error(`no output for the model ${name}`);
    return found;
  }

  async function ask(name: string, value: unknown): Promise<unknown> {
    const client = new SageMakerRuntimeClient({
      endpoint: aws.endpointUrl,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const { endpointName } = await model(name);
    const answer = await client.send(
      new InvokeEndpointCommand({ EndpointName: endpointName, ContentType: "application/json", Body: JSON.stringify(value) }),
    );
    return JSON.parse(Buffer.from(answer.Body).toString());
  }

  /** The range of instances and the names of the policies that a model's endpoint is registered with. */
  async function registration(endpointName: string): Promise<object> {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const client = new ApplicationAutoScalingClient({ endpoint: aws.endpointUrl, region: "us-east-1", credentials });
    const resourceId = `endpoint/${endpointName}/variant/main`;
    const variant = { ServiceNamespace: "sagemaker", ScalableDimension: "sagemaker:variant:DesiredInstanceCount" } as const;
    const { ScalableTargets = [] } = await client.send(new DescribeScalableTargetsCommand({ ...variant, ResourceIds: [resourceId] }));
    const { ScalingPolicies = [] } = await client.send(new DescribeScalingPoliciesCommand({ ...variant, ResourceId: resourceId }));
    return [ScalableTargets.map(({ MinCapacity, MaxCapacity }) => [MinCapacity, MaxCapacity]), ScalingPolicies.length];
  }

  test("comes up from nothing: trained, served, and behind its API", async () => {
    project.declare({ near, other: { ...near, api: undefined } });
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    expect(await ask("near", { x: 2.5 })).toEqual({ label: "low", mean: 2 });
    first = await model();
    expect(await registration(first.endpointName)).toEqual([[[1, 2]], 1]);
    const response = await fetchWhole(first.apiUrl ?? "", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"x": 10}',
    });
    expect([response.status, await response.json()]).toEqual([200, { label: "high", mean: 12 }]);
  });

  test("its API answers a request that is too large with 413 and the limit", async () => {
    const response = await fetchWhole(first.apiUrl ?? "", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "1".repeat(6_291_457),
    });
    expect([response.status, await response.json()]).toEqual([
      413,
      {
        error: {
          type: "PayloadTooLarge",
          message: expect.stringContaining("the endpoint takes at most 6291456 bytes; send fewer records"),
        },
      },
    ]);
  });

  test("a preview after it shows no change", async () => {
    const run = await project.preview();
    expect(run.changes).toEqual([]);
    expect(run.exitCode, run.text).toBe(0);
  });

  test("changing the API alone neither retrains nor redeploys", async () => {
    project.declare({ near: { ...near, api: { path: "/nearest" } }, other: { ...near, api: undefined } });
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    expect(run.changes.length).toBeGreaterThan(0);
    expect(run.changes.filter((change) => /sagemaker|docker|s3/.test(change))).toEqual([]);
    expect((await model()).trainingJobName).toBe(first.trainingJobName);
  });

  test("changing only the instance type replaces the configuration, not the training job, and whoever asks meanwhile is answered", async () => {
    const right = [{ label: "low", mean: 2 }];
    const prober = await Prober.start({ url: invocationsOf(aws, first.endpointName), question: { x: 2.5 }, right });
    const realtime = { ...near.realtime, instanceType: "ml.m5.xlarge" };
    project.declare({ near: { ...near, realtime, api: { path: "/nearest" } }, other: { ...near, api: undefined } });
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    await prober.expectAnswered();
    expect(run.changes.filter((change) => /other|trainingJob|model:Model|docker/.test(change))).toEqual([]);
    expect(run.changes.map(kind)).toContain("create-replacement aws:sagemaker/endpointConfiguration:EndpointConfiguration");
    expect(run.changes.map(kind)).toContain("update aws:sagemaker/endpoint:Endpoint");
    expect(run.changes.map(kind).indexOf("create-replacement aws:appautoscaling/target:Target")).toBeGreaterThan(
      run.changes.map(kind).indexOf("update aws:sagemaker/endpoint:Endpoint"),
    );
    expect(await registration(first.endpointName)).toEqual([[[1, 2]], 1]);
    expect((await project.resources()).filter(({ type }) => type.startsWith("aws:appautoscaling/")).map(({ type }) => type)).toEqual([
      "aws:appautoscaling/target:Target",
      "aws:appautoscaling/policy:Policy",
      "aws:appautoscaling/target:Target",
      "aws:appautoscaling/policy:Policy",
    ]);
    expect((await model()).trainingJobName).toBe(first.trainingJobName);
    expect((await model()).endpointName).toBe(first.endpointName);
  });

  test("changing a hyperparameter retrains and updates that model's chain alone", async () => {
    const training = { ...near.training, hyperparameters: { shift: "0.5" } };
    const realtime = { ...near.realtime, instanceType: "ml.m5.xlarge" };
    project.declare({ near: { ...near, training, realtime, api: { path: "/nearest" } }, other: { ...near, api: undefined } });
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    expect(run.changes.filter((change) => change.includes("other"))).toEqual([]);
    expect(run.changes.filter((change) => /apigateway|lambda|docker|iam/.test(change))).toEqual([]);
    expect(await ask("near", { x: 2.5 })).toEqual({ label: "low", mean: 2.5 });
    expect(await ask("other", { x: 2.5 })).toEqual({ label: "low", mean: 2 });
    expect((await model()).trainingJobName).not.toBe(first.trainingJobName);
  });

  test("destroying it leaves nothing in the state and no endpoint to ask", async () => {
    const { endpointName } = await model();
    const run = await project.destroy();
    expect(run.exitCode, run.text).toBe(0);
    expect((await project.resources()).map(({ urn }) => urn)).toEqual([]);
    const response = await fetchWhole(`${aws.endpointUrl}/endpoints/${endpointName}/invocations`, { method: "POST", body: "{}" });
    expect(response.status).toBe(400);
  });
});

/** A step without its resource's name: `update aws:sagemaker/endpoint:Endpoint`. */
function kind(change: string): string {
  return change.split(" ").slice(0, 2).join(" ");
}
