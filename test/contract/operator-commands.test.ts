import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { CreateLogGroupCommand, CreateLogStreamCommand, PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateAppCommand,
  CreateDomainCommand,
  CreateSpaceCommand,
  CreateUserProfileCommand,
  DeleteDomainCommand,
  DescribeAppCommand,
  DescribeDomainCommand,
  DescribeSpaceCommand,
  ListDomainsCommand,
} from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { statePaths } from "../../cli/project/state-dir";
import { projectFolder, slipway } from "../cli/command";
import { region, role, type StartedPlatform, startPlatform } from "./support/platform";

const folder = projectFolder();
let platform: StartedPlatform;

/** What a stack's state says of its models, as the engine writes it. */
function deploy(models: Record<string, unknown>): void {
  const { stackState } = statePaths(platform.stateDir, "slipway");
  mkdirSync(dirname(stackState), { recursive: true });
  writeFileSync(
    stackState,
    JSON.stringify({ checkpoint: { latest: { resources: [{ type: "pulumi:pulumi:Stack", outputs: { models } }] } } }),
  );
}

const run = (...words: string[]) => slipway(folder, [...words, "--state", platform.stateDir]);

beforeAll(async () => {
  platform = await startPlatform();
  deploy({ iris: { endpointName: "shop-iris", kind: "realtime", region, trainingJobName: "iris-0a1b-1" } });
});
afterAll(() => platform?.stop());

describe("slipway logs", () => {
  const now = Date.now();
  const at = (minutesAgo: number) => new Date(now - minutesAgo * 60_000).toISOString();

  async function put(logGroupName: string, logStreamName: string, lines: readonly (readonly [minutesAgo: number, message: string])[]) {
    await platform.logs.send(new CreateLogGroupCommand({ logGroupName })).catch(() => undefined);
    await platform.logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    const logEvents = lines.map(([minutes, message]) => ({ timestamp: now - minutes * 60_000, message }));
    await platform.logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  }

  test("shows what training and endpoint said, in the order of time, and nothing of others", async () => {
    await put("/aws/sagemaker/TrainingJobs", "iris-0a1b-1/algo-1", [
      [50, "epoch 1"],
      [40, "epoch 2"],
    ]);
    await put("/aws/sagemaker/TrainingJobs", "iris-0a1b-11/algo-1", [[45, "another job"]]);
    await put("/aws/sagemaker/Endpoints/shop-iris", "main/i-1", [
      [45, "loading"],
      [30, "ready"],
    ]);
    await put("/aws/sagemaker/Endpoints/shop-iris", "main/i-2", [[35, "loading too"]]);
    const { exitCode, stdout } = await run("logs", "iris");
    expect([exitCode, stdout.trimEnd().split("\n")]).toEqual([
      0,
      [
        `${at(50)}  training  epoch 1`,
        `${at(45)}  endpoint  loading`,
        `${at(40)}  training  epoch 2`,
        `${at(35)}  endpoint  loading too`,
        `${at(30)}  endpoint  ready`,
      ],
    ]);
  });

  test("shows one part since a time, as objects for programs", async () => {
    const { exitCode, stdout } = await run("logs", "iris", "--since", "38m", "--from", "endpoint", "--json");
    expect([
      exitCode,
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).line),
    ]).toEqual([0, ["loading too", "ready"]]);
    const moment = await run("logs", "iris", "--since", at(41), "--from", "training");
    expect(moment.stdout).toBe(`${at(40)}  epoch 2\n`);
  });

  test("says so when there is nothing, and what is wrong with a time or a name", async () => {
    const nothing = await run("logs", "iris", "--since", "1s");
    expect([nothing.exitCode, nothing.stdout, nothing.stderr]).toEqual([0, "", expect.stringContaining("iris has logged nothing since")]);
    const time = await run("logs", "iris", "--since", "yesterday", "--json");
    expect([time.exitCode, JSON.parse(time.stdout).error.code]).toEqual([2, "SLIP-5010"]);
    const name = await run("logs", "irs", "--json");
    expect([name.exitCode, JSON.parse(name.stdout).error.message]).toEqual([2, 'There is no model "irs"; did you mean "iris"?']);
  });
});

