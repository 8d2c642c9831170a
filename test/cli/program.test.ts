import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { report } from "../../cli/commands/doctor";
import { asSlipwayErrors } from "../../cli/errors/as-slipway-error";
import { blockLines } from "../../cli/output/columns";
import { styleFor } from "../../cli/output/style";
import { givenSettings, keepSettings, resolveSettings } from "../../cli/project/settings";
import { statePaths } from "../../cli/project/state-dir";
import { Arguments } from "../../cli/verbs/verb";
import { version } from "../../cli/version";
import { catalogue } from "../../components/errors/catalogue";
import { projectFolder, slipway } from "./command";

const served = { name: "slipway-local-iris", arn: "arn", status: "InService", kind: "realtime", config: "c", image: "i", instances: 1 };

describe("a command", () => {
  it("that is misunderstood exits with 2, says so in one sentence, and prints no answer", async () => {
    const { exitCode, stdout, stderr } = await slipway(projectFolder(), ["local", "sttaus"]);
    expect([exitCode, stdout, stderr.split("\n")[0]?.trimEnd()]).toEqual([
      2,
      "",
      `✖ "local sttaus" is not a verb; did you mean "local status"?           SLIP-5010`,
    ]);
  });

  it("that is misunderstood prints one object with --json", async () => {
    const { exitCode, stdout, stderr } = await slipway(projectFolder(), ["local", "up", "--prot", "1", "--json"]);
    const object = JSON.parse(stdout) as { status: string; error: { code: string; exitCode: number } };
    expect([exitCode, stderr, stdout.trimEnd().split("\n").length, object.status, object.error.code]).toEqual([
      2,
      "",
      1,
      "failed",
      "SLIP-5010",
    ]);
  });

  it("outside a project says where to go", async () => {
    const { exitCode, stderr } = await slipway(mkdtempSync(join(tmpdir(), "slipway-nowhere-")), ["local", "up"]);
    expect([exitCode, stderr.includes("SLIP-5009")]).toEqual([2, true]);
  });

  it("alone shows the models and the next command, and works when nothing runs", async () => {
    const { exitCode, stdout } = await slipway(projectFolder(), []);
    expect([exitCode, stdout]).toEqual([
      0,
      "MODEL  STATE         KIND  LAST ANSWER\niris   not deployed  -     none yet\nNext: npx slipway local up\n",
    ]);
  });

  it("alone, and each command that suggests another, means the state directory that was given", async () => {
    const root = projectFolder();
    const platform = createServer((_, response) =>
      response.end(JSON.stringify({ stateDir: ".other", endpoints: [served], trainingJobs: [] })),
    );
    await new Promise<void>((settle) => platform.listen(0, "127.0.0.1", settle));
    const { port } = platform.address() as AddressInfo;
    const paths = statePaths(join(root, ".other"));
    mkdirSync(dirname(paths.stackState), { recursive: true });
    const outputs = {
      models: { iris: { endpointName: served.name, endpointArn: "arn", kind: "realtime", region: "us-east-1", contentTypes: [] } },
    };
    writeFileSync(paths.stackState, JSON.stringify({ checkpoint: { latest: { resources: [{ type: "pulumi:pulumi:Stack", outputs }] } } }));
    writeFileSync(paths.daemonRecord, JSON.stringify({ pid: process.pid, port }));
    const { stdout } = await slipway(root, ["--state", ".other"]);
    platform.close();
    expect(stdout).toBe(
      "MODEL  STATE      KIND      LAST ANSWER\niris   InService  realtime  none yet\nNext: npx slipway invoke iris @sample --state .other\n",
    );
    expect((await slipway(root, ["local", "status", "--state", ".third"])).stdout).toContain(
      "Start it: npx slipway local up --state .third\n",
    );
    expect((await slipway(root, ["local", "logs", "--state", ".third"])).stdout).toBe("No logs yet: npx slipway local up --state .third\n");
  });

  it("that asks a platform that is not running exits with 3 and names the cure", async () => {
    const { exitCode, stdout } = await slipway(projectFolder(), ["invoke", "iris", "--json"]);
    expect([exitCode, (JSON.parse(stdout) as { error: object }).error]).toMatchObject([
      3,
      { code: "SLIP-5006", cure: "Start it: slipway local up." },
    ]);
    expect((await slipway(projectFolder(), ["local", "status"])).exitCode).toBe(1);
    const elsewhere = await slipway(projectFolder(), ["invoke", "iris", "--state", ".other", "--json"]);
    expect((JSON.parse(elsewhere.stdout) as { error: object }).error).toMatchObject({ cure: "Start it: slipway local up --state .other." });
  });

  it("prints its version and its help on standard output", async () => {
    expect((await slipway(projectFolder(), ["--version"])).stdout).toBe(`${version}\n`);
    expect((await slipway(projectFolder(), ["--help"])).stdout).toContain("local up");
    expect((await slipway(projectFolder(), ["local", "up", "--help", "--json"])).stdout).toContain(`"status":"ok"`);
  });

  it("copies what it prints into the state directory's log, when there is one", async () => {
    const root = projectFolder();
    await slipway(root, ["local", "status"]);
    expect(existsSync(join(root, ".slipway"))).toBe(false);
    mkdirSync(join(root, ".slipway"));
    await slipway(root, ["local", "status"]);
    const log = readFileSync(join(root, ".slipway/logs/slipway.log"), "utf8");
    expect(log).toContain("  $ slipway local status\n");
    expect(log).toContain("  The local platform is not running. Start it: npx slipway local up\n");
  });

  it("explains every code of the catalogue, by its digits too", async () => {
    for (const code of Object.keys(catalogue)) expect((await slipway(tmpdir(), ["explain", code])).stdout).toContain(code);
    expect((await slipway(tmpdir(), ["explain", "2101"])).stdout).toContain("SLIP-2101  Training failed");
    expect((await slipway(tmpdir(), ["explain", "SLIP-210"])).exitCode).toBe(2);
  });

  it("looks the machine over and says what to do about each thing", async () => {
    const { stdout } = await slipway(projectFolder(), ["doctor", "--json"]);
    const { data } = JSON.parse(stdout) as { data: { checks: { what: string; state: string }[] } };
    expect(data.checks.map(({ what }) => what)).toEqual([
      "system",
      "node",
      "pulumi",
      "go",
      "python",
      "docker",
      "port",
      "local",
      "cache",
      "state",
      "disk",
      "project",
    ]);
  });
});

