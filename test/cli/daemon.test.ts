import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { holderOf, isPortFree, nextFreePort } from "../../cli/daemon/port";
import { isAlive } from "../../cli/daemon/process-table";
import { readDaemonRecord } from "../../cli/daemon/record";
import { ensureDaemon } from "../../cli/daemon/start";
import { stopDaemon } from "../../cli/daemon/stop";
import { defaultSettings } from "../../cli/project/settings";
import { type StatePaths, statePaths } from "../../cli/project/state-dir";
import { projectFolder, slipway } from "./command";

const bundle = join(__dirname, "fixtures/daemon.cjs");
let root: string;
let paths: StatePaths;
let port: number;
let holder: Server | undefined;

beforeEach(async () => {
  root = projectFolder();
  paths = statePaths(join(root, ".slipway"));
  port = await nextFreePort(20_000 + Math.floor(Math.random() * 20_000));
});

afterEach(async () => {
  await stopDaemon(paths);
  holder?.close();
  holder = undefined;
});

describe("the daemon", () => {
  it("is started when there is none, and used as it is when it fits", async () => {
    const first = await ensure();
    expect([first.started, isAlive(first.record.pid), first.record.port]).toEqual([true, true, port]);
    const second = await ensure();
    expect([second.started, second.record.pid]).toEqual([false, first.record.pid]);
  });

  it("is started again when it has other settings", async () => {
    const first = await ensure();
    const second = await ensure({ settings: { ...defaultSettings, port: await nextFreePort(port), region: "eu-central-1" } });
    expect([second.started, second.record.region, isAlive(first.record.pid)]).toEqual([true, "eu-central-1", false]);
  });

  it("is started again after it was killed", async () => {
    const first = await ensure();
    process.kill(first.record.pid, "SIGKILL");
    await expect.poll(() => isAlive(first.record.pid)).toBe(false);
    expect((await ensure()).started).toBe(true);
  });

  it("that fails to start tells its own catalogued reason, or its last lines", async () => {
    await expect(ensure({ env: { FAIL: "SLIP-5002 no Python was found\ntried python3" } })).rejects.toMatchObject({
      code: "SLIP-5002",
      message: "no Python was found",
      details: ["tried python3"],
    });
    await expect(ensure({ env: { FAIL: "Segmentation fault" } })).rejects.toMatchObject({
      code: "SLIP-5004",
      message: "The local platform ended with code 3",
      details: ["log  Segmentation fault"],
    });
  });

  it("does not start on a port that is taken, and the holder is named", async () => {
    holder = createServer();
    await new Promise<void>((settle) => holder?.listen(port, "127.0.0.1", settle));
    const error = await ensure().catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "SLIP-5001", cure: `stop that program, or: slipway local up --port ${await nextFreePort(port)}` });
    expect((error as Error).message).toContain(`Port ${port} is in use by pid ${process.pid}`);
    expect(holderOf(port)).toBe(process.pid);
  });

  it("goes on running when the port it should move to is taken", async () => {
    const { record } = await ensure();
    const taken = await nextFreePort(port);
    holder = createServer();
    await new Promise<void>((settle) => holder?.listen(taken, "127.0.0.1", settle));
    await expect(ensure({ settings: { ...defaultSettings, port: taken } })).rejects.toMatchObject({ code: "SLIP-5001" });
    expect(isAlive(record.pid)).toBe(true);
  });

  it("that will not end is ended by force, and its port is free afterwards", async () => {
    const { record } = await ensure({ env: { STUBBORN: "1" } });
    expect(await stopDaemon(paths)).toBe(true);
    expect([isAlive(record.pid), await isPortFree(port), existsSync(paths.daemonRecord)]).toEqual([false, true, false]);
  }, 30_000);

  it("whose process id now belongs to another program is left alone", async () => {
    const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    mkdirSync(paths.root, { recursive: true });
    writeFileSync(paths.daemonRecord, JSON.stringify({ pid: other.pid, port }));
    expect(await stopDaemon(paths)).toBe(false);
    expect([isAlive(other.pid ?? 0), readDaemonRecord(paths)]).toEqual([true, undefined]);
    other.kill("SIGKILL");
  });
});

