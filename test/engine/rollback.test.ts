import {
  DescribeEndpointCommand,
  DescribeModelCommand,
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListModelsCommand,
  SageMakerClient,
} from "@aws-sdk/client-sagemaker";
import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ModelDescription } from "../../components";
import { fetchWhole } from "../support/fetch-whole";
import { type LocalAws, startLocalAws } from "./support/local-aws";
import { killTree } from "./support/processes";
import { Project } from "./support/project";

interface Outputs {
  readonly models: { readonly near: ModelDescription };
}

const EndpointName = "platform-near";
const alarm = "near-errors";

/** What a version differs in: its environment makes another model, its start-up time another configuration of the same model. */
interface Change {
  readonly LEVEL?: string;
  readonly startupTimeout?: string;
  readonly instanceType?: string;
  readonly retain?: number;
  readonly waitInterval?: string;
}

function near({ LEVEL = "1", startupTimeout = "5m", instanceType = "ml.m5.large", retain = 2, waitInterval = "0s" }: Change): object {
  return {
    code: "models/near",
    training: { instanceType: "ml.m5.large", maxRuntime: "10m", channels: { train: "models/near/data" } },
    environment: { LEVEL },
    realtime: { instanceType, startupTimeout, rollout: { type: "ALL_AT_ONCE", waitInterval, alarms: [alarm] } },
    retain,
  };
}