describe("a folder that cannot be written", () => {
  const file = join(mkdtempSync(join(tmpdir(), "slipway-folder-")), "file");
  writeFileSync(file, "");
  // Of /proc, Node's own recursive mkdir asks for ever.
  const places = [file, ...(existsSync("/proc/self") ? ["/proc"] : [])];

  it.each(places)("as the home folder, %s, ends local up with a coded error that names it and the cure", async (home) => {
    const { exitCode, stdout } = await slipway(projectFolder(), ["local", "up", "--json"], {
      env: { HOME: home, PATH: pathWithoutPulumi() },
    });
    expect([exitCode, (JSON.parse(stdout) as { error: object }).error]).toMatchObject([
      3,
      {
        code: "SLIP-5015",
        message: `${join(home, ".cache/slipway/pulumi")} cannot be written`,
        details: [expect.stringMatching(new RegExp(`^E[A-Z]+: .* \\(in ${home}\\)$`))],
        cure: "Make the folder writable for this user, or name another place with HOME or XDG_CACHE_HOME, then run again.",
      },
    ]);
  });

  it.each(places)("as the state folder, below %s, ends local up with a coded error that names it and the cure", async (parent) => {
    const state = join(parent, "state");
    const { exitCode, stdout } = await slipway(projectFolder(), ["local", "up", "--json", "--state", state]);
    expect([exitCode, (JSON.parse(stdout) as { error: object }).error]).toMatchObject([
      3,
      {
        code: "SLIP-5015",
        message: `${state} cannot be written`,
        cure: "Make the folder writable for this user, or name another with --state, then run again.",
      },
    ]);
  });

  it.each(places)("is missing for the doctor, as home and as state: %s", async (place) => {
    const state = join(place, "state");
    const { exitCode, stdout } = await slipway(projectFolder(), ["doctor", "--json", "--state", state], { env: { HOME: place } });
    const { data } = JSON.parse(stdout) as { data: { checks: { what: string; state: string; found: string }[] } };
    expect([exitCode, data.checks.filter(({ what }) => what === "cache" || what === "state")]).toMatchObject([
      3,
      [
        { what: "cache", state: "missing", found: expect.stringContaining(`${join(place, ".cache/slipway")} cannot be written: E`) },
        { what: "state", state: "missing", found: expect.stringContaining(`${state} cannot be written: E`) },
      ],
    ]);
  });

  it("is found without leaving anything in one that can be", async () => {
    const root = projectFolder();
    const before = readdirSync(root);
    await slipway(root, ["doctor"]);
    expect(readdirSync(root)).toEqual(before);
  });
});