describe("with a running platform", () => {
  beforeEach(async () => {
    await ensure();
    mkdirSync(dirname(paths.stackState), { recursive: true });
    const outputs = {
      models: { iris: { endpointName: "iris-1", kind: "realtime", region: "us-east-1", apiUrl: "http://localhost/iris" } },
    };
    writeFileSync(paths.stackState, JSON.stringify({ checkpoint: { latest: { resources: [{ type: "pulumi:pulumi:Stack", outputs }] } } }));
  });

  it("invoke prints the answer alone on standard output", async () => {
    const { exitCode, stdout, stderr } = await slipway(root, ["invoke", "iris", "@sample"]);
    expect([exitCode, stdout]).toEqual([0, `{"category":"Iris-setosa"}\n`]);
    expect(stderr).toMatch(/^iris {2}200 {2}[\d.]+ ms {2}r-1\n$/);
  });

  it.each([
    ["JSON", [`{"petal_length":2}`], ""],
    ["a file", ["models/iris/sample.json"], ""],
    ["standard input", ["-"], `{"petal_length":3}`],
    ["the sample, when nothing is given", [], ""],
  ])("invoke takes %s", async (_, words, input) => {
    expect((await slipway(root, ["invoke", "iris", ...words], { input })).exitCode).toBe(0);
  });

  it("invoke shows the model's own line, what was sent and the likely cure when the model fails", async () => {
    const { exitCode, stdout, stderr } = await slipway(root, ["invoke", "iris", `{"petal_lenght":1}`]);
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr.replaceAll(root, "ROOT")).toMatchSnapshot();
  });

  it("invoke tells the models there are when the name is unknown", async () => {
    const { exitCode, stdout } = await slipway(root, ["invoke", "irsi", "--json"]);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string; cure: string } };
    expect([exitCode, error.code, error.message, error.cure]).toEqual([
      2,
      "SLIP-4103",
      `There is no model "irsi"; did you mean "iris"?`,
      "use one of: iris",
    ]);
  });

  it("invoke refuses what is not JSON before it is sent", async () => {
    const { exitCode, stderr } = await slipway(root, ["invoke", "iris", "{petal: 1}"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("SLIP-4105");
  });

  it("status shows the endpoint and its models, and exits with 0", async () => {
    const { exitCode, stdout } = await slipway(root, ["local", "status", "--json"]);
    const { data } = JSON.parse(stdout) as { data: { endpointUrl: string; well: boolean; models: object } };
    expect([exitCode, data.well, data.endpointUrl]).toEqual([0, true, `http://localhost:${port}`]);
    expect(data.models).toEqual({
      iris: {
        state: "InService",
        kind: "realtime",
        endpointName: "iris-1",
        apiUrl: "http://localhost/iris",
        failureReason: null,
        lastInvocation: null,
      },
    });
  });

  it("env prints what a shell needs", async () => {
    const { stdout } = await slipway(root, ["env"]);
    expect(stdout.split("\n")[0]).toBe(`export AWS_ENDPOINT_URL='http://localhost:${port}'`);
    expect((await slipway(root, ["env", "--format", "dotenv"])).stdout).toContain("AWS_REGION=us-east-1\n");
    expect(JSON.parse((await slipway(root, ["env", "--format", "json"])).stdout)).toMatchObject({ AWS_ACCESS_KEY_ID: "test" });
  });

  it("status and env need no project where a state directory is given", async () => {
    const outside = mkdtempSync(join(tmpdir(), "slipway-outside-"));
    const status = await slipway(outside, ["local", "status", "--json", "--state", paths.root]);
    const { data } = JSON.parse(status.stdout) as { data: { running: boolean; endpointUrl: string } };
    expect([status.exitCode, data.running, data.endpointUrl]).toEqual([0, true, `http://localhost:${port}`]);
    const env = await slipway(outside, ["env", "--state", paths.root]);
    expect(env.stdout.split("\n")[0]).toBe(`export AWS_ENDPOINT_URL='http://localhost:${port}'`);
    rmSync(outside, { recursive: true });
  });

  it("down leaves no process and no port, and is safe to repeat", async () => {
    const pid = readDaemonRecord(paths)?.pid ?? 0;
    expect((await slipway(root, ["local", "down"])).exitCode).toBe(0);
    expect([isAlive(pid), await isPortFree(port), existsSync(paths.root)]).toEqual([false, true, true]);
    const again = await slipway(root, ["local", "down", "--json"]);
    expect([again.exitCode, (JSON.parse(again.stdout) as { data: object }).data]).toEqual([0, { wasRunning: false, dataDeleted: false }]);
  });

  it("down --data asks before it deletes, and without a terminal only takes --yes", async () => {
    const refused = await slipway(root, ["local", "down", "--data"]);
    expect([refused.exitCode, refused.stderr.includes("SLIP-5014"), existsSync(paths.root)]).toEqual([2, true, true]);
    expect((await slipway(root, ["local", "down", "--data", "--yes"])).exitCode).toBe(0);
    expect(existsSync(paths.root)).toBe(false);
  });
});

interface Wanted {
  readonly settings: typeof defaultSettings;
  readonly env: NodeJS.ProcessEnv;
}

function ensure(wanted: Partial<Wanted> = {}) {
  return ensureDaemon({
    settings: wanted.settings ?? { ...defaultSettings, port },
    paths,
    bundle,
    cwd: mkdtempSync(join(tmpdir(), "slipway-daemon-")),
    env: { ...process.env, ...wanted.env },
    signal: new AbortController().signal,
    tools: async () => ({ venv: "/nowhere" }),
    onProgress: () => undefined,
  });
}
