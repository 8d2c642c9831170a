import { mkdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { ContainerSpec } from "../../../local/containers/container-runner";
import { scratchFolder } from "../support/scratch";
import { processRunner } from "./support/process-runner";

const scratch = scratchFolder();
const patience = { timeout: 60_000, interval: 25 };
const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

/** Runs a JavaScript program in a container; its lines as they come. */
async function start(
  name: string,
  script: string,
  { rest = [], ...more }: Partial<ContainerSpec> & { rest?: string[]; workingDirectory?: string } = {},
) {
  const lines: string[] = [];
  const { run, register } = processRunner(join(scratch, name));
  const container = await run({ program: [process.execPath, "-e", script, ...rest], onLine: (line) => lines.push(line), ...more });
  return { container, lines, register };
}

/** A process that does not run any more; nobody may have asked for its end yet. */
function hasEnded(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}

describe("the environment of a process", () => {
  it("has nothing of the user's shell but what Python and its installer need", async () => {
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: "leak",
      AWS_SECRET_ACCESS_KEY: "leak",
      AWS_SESSION_TOKEN: "leak",
      AWS_PROFILE: "leak",
      GITHUB_TOKEN: "leak",
      PULUMI_CONFIG_PASSPHRASE: "leak",
      PIP_INDEX_URL: "https://user:leak@packages.example/simple",
      PYTHONSTARTUP: "leak",
      NODE_OPTIONS: "--no-warnings",
      LANG: "C.UTF-8",
    });
    const environment = { AWS_REGION: "eu-west-1", OWN: "yes" };
    const { container, lines } = await start("environment", "console.log(JSON.stringify(process.env))", { environment });
    expect(await container.exited).toEqual({ code: 0 });
    const seen = JSON.parse(lines.join("")) as Record<string, string>;
    expect(Object.values(seen).filter((value) => value.includes("leak"))).toEqual([]);
    const allowed = ["HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PATH"];
    const made = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "PYTHONPATH", "PYTHONPYCACHEPREFIX", "PYTHONUNBUFFERED"];
    const contract = ["SAGEMAKER_BASE_DIR", "SAGEMAKER_BIND_TO_PORT", "SLIPWAY_CONTAINER", "SLIPWAY_OWNER", ...Object.keys(environment)];
    expect(Object.keys(seen).filter((name) => ![...allowed, ...made, ...contract].includes(name))).toEqual([]);
    expect(seen).toMatchObject({ LANG: "C.UTF-8", OWN: "yes", AWS_SHARED_CREDENTIALS_FILE: "/dev/null", AWS_CONFIG_FILE: "/dev/null" });
  });
});

describe("a process that stands for a container", () => {
  it("is told its port in its arguments and its environment, and where its /opt/ml is in variables that name it", async () => {
    const script =
      "console.log(JSON.stringify([process.argv.slice(1), process.env.SAGEMAKER_BIND_TO_PORT, process.env.MODEL_DIR, process.env.URL]))";
    const environment = { MODEL_DIR: "/opt/ml/model", URL: "http://host/opt/ml/model" };
    const rest = ["--", "--bind=0.0.0.0:{port}", "{port}"];
    const { container, lines } = await start("port", script, { rest, environment, command: "serve" });
    await container.exited;
    const port = new URL(container.url ?? "").port;
    expect(JSON.parse(lines.join(""))).toEqual([
      [`--bind=0.0.0.0:${port}`, port],
      port,
      join(scratch, "port", "ml", "model"),
      "http://host/opt/ml/model",
    ]);
  });

  it("runs in the folder of its context that its image names, else in that of its data", async () => {
    mkdirSync(join(scratch, "folder", "context", "src"), { recursive: true });
    const named = await start("folder", "console.log(process.cwd())", { workingDirectory: "src" });
    await named.container.exited;
    expect(named.lines).toEqual([realpathSync(join(scratch, "folder", "context", "src"))]);
    const other = await start("folder", "console.log(process.cwd())");
    await other.container.exited;
    expect(other.lines).toEqual([realpathSync(join(scratch, "folder", "ml"))]);
  });

  it("is refused when nothing says how it starts, with what would do", async () => {
    const { run } = processRunner(join(scratch, "unsaid"));
    const image = { uri: "repository@sha256:1", repository: "repository", digest: "sha256:1", context: scratch };
    await expect(run({ program: [], image })).rejects.toThrow(
      /^SLIP-5022 the image repository@sha256:1 cannot run without Docker: nothing says how to start it; add to its declaration, for example, build\.process: /,
    );
    await expect(run({ program: [] })).rejects.toThrow(
      /has no command to train without Docker; its declaration names one as build\.process\.train/,
    );
  });
});

describe("the end of a process", () => {
  const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log(process.pid);";
  const spawning = (detached: boolean) => `
    const { spawn } = require("child_process");
    const child = ${JSON.stringify(stubborn)};
    spawn(process.execPath, ["-e", child], { stdio: "inherit", detached: ${detached} });
  `;

  it("comes to one that ignores SIGTERM, and to its children that do, when the grace is over", async () => {
    const { container, lines, register } = await start("stubborn", `${spawning(false)}${stubborn}`);
    await expect.poll(() => lines.length, patience).toBe(2);
    expect(await container.stop(0.2)).toEqual({ code: 137 });
    await expect.poll(() => lines.map(Number).map(hasEnded), patience).toEqual([true, true]);
    expect(await register.endOrphans()).toBe(0);
  });

  const leaving = `
    const child = require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(stubborn)}]);
    child.stdout.on("data", (line) => process.stdout.write(line, () => process.exit(7)));
  `;

  it("comes to children that outlive their leader, with the leader's exit code", async () => {
    const { container, lines } = await start("outlived", leaving);
    await expect.poll(() => lines.length, patience).toBe(1);
    expect(await container.exited).toEqual({ code: 7 });
    await expect.poll(() => lines.map(Number).map(hasEnded), patience).toEqual([true]);
  });

  it.runIf(process.platform === "linux")("comes to children that have left the process group", async () => {
    const { container, lines } = await start("left", `${spawning(true)}setInterval(() => {}, 1000)`);
    await expect.poll(() => lines.length, patience).toBe(1);
    expect(await container.stop(30)).toEqual({ code: 143 });
    await expect.poll(() => lines.map(Number).map(hasEnded), patience).toEqual([true]);
  });

  it("leaves a container that serves without a place in the register", async () => {
    const { container } = await start("served", "setInterval(() => {}, 1000)", { command: "serve" });
    expect(container.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await container.stop(30);
    expect(readFileSync(join(scratch, "served", "processes.json"), "utf8")).toBe("[]");
  });

  it("of one that does not serve comes without a URL", async () => {
    const { container } = await start("trained", "");
    expect(container.url).toBeUndefined();
    expect(await container.exited).toEqual({ code: 0 });
  });
});
