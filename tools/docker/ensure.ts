import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { aptInstall, isDebianRoot } from "../apt";
import { cacheDir } from "../cache";
import { findOnPath, runCommand, tryCommand } from "../command";
import { packageRoot } from "../package-root";

/** A Docker engine that answers, or the reason why there is none. */
export type DockerEngine = { readonly version: string } | { readonly reason: string };

/** A Docker engine, and how to stop it again when this process has started it. */
export interface EnsuredDocker {
  readonly engine: DockerEngine;
  stop(): void;
}

export interface EnsureDockerOptions {
  /** Told what happens when it takes long; each message is a line. */
  onProgress?(message: string): void;
  /** @default this process's environment */
  env?: NodeJS.ProcessEnv;
}

const debianImage = "slipway/python-base:bookworm";
const nothing = () => undefined;

/** Asks the Docker engine, if there is one, for its version. Never starts or installs anything. */
export async function findDocker(env: NodeJS.ProcessEnv = process.env): Promise<DockerEngine> {
  if (findOnPath("docker", env).length === 0) return { reason: "there is no docker on PATH" };
  try {
    const version = (await runCommand("docker", ["version", "--format", "{{.Server.Version}}"], { env, timeout: 15_000 })).trim();
    return { version };
  } catch (error) {
    return { reason: error instanceof Error ? (error.message.trim().split("\n").at(-1) ?? "").trim() : String(error) };
  }
}

/** For the tests alone: when no engine answers and this is root on Debian or Ubuntu, installs and starts one. */
export async function ensureDocker(o: EnsureDockerOptions = {}): Promise<EnsuredDocker> {
  const env = o.env ?? process.env;
  const engine = await findDocker(env);
  if ("version" in engine) return { engine, stop: nothing };
  if (!isDebianRoot(env))
    return { engine: { reason: `${engine.reason}, and only root on Debian or Ubuntu can have one installed here` }, stop: nothing };
  try {
    if (findOnPath("dockerd", env).length === 0) await aptInstall(["docker.io"], o);
    return await startEngine(o);
  } catch (error) {
    return { engine: { reason: error instanceof Error ? error.message : String(error) }, stop: nothing };
  }
}

/**
 * The Python base image that the container kit's Dockerfile can be built on here: undefined when its own default can be pulled, else one
 * made from Debian's packages. Give it as the build argument BASE_IMAGE.
 */
export async function ensureBaseImage(o: EnsureDockerOptions = {}): Promise<string | undefined> {
  const env = o.env ?? process.env;
  if (env.SLIPWAY_BASE_IMAGE !== undefined) return env.SLIPWAY_BASE_IMAGE;
  if ((await tryCommand("docker", ["image", "inspect", debianImage], { env })).exitCode === 0) return debianImage;
  const dockerfile = await readFile(join(packageRoot(), "container", "Dockerfile"), "utf8");
  const wanted = /^ARG BASE_IMAGE=(\S+)/m.exec(dockerfile)?.[1];
  if (wanted === undefined) throw new Error("container/Dockerfile has no line `ARG BASE_IMAGE=…`");
  const pull = await tryCommand("docker", ["pull", "--quiet", wanted], { env, timeout: 300_000 });
  if (pull.exitCode === 0) return undefined;
  if (!isDebianRoot(env))
    throw new Error(`docker pull ${wanted} failed (${pull.output.trim()}); making a base image instead needs root on Debian or Ubuntu`);
  if (findOnPath("debootstrap", env).length === 0) await aptInstall(["debootstrap"], o);
  o.onProgress?.(`Making the base image ${debianImage}, because ${wanted} cannot be pulled (about a minute)`);
  await runCommand(join(packageRoot(), "tools", "docker", "base-image.sh"), [], { env, timeout: 900_000 });
  return debianImage;
}

/** Starts dockerd in the background and waits until it answers. */
async function startEngine(o: EnsureDockerOptions): Promise<EnsuredDocker> {
  const env = o.env ?? process.env;
  const [dockerd] = findOnPath("dockerd", env);
  if (dockerd === undefined) throw new Error("docker.io is installed, but there is no dockerd on PATH");
  o.onProgress?.("Starting the Docker engine");
  const folder = cacheDir(env);
  await mkdir(folder, { recursive: true });
  const log = join(folder, "dockerd.log");
  const output = openSync(log, "w");
  const daemon = spawn(dockerd, [], { detached: true, stdio: ["ignore", output, output], env });
  closeSync(output);
  daemon.unref();
  let failure: string | undefined;
  daemon.on("error", (error) => {
    failure = error.message;
  });
  const stop = () => void daemon.kill("SIGTERM");
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(500)) {
    if (failure !== undefined || daemon.exitCode !== null) break;
    const engine = await findDocker(env);
    if ("version" in engine) return { engine, stop };
  }
  stop();
  const tail = readFileSync(log, "utf8").trimEnd().split("\n").slice(-3).join("\n  ");
  throw new Error(`dockerd did not start (${failure ?? "it gave no answer"}):\n  ${tail}`);
}
