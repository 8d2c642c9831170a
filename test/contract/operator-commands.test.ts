import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { PassThrough, Writable } from "node:stream";
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
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
import { runProgram } from "../../cli/program";
import { statePaths } from "../../cli/project/state-dir";
import { projectFolder, slipway } from "../cli/command";
import { region, role, type StartedPlatform, startPlatform } from "./support/platform";

const folder = projectFolder();
let platform: StartedPlatform;

/** What a stack's state says of its models, as the engine writes it. */
function deploy(models: Record<string, unknown>, ...resources: readonly object[]): void {
  const { stackState } = statePaths(platform.stateDir, "slipway");
  mkdirSync(dirname(stackState), { recursive: true });
  writeFileSync(
    stackState,
    JSON.stringify({ checkpoint: { latest: { resources: [{ type: "pulumi:pulumi:Stack", outputs: { models } }, ...resources] } } }),
  );
}

const run = (...words: string[]) => slipway(folder, [...words, "--state", platform.stateDir]);

/** Starts a command with somebody at its terminal. */
function start(...words: string[]) {
  const output = { stdout: "", stderr: "" };
  const screen = (name: "stdout" | "stderr") =>
    Object.assign(
      new Writable({
        write(chunk: Buffer, _, done) {
          output[name] += chunk.toString();
          done();
        },
      }),
      { isTTY: true },
    );
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  let listener = (): void => undefined;
  const ended = runProgram([...words, "--state", platform.stateDir], {
    stdout: screen("stdout"),
    stderr: screen("stderr"),
    stdin,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: "C.UTF-8" },
    cwd: folder,
    onInterrupt: (given) => {
      listener = given;
    },
  });
  return { ended, output, stdin, interrupt: () => listener() };
}

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
    const logEvents = lines.map(([minutes, message]) => ({ timestamp: Math.round(now - minutes * 60_000), message }));
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

  test("follows: each line comes once and in order, also of streams that are new or gone, until Ctrl-C ends it with 130", async () => {
    const [job, endpoint] = ["/aws/sagemaker/TrainingJobs", "/aws/sagemaker/Endpoints/shop-iris"];
    const { ended, output, interrupt } = start("logs", "iris", "--since", "19s", "--follow");
    const texts = () =>
      output.stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => line.replace(/^\S+ {2}/, ""));
    const told: string[] = [];
    const comes = async (group: string, stream: string, message: string) => {
      await put(group, stream, [[(now - Date.now()) / 60_000, message]]);
      told.push(`${group === job ? "training" : "endpoint"}  ${message}`);
      await expect.poll(texts, { timeout: 60_000 }).toEqual(told);
    };
    await comes(endpoint, "main/i-3", "a third instance");
    await comes(job, "iris-0a1b-1/algo-2", "another host");
    await platform.logs.send(new DeleteLogStreamCommand({ logGroupName: job, logStreamName: "iris-0a1b-1/algo-2" }));
    await platform.logs.send(new DeleteLogStreamCommand({ logGroupName: endpoint, logStreamName: "main/i-3" }));
    await comes(endpoint, "main/i-4", "in place of the third");
    await comes(job, "iris-0a1b-1/algo-3", "a host in place of another");
    interrupt();
    expect([await ended, texts()]).toEqual([130, told]);
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

  test("stands in the way of slipway destroy, which tells the command and what else the stack holds", async () => {
    const at = (type: string, name: string, id: string, outputs: object) => ({
      urn: `urn:pulumi:local::slipway::${type}::${name}`,
      type,
      id,
      outputs: { region, ...outputs },
    });
    deploy(
      {},
      at("aws:sagemaker/domain:Domain", "studio", DomainId, {
        homeEfsFileSystemId: "fs-1",
        retentionPolicy: { homeEfsFileSystem: "Retain" },
      }),
      at("aws:kms/key:Key", "key", "k-1", { arn: `arn:aws:kms:${region}:123456789012:key/k-1`, deletionWindowInDays: 30 }),
      at("aws:cloudwatch/logGroup:LogGroup", "log", "/aws/sagemaker/Endpoints/shop-iris", { name: "/aws/sagemaker/Endpoints/shop-iris" }),
      at("aws:apigatewayv2/api:Api", "api", "a-1", { apiEndpoint: "https://a-1.example" }),
      at("aws:sagemaker/endpoint:Endpoint", "gone", "shop-gone", { name: "shop-gone" }),
      at("aws:sagemaker/trainingJob:TrainingJob", "gone", "gone-1", { trainingJobName: "gone-1" }),
      at("aws:s3/bucket:Bucket", "gone", "no-such-bucket-here", {}),
      at("aws:ecr/repository:Repository", "gone", "no-such-repository", { name: "no-such-repository" }),
    );
    const preview = await run("destroy", "--preview-only", "--json");
    expect([preview.exitCode, JSON.parse(preview.stdout).data]).toMatchObject([
      0,
      {
        stack: "local",
        destroyed: false,
        losses: [
          { kind: "endpoints", text: "API https://a-1.example" },
          { kind: "studio", text: `Studio domain ${DomainId} with 1 user profile` },
          { kind: "keys", text: expect.stringContaining("key/k-1: gone for good 30 days later") },
          { kind: "logs", text: expect.stringMatching(/^log group \/aws\/sagemaker\/Endpoints\/shop-iris/) },
        ],
        obstacles: [
          {
            text: expect.stringMatching(/^Studio domain \S+ has 2 apps \(.+\) and 1 space \(lab\); AWS keeps it while it has any$/),
            cure: `slipway studio cleanup ${DomainId} --state ${platform.stateDir}`,
          },
        ],
        stays: [expect.stringContaining("home file system fs-1")],
      },
    ]);
    const refused = await run("destroy", "--yes", "--delete", "endpoints,studio,keys,logs", "--json");
    expect([refused.exitCode, JSON.parse(refused.stdout).error.code]).toEqual([1, "SLIP-6003"]);
  });

  test("is asked about by slipway destroy on a terminal: any answer but the stack's name destroys nothing", async () => {
    const api = { urn: "urn:pulumi:local::slipway::aws:apigatewayv2/api:Api::api", type: "aws:apigatewayv2/api:Api", id: "a-1" };
    deploy({}, { ...api, outputs: { region, apiEndpoint: "https://a-1.example" } });
    const before = readFileSync(statePaths(platform.stateDir, "slipway").stackState, "utf8");
    const { ended, output, stdin } = start("destroy");
    await expect.poll(() => output.stderr, { timeout: 60_000 }).toContain("Type the stack's name, local, to go on:");
    expect(output.stderr).toContain("goes  endpoints  API https://a-1.example");
    stdin.write("yes\r");
    expect([await ended, output.stderr]).toEqual([130, expect.stringContaining("Nothing was destroyed.")]);
    expect(readFileSync(statePaths(platform.stateDir, "slipway").stackState, "utf8")).toBe(before);
  });

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