/** The search path without a Pulumi CLI on it, so that one has to be installed. */
function pathWithoutPulumi(): string {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.filter((folder) => !existsSync(join(folder, "pulumi"))).join(delimiter);
}

describe("the doctor's page", () => {
  it("marks what is missing and puts the cures below", () => {
    const blocks = report([
      { what: "node", state: "ok", found: "20.20.2", cure: "install Node" },
      { what: "python", state: "missing", found: "not installed", cure: "install Python 3.10 or newer" },
      { what: "docker", state: "note", found: "no engine answers", cure: "nothing: containers run as processes" },
    ]);
    const style = styleFor({ LANG: "C.UTF-8" }, false);
    expect(blocks.flatMap((block) => blockLines(block, style))).toEqual([
      `slipway ${version}`,
      "ok             node    20.20.2",
      "missing        python  not installed",
      "note           docker  no engine answers",
      "",
      "What to do",
      "python  install Python 3.10 or newer",
      "docker  nothing: containers run as processes",
    ]);
  });
});

describe("what another part throws", () => {
  it("is shown by its catalogue code, whether it carries it or starts with it", () => {
    const carried = Object.assign(new Error("no Python"), { code: "SLIP-5002" });
    const lead = new Error("SLIP-5003 pulumi could not be built\ntried go");
    expect(asSlipwayErrors(carried, undefined)[0]).toMatchObject({ code: "SLIP-5002", message: "no Python" });
    expect(asSlipwayErrors(lead, undefined)[0]).toMatchObject({
      code: "SLIP-5003",
      message: "pulumi could not be built",
      details: ["tried go"],
    });
  });

  it("that nobody foresaw is Slipway's own fault, with the log", () => {
    expect(asSlipwayErrors(new TypeError("x is not a function"), "slipway.log")[0]).toMatchObject({
      code: "SLIP-5099",
      message: "TypeError: x is not a function",
      details: ["log  slipway.log"],
    });
  });
});

describe("settings of a local platform", () => {
  const paths = () => statePaths(mkdtempSync(join(tmpdir(), "slipway-settings-")));
  const given = (values: Record<string, string>) => givenSettings(new Arguments([], values));

  it("are those given, else those kept, else the defaults", () => {
    const place = paths();
    keepSettings(resolveSettings(given({ port: "4600", runner: "process" }), place), place);
    expect(resolveSettings(given({ port: "4700" }), place)).toEqual({
      port: 4700,
      account: "000000000000",
      region: "us-east-1",
      runner: "process",
    });
  });

  it("that would move what was made to another account or region are refused", () => {
    const place = paths();
    keepSettings(resolveSettings({}, place), place);
    mkdirSync(join(place.backend, ".pulumi/stacks/slipway"), { recursive: true });
    writeFileSync(place.stackState, "{}");
    expect(() => resolveSettings(given({ region: "eu-central-1" }), place)).toThrow(/was made for region us-east-1/);
  });

  it.each([
    [{ port: "http" }, "--port is not a port number"],
    [{ port: "70000" }, "--port is not a port number"],
    [{ account: "12" }, "--account is not an account number"],
    [{ region: "europe" }, "--region is not a region"],
    [{ runner: "podman" }, "--runner is unknown"],
  ])("%j is refused", (values, sentence) => {
    expect(() => given(values)).toThrow(sentence);
  });
});