describe("slipway rollback", () => {
  test("of a model without an endpoint, or that is not deployed, says how to deploy it", async () => {
    const gone = await run("rollback", "iris", "--json");
    expect([gone.exitCode, JSON.parse(gone.stdout).error]).toMatchObject([
      1,
      { code: "SLIP-4104", message: 'iris has no endpoint "shop-iris" any more' },
    ]);
  });
});

describe("slipway studio cleanup", () => {
  let DomainId = "";

  test("lists what would be lost, and deletes nothing without a yes", async () => {
    await furnish();
    await refuse();
  });

  /** A domain with a user, a space, and an app of each. */
  async function furnish(): Promise<void> {
    const DefaultUserSettings = { ExecutionRole: role };
    const { DomainArn = "" } = await platform.sagemaker.send(
      new CreateDomainCommand({ DomainName: "studio", AuthMode: "IAM", DefaultUserSettings }),
    );
    DomainId = DomainArn.split("/")[1] ?? "";
    await platform.sagemaker.send(new CreateUserProfileCommand({ DomainId, UserProfileName: "ada" }));
    await platform.sagemaker.send(
      new CreateSpaceCommand({
        DomainId,
        SpaceName: "lab",
        OwnershipSettings: { OwnerUserProfileName: "ada" },
        SpaceSharingSettings: { SharingType: "Private" },
        SpaceSettings: { AppType: "JupyterLab" },
      }),
    );
    const space = () => platform.sagemaker.send(new DescribeSpaceCommand({ DomainId, SpaceName: "lab" }));
    await expect.poll(async () => (await space()).Status, { timeout: 60_000 }).toBe("InService");
    const apps = [
      { AppName: "default", AppType: "JupyterLab", SpaceName: "lab" },
      { AppName: "default", AppType: "JupyterServer", UserProfileName: "ada" },
    ] as const;
    for (const app of apps) {
      await platform.sagemaker.send(new CreateAppCommand({ DomainId, ...app }));
      const status = async () => (await platform.sagemaker.send(new DescribeAppCommand({ DomainId, ...app }))).Status;
      await expect.poll(status, { timeout: 60_000 }).toBe("InService");
    }
  }

  async function refuse(): Promise<void> {
    const { exitCode, stdout } = await run("studio", "cleanup", "--profiles", "--json");
    const { error } = JSON.parse(stdout);
    expect([exitCode, error.code, [...error.details].sort()]).toEqual([
      2,
      "SLIP-5014",
      [
        "app JupyterLab default of lab (InService)",
        "app JupyterServer default of ada (InService)",
        "space lab of ada, with the files on its volume",
        "user profile ada",
      ],
    ]);
    await expect(platform.sagemaker.send(new DeleteDomainCommand({ DomainId }))).rejects.toThrow("App(s) are associated with it");
  }

  test("deletes apps, spaces and profiles in the order that AWS wants, and then the domain can go", async () => {
    const { exitCode, stdout, stderr } = await run("studio", "cleanup", DomainId, "--profiles", "--yes");
    expect([exitCode, exitCode === 0 ? "" : stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`Deleted from ${DomainId}:\n`);
    expect(stdout).toContain("Home directories stay in the domain's file system.");
    const again = await run("studio", "cleanup");
    expect(again.stdout).toContain(`${DomainId} has no apps and no spaces.`);
    await platform.sagemaker.send(new DeleteDomainCommand({ DomainId, RetentionPolicy: { HomeEfsFileSystem: "Delete" } }));
    await expect(platform.sagemaker.send(new DescribeDomainCommand({ DomainId }))).rejects.toThrow();
    expect((await platform.sagemaker.send(new ListDomainsCommand({}))).Domains).toEqual([]);
  });

  test("without a domain says so", async () => {
    const { exitCode, stdout } = await run("studio", "cleanup", "d-absent", "--json");
    expect([exitCode, JSON.parse(stdout).error.message]).toEqual([2, 'There is no domain "d-absent"']);
  });
});