/** The steps of one model's releases, in order, on one stack: each test goes on from where the one before it left the stack. */
describe("a model that is released, taken back and released again, on the real engine", () => {
  let aws: LocalAws;
  let project: Project;
  let sagemaker: SageMakerClient;
  let runtime: SageMakerRuntimeClient;
  const failures: string[] = [];
  let answers = 0;
  let probing: Promise<void> | undefined;
  let isOver = false;
  /** Names of the configurations, in the order in which they served. */
  let first = "";
  let second = "";
  let third = "";

  beforeAll(async () => {
    aws = await startLocalAws();
    project = await Project.create(aws);
    const connection = { endpoint: aws.endpointUrl, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
    sagemaker = new SageMakerClient(connection);
    runtime = new SageMakerRuntimeClient({ ...connection, maxAttempts: 1 });
  });
  afterAll(async () => {
    isOver = true;
    await probing;
    project?.remove();
    await aws?.stop();
  });

  /** Asks the endpoint again and again; no answer may be missing or wrong, whatever is done to it meanwhile. */
  async function probe(): Promise<void> {
    while (!isOver) {
      const command = new InvokeEndpointCommand({ EndpointName, ContentType: "application/json", Body: '{"x": 2.5}' });
      const answer = await runtime.send(command).then(({ Body }) => JSON.stringify(JSON.parse(Buffer.from(Body).toString())), String);
      if (answer === '{"label":"low","mean":2}') answers++;
      else failures.push(answer);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  const live = async () => (await sagemaker.send(new DescribeEndpointCommand({ EndpointName }))).EndpointConfigName ?? "";
  const reason = async () => (await sagemaker.send(new DescribeEndpointCommand({ EndpointName }))).FailureReason ?? "";
  const versions = async () => (await project.outputs<Outputs>()).models.near.versions;

  async function onAws(): Promise<{ readonly configs: string[]; readonly models: number }> {
    const { EndpointConfigs = [] } = await sagemaker.send(new ListEndpointConfigsCommand({ MaxResults: 100 }));
    const { Models = [] } = await sagemaker.send(new ListModelsCommand({ MaxResults: 100 }));
    return { configs: EndpointConfigs.map(({ EndpointConfigName = "" }) => EndpointConfigName).sort(), models: Models.length };
  }

  async function putAlarm(state: "ALARM" | "OK"): Promise<void> {
    const { status } = await fetchWhole(`${aws.endpointUrl}/_slipway/alarms/${alarm}?state=${state}`, { method: "POST" });
    expect(status).toBe(200);
  }

  async function succeed(change: Change): Promise<string> {
    project.declare({ near: near(change) });
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    return await live();
  }

  test("comes up, and tells its one version", async () => {
    first = await succeed({});
    expect(await versions()).toEqual([first]);
    probing = probe();
  });

  test("a release whose alarm goes off fails and leaves the version before with all it needs; AWS names the alarm, and slipway logs shows what the containers said", async () => {
    await putAlarm("ALARM");
    project.declare({ near: near({ LEVEL: "2" }) });
    const run = await project.up();
    expect(run.exitCode).not.toBe(0);
    // Which of the two sees it first: Pulumi's provider, which gives up at RollingBack and gives no reason, or the gate, which waits and does.
    if (!run.text.includes("unexpected state 'RollingBack'")) {
      expect(run.text).toContain("SLIP-4101");
      expect(run.text).toContain(alarm);
      expect(run.text).toMatch(/^ {2}log {2}\S/m);
    }
    await expect.poll(live, { timeout: 60_000 }).toBe(first);
    await expect.poll(reason, { timeout: 60_000 }).toContain(alarm);
    const logs = await project.slipway("logs", "near", "--stack", "test", "--from", "endpoint", "--since", "1d");
    expect([logs.exitCode, logs.exitCode === 0 ? "" : logs.stderr]).toEqual([0, ""]);
    expect(logs.stdout).toMatch(/^\d{4}-\d\d-\d\dT\S+Z {2}\S/);
    expect(await live()).toBe(first);
    const { configs, models } = await onAws();
    expect([configs.includes(first), configs.length, models]).toEqual([true, 2, 2]);
    const { Models = [] } = await sagemaker.send(new ListModelsCommand({}));
    const described = await Promise.all(Models.map(({ ModelName }) => sagemaker.send(new DescribeModelCommand({ ModelName }))));
    const levels = described.map(({ PrimaryContainer }) => [PrimaryContainer?.Environment?.LEVEL, PrimaryContainer?.Image]);
    const [[, image] = []] = levels;
    expect(image).toMatch(/@sha256:[0-9a-f]{64}$/);
    expect(levels.sort()).toEqual([
      ["1", image],
      ["2", image],
    ]);
  });

  test("the same declaration goes through once the alarm is over, and the version before is kept beside it", async () => {
    await putAlarm("OK");
    second = await succeed({ LEVEL: "2" });
    expect(second).not.toBe(first);
    expect(await versions()).toEqual([second, first]);
    expect(await onAws()).toEqual({ configs: [first, second].sort(), models: 2 });
  });

  test("slipway rollback serves the version before, and says what the next update does and how to come back", async () => {
    const { exitCode, stdout, stderr } = await project.slipway("rollback", "near", "--stack", "test");
    expect([exitCode, exitCode === 0 ? "" : stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`near serves ${first}`);
    expect(stdout).toContain(`slipway rollback near --to ${second} --stack test`);
    expect(await live()).toBe(first);
    const list = await project.slipway("rollback", "near", "--stack", "test", "--list", "--json");
    expect(JSON.parse(list.stdout).data.versions).toMatchObject([
      { name: second, serves: false, kind: "realtime", instanceTypes: ["ml.m5.large"] },
      { name: first, serves: true },
    ]);
    const further = await project.slipway("rollback", "near", "--stack", "test", "--json");
    expect([further.exitCode, JSON.parse(further.stdout).error.code]).toEqual([2, "SLIP-4108"]);
  });

  test("an update of the same declaration leaves it taken back and says so, also after a refresh", async () => {
    const run = await project.up();
    expect([run.exitCode, run.changes], run.text).toEqual([0, []]);
    expect(run.text).toContain(`was taken back from ${second} to ${first}`);
    expect(await live()).toBe(first);
    expect((await project.refresh()).exitCode).toBe(0);
    expect((await project.up()).exitCode).toBe(0);
    expect(await live()).toBe(first);
  });

  test("an update that would serve the same model in other settings is refused before it touches the endpoint", async () => {
    project.declare({ near: near({ LEVEL: "2", startupTimeout: "6m" }) });
    const run = await project.up();
    expect(run.exitCode).not.toBe(0);
    expect(run.text).toContain("SLIP-4107");
    expect(await live()).toBe(first);
  });

  test("a changed model is deployed, on another instance type too; what was served last before it comes next, and what never served is gone", async () => {
    third = await succeed({ LEVEL: "3", instanceType: "ml.m5.xlarge" });
    expect(await versions()).toEqual([third, first, second]);
    expect(await onAws()).toEqual({ configs: [first, second, third].sort(), models: 3 });
  });

  test("the version beyond those that are kept goes, with its model", async () => {
    const fourth = await succeed({ LEVEL: "4", instanceType: "ml.m5.xlarge" });
    expect(await versions()).toEqual([fourth, third, first]);
    expect(await onAws()).toEqual({ configs: [first, third, fourth].sort(), models: 3 });
    const preview = await project.preview();
    expect([preview.exitCode, preview.changes], preview.text).toEqual([0, []]);
  });

  test("whoever asked the endpoint in all this time was answered", async () => {
    isOver = true;
    await probing;
    expect([failures, answers > 20]).toEqual([[], true]);
  });

  test("with retain 0 nothing earlier stays; a destroy in the middle of an update says that the endpoint is at work, and works once it is not", async () => {
    const last = await succeed({ LEVEL: "4", instanceType: "ml.m5.xlarge", retain: 0, waitInterval: "4s" });
    expect((await onAws()).configs).toEqual([last]);
    project.declare({ near: near({ LEVEL: "5", retain: 0, waitInterval: "4s" }) });
    const engine = project.start();
    const status = async () => (await sagemaker.send(new DescribeEndpointCommand({ EndpointName }))).EndpointStatus;
    await expect.poll(status, { timeout: 120_000 }).toBe("Updating");
    killTree(engine.pid ?? 0);
    await project.recover();
    const early = await project.destroy();
    if (early.exitCode !== 0) {
      expect(early.text).toContain("Cannot update in-progress endpoint");
      await expect.poll(status, { timeout: 120_000 }).toBe("InService");
      const run = await project.destroy();
      expect(run.exitCode, run.text).toBe(0);
    }
    expect(await project.resources()).toEqual([]);
    expect((await sagemaker.send(new ListEndpointsCommand({}))).Endpoints).toEqual([]);
  });
});
