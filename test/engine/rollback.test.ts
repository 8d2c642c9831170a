import {
  DescribeEndpointCommand,
  DescribeModelCommand,
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListModelsCommand,
  SageMakerClient,
} from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ModelDescription } from "../../components";
import { fetchWhole } from "../support/fetch-whole";
import { type LocalAws, startLocalAws } from "./support/local-aws";
import { invocationsOf, Prober } from "./support/prober";
import { killTree } from "./support/processes";
import { Project } from "./support/project";

interface Outputs {
  readonly models: { readonly near: ModelDescription };
}

const EndpointName = "platform-near";
/** The endpoint's own, on what it answers with an error. */
const alarm = "platform-near-errors";

/** What a version differs in: its environment makes another model, its start-up time another configuration of the same model. */
interface Change {
  readonly LEVEL?: string;
  readonly startupTimeout?: string;
  readonly instanceType?: string;
  readonly retain?: number;
  readonly waitInterval?: string;
  /** A first of two instances, then the other; else one instance, all at once. */
  readonly isCanary?: boolean;
}

const canary = { type: "CANARY", canarySize: { type: "INSTANCE_COUNT", value: 1 } };

function near({
  LEVEL = "1",
  startupTimeout = "5m",
  instanceType = "ml.m5.large",
  retain = 2,
  waitInterval = "0s",
  ...more
}: Change): object {
  const shape = more.isCanary === true ? canary : { type: "ALL_AT_ONCE" };
  return {
    code: "models/near",
    training: { instanceType: "ml.m5.large", maxRuntime: "10m", channels: { train: "models/near/data" } },
    environment: { LEVEL },
    realtime: {
      instanceType,
      startupTimeout,
      ...(more.isCanary === true ? { instances: { min: 2, max: 2 } } : {}),
      rollout: { ...shape, waitInterval },
    },
    retain,
  };
}

/** The steps of one model's releases, in order, on one stack: each test goes on from where the one before it left the stack. */
describe("a model that is released, taken back and released again, on the real engine", () => {
  let aws: LocalAws;
  let project: Project;
  let sagemaker: SageMakerClient;
  let prober: Prober | undefined;
  /** Names of the configurations, in the order in which they served. */
  let first = "";
  let second = "";
  let third = "";

  beforeAll(async () => {
    // A canary bakes as long as it declares, until its alarm goes off.
    aws = await startLocalAws("process", { SLIPWAY_LONGEST_WAIT_SECONDS: "3600" });
    project = await Project.create(aws);
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    sagemaker = new SageMakerClient({ endpoint: aws.endpointUrl, region: "us-east-1", credentials });
  });
  afterAll(async () => {
    prober?.end();
    project?.remove();
    await aws?.stop();
  });

  const live = async () => (await sagemaker.send(new DescribeEndpointCommand({ EndpointName }))).EndpointConfigName ?? "";
  const reason = async () => (await sagemaker.send(new DescribeEndpointCommand({ EndpointName }))).FailureReason ?? "";
  const status = async () => (await sagemaker.send(new DescribeEndpointCommand({ EndpointName }))).EndpointStatus;
  /** How far an update is with the new fleet. */
  const stage = async () => {
    const { PendingDeploymentSummary } = await sagemaker.send(new DescribeEndpointCommand({ EndpointName }));
    return PendingDeploymentSummary?.ProductionVariants?.[0]?.VariantStatus?.[0]?.Status;
  };
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

  function declare(change: Change): void {
    project.declare({ near: near(change) });
  }

  async function succeed(change: Change): Promise<string> {
    declare(change);
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    return await live();
  }

  test("comes up, and tells its one version", async () => {
    first = await succeed({});
    expect(await versions()).toEqual([first]);
    const right = [{ label: "low", mean: 2 }];
    prober = await Prober.start({ url: invocationsOf(aws, EndpointName), question: { x: 2.5 }, right });
  });

  test("a canary whose alarm goes off fails the update, which names the alarm, shows what the containers said and the cure; the version before serves and has all it needs", async () => {
    declare({ LEVEL: "broken", isCanary: true, waitInterval: "1h" });
    const update = project.up();
    await expect.poll(stage, { timeout: 120_000 }).toBe("Baking");
    await putAlarm("ALARM");
    const run = await update;
    expect(run.exitCode).not.toBe(0);
    // Which of the two sees it first. Pulumi's provider gives up at RollingBack; the error hook that explains it is unknown to the language host of these tests.
    if (!run.text.includes("unexpected state 'RollingBack'")) {
      expect(run.text).toMatch(/SLIP-4101 endpoint platform-near went back to .*were triggered: platform-near-errors\.$/m);
      expect(run.text).toMatch(/^ {2}log {2}\S/m);
      expect(run.text).toMatch(/^ {2}fix {2}An alarm of the rollout went off/m);
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
      ["broken", image],
    ]);
  });

  test("a mended model goes through once the alarm is over, the version before is kept beside it, and what never served is gone", async () => {
    await putAlarm("OK");
    second = await succeed({ LEVEL: "2", isCanary: true });
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
    declare({ LEVEL: "2", isCanary: true, startupTimeout: "6m" });
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

  test("with retain 0 nothing earlier stays; an update that finds the endpoint still at work, since the one before it was killed, waits and goes through", async () => {
    const last = await succeed({ LEVEL: "4", instanceType: "ml.m5.xlarge", retain: 0 });
    expect((await onAws()).configs).toEqual([last]);
    await killDuringUpdate({ LEVEL: "5", retain: 0, waitInterval: "10s" });
    await succeed({ LEVEL: "6", retain: 0, waitInterval: "10s" });
    await prober?.expectAnswered();
  });

  test("a destroy in the middle of an update says that the endpoint is at work, and works once it is not", async () => {
    await killDuringUpdate({ LEVEL: "7", retain: 0, waitInterval: "10s" });
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

  /** Kills the engine of an update while the endpoint is at it. */
  async function killDuringUpdate(change: Change): Promise<void> {
    declare(change);
    const engine = project.start();
    await expect.poll(status, { timeout: 120_000 }).toBe("Updating");
    killTree(engine.pid ?? 0);
    await project.recover();
  }
});
