import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { DescribeEndpointCommand, SageMakerClient } from "@aws-sdk/client-sagemaker";
import {
  InvokeEndpointAsyncCommand,
  type InvokeEndpointAsyncCommandOutput,
  InvokeEndpointCommand,
  SageMakerRuntimeClient,
} from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ModelDescription } from "../../components";
import { parseS3Uri } from "../../components/iam/arns";
import { fetchWhole } from "../support/fetch-whole";
import { type LocalAws, startLocalAws } from "./support/local-aws";
import { Prober } from "./support/prober";
import { Project } from "./support/project";

interface Outputs {
  readonly models: { readonly near: ModelDescription & { readonly apiUrl: string } };
}

const near = {
  code: "models/near",
  training: { instanceType: "ml.m5.large", maxRuntime: "10m", channels: { train: "models/near/data" }, hyperparameters: { shift: "0" } },
  api: { path: "/near", timeout: "20s" },
};

/** The steps of one model's life, in order, on one stack: each test goes on from where the one before it left the stack. */
describe("a model that changes how it is served, on the real engine", () => {
  let aws: LocalAws;
  let project: Project;

  beforeAll(async () => {
    aws = await startLocalAws();
    project = await Project.create(aws);
  });
  afterAll(async () => {
    project?.remove();
    await aws?.stop();
  });

  const model = async () => (await project.outputs<Outputs>()).models.near;

  const client = () => new SageMakerRuntimeClient({ endpoint: aws.endpointUrl, region: "us-east-1", credentials });

  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const s3 = () => new S3Client({ endpoint: aws.endpointUrl, region: "us-east-1", credentials, forcePathStyle: true });

  async function isInService(EndpointName: string): Promise<boolean> {
    const control = new SageMakerClient({ endpoint: aws.endpointUrl, region: "us-east-1", credentials });
    const found = await control.send(new DescribeEndpointCommand({ EndpointName })).catch(() => undefined);
    return found?.EndpointStatus === "InService";
  }

  /** Puts an input into S3 and asks for its result. */
  async function submit(InputLocation: string, Body: string): Promise<InvokeEndpointAsyncCommandOutput> {
    await s3().send(new PutObjectCommand({ ...place(InputLocation), Body, ContentType: "application/json" }));
    const { endpointName: EndpointName } = await model();
    return await client().send(new InvokeEndpointAsyncCommand({ EndpointName, InputLocation, ContentType: "application/json" }));
  }

  /** The content of an object, as soon as it is there. */
  async function arrival(uri = ""): Promise<string> {
    for (const deadline = Date.now() + 120_000; Date.now() < deadline; ) {
      const found = await s3()
        .send(new GetObjectCommand(place(uri)))
        .catch(() => undefined);
      if (found?.Body !== undefined) return await found.Body.transformToString();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`${uri} did not arrive`);
  }

  async function ask(EndpointName: string): Promise<unknown> {
    const answer = await client().send(new InvokeEndpointCommand({ EndpointName, ContentType: "application/json", Body: '{"x": 2.5}' }));
    return JSON.parse(Buffer.from(answer.Body).toString());
  }

  async function askApi(url: string): Promise<readonly [number, unknown]> {
    const response = await fetchWhole(url, { method: "POST", headers: { "content-type": "application/json" }, body: '{"x": 2.5}' });
    return [response.status, await response.json()];
  }

  test("comes up serverless, and answers", async () => {
    project.declare({ near: { ...near, serverless: { memorySizeInMb: 2048, maxConcurrency: 5 } } });
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    const { endpointName, kind, apiUrl } = await model();
    expect([endpointName, kind]).toEqual(["platform-near", "serverless"]);
    expect(await ask(endpointName)).toEqual({ label: "low", mean: 2 });
    expect(await askApi(apiUrl)).toEqual([200, { label: "low", mean: 2 }]);
  });

  test("with other settings keeps its endpoint", async () => {
    project.declare({ near: { ...near, serverless: { memorySizeInMb: 3072, maxConcurrency: 10 } } });
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    expect(run.changes).toContain("update aws:sagemaker/endpoint:Endpoint near-endpoint");
    expect((await model()).endpointName).toBe("platform-near");
  });

  test("becomes real-time under a new name, and whoever calls its API, or the endpoint by the name it has, is answered each time", async () => {
    const { apiUrl } = await model();
    const prober = await Prober.start({ url: apiUrl, question: { x: 2.5 }, right: [{ label: "low", mean: 2 }] });
    const answers: unknown[] = [];
    const names = new Set<string>();
    let isUp = false;
    const caller = (async () => {
      while (!isUp) {
        const name = (await isInService("platform-near--2")) ? "platform-near--2" : "platform-near";
        names.add(name);
        answers.push(await ask(name).catch(String));
      }
    })();
    project.declare({ near: { ...near, realtime: { instanceType: "ml.m5.large" } } });
    const run = await project.up().finally(() => {
      isUp = true;
    });
    await caller;
    expect(run.exitCode, run.text).toBe(0);
    await prober.expectAnswered();
    expect(answers).toEqual(answers.map(() => ({ label: "low", mean: 2 })));
    expect([...names]).toEqual(["platform-near", "platform-near--2"]);
    const after = await model();
    expect([after.endpointName, after.kind, after.apiUrl]).toEqual(["platform-near--2", "realtime", apiUrl]);
    expect(await askApi(apiUrl)).toEqual([200, { label: "low", mean: 2 }]);
    await expect(ask("platform-near")).rejects.toThrow("not found");
    expect(stepsOf(run.changes, "sagemaker/endpoint:Endpoint")).toEqual(["create-replacement", "replace", "delete-replaced"]);
    expect(stepsOf(run.changes, "trainingJob")).toEqual([]);
  });

  test("a preview after it shows no change", async () => {
    const run = await project.preview();
    expect(run.changes).toEqual([]);
    expect(run.exitCode, run.text).toBe(0);
  });

  test("becomes asynchronous, scaled from no instance, and tells its locations and topics", async () => {
    const { api: _api, ...others } = near;
    project.declare({ near: { ...others, async: { instanceType: "ml.m5.large", instances: { min: 0, max: 1 }, notifications: {} } } });
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    const { endpointName, kind, inputLocation, outputLocation, failureLocation, successTopicArn, errorTopicArn } = await model();
    expect([endpointName, kind]).toEqual(["platform-near--3", "async"]);
    for (const [location, place] of [
      [inputLocation, "input"],
      [outputLocation, "output"],
      [failureLocation, "failure"],
    ]) {
      expect(location).toMatch(new RegExp(`^s3://platform-artifacts-[^/]+/async/near/${place}$`));
    }
    expect([successTopicArn, errorTopicArn]).toEqual([
      expect.stringMatching(/:near-topics-success-[0-9a-f]+$/),
      expect.stringMatching(/:near-topics-error-[0-9a-f]+$/),
    ]);
    const types = (await project.resources()).map(({ type }) => type);
    expect(types.filter((type) => type === "aws:appautoscaling/policy:Policy")).toHaveLength(2);
    expect(types).toContain("aws:cloudwatch/metricAlarm:MetricAlarm");
    const again = await project.preview();
    expect(again.changes).toEqual([]);
    expect(again.exitCode, again.text).toBe(0);
  });

  test("answers an asynchronous request in S3, and one that the model refuses with a failure there", async () => {
    const { inputLocation = "", outputLocation = "", failureLocation = "" } = await model();
    const good = await submit(`${inputLocation}/good.json`, '{"x": 2.5}');
    expect(good.OutputLocation).toContain(`${outputLocation}/`);
    expect(JSON.parse(await arrival(good.OutputLocation))).toEqual({ label: "low", mean: 2 });
    const bad = await submit(`${inputLocation}/bad.json`, '{"y": 1}');
    expect(bad.FailureLocation).toContain(`${failureLocation}/`);
    expect(await arrival(bad.FailureLocation)).not.toBe("");
  });

  test("destroying it leaves nothing", async () => {
    const run = await project.destroy();
    expect(run.exitCode, run.text).toBe(0);
    expect(await project.resources()).toEqual([]);
    await expect(ask("platform-near--3")).rejects.toThrow("not found");
  });
});

/** What was done to resources of a type, in order. */
function stepsOf(changes: readonly string[], type: string): (string | undefined)[] {
  return changes.filter((change) => change.includes(type)).map((change) => change.split(" ")[0]);
}

function place(uri: string): { readonly Bucket: string; readonly Key: string } {
  const { bucket, key } = parseS3Uri(uri);
  return { Bucket: bucket, Key: key };
}
