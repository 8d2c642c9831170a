import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { SlipwayError } from "../../components/errors/slipway-error";
import { makePrivateFolder } from "../../local/state/private-folder";
import { cacheCure, cacheDir } from "../../tools/cache";
import { makeFolder } from "../../tools/folder";
import type { DaemonRecord } from "../daemon/record";
import { localEnvironment } from "../project/local-environment";
import type { Project } from "../project/project";
import type { StatePaths } from "../project/state-dir";
import type { EngineCall } from "./engine";
import { runEngine } from "./engine";

/** Name of the stack on this machine. */
export const localStackName = "local";

/** Packages whose resources the daemon's provider makes. */
const localPackages = ["aws", "awsx", "docker"];

/** Environment of the engine and of the program it runs. The program itself reads none of it. */
export function engineEnvironment(env: NodeJS.ProcessEnv, paths: StatePaths, daemon: DaemonRecord): NodeJS.ProcessEnv {
  const home = join(cacheDir(env), "pulumi-home");
  makeFolder(home, cacheCure);
  return {
    ...localEnvironment(env),
    AWS_ENDPOINT_URL: `http://localhost:${daemon.port}`,
    AWS_REGION: daemon.region,
    AWS_DEFAULT_REGION: daemon.region,
    // Without the files of attributes beside it: the engine does not write them at one blow, and with half of one reads no state any more.
    PULUMI_BACKEND_URL: `${pathToFileURL(paths.backend).href}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE: passphrase(paths),
    PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
    PULUMI_ACCESS_TOKEN: undefined,
    PULUMI_STACK: undefined,
    PULUMI_HOME: home,
    PULUMI_DEBUG_PROVIDERS: localPackages.map((name) => `${name}:${daemon.providerPort}`).join(","),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    // Makes `--event-log` available.
    PULUMI_DEBUG_COMMANDS: "true",
  };
}

/**
 * Makes sure that the stack exists, at the cost of two file reads when it does. The engine writes a salt into the stack's configuration file: it gets a
 * copy of the project's own, so that the repository stays as it is.
 */
export async function ensureLocalStack(
  project: Project,
  paths: StatePaths,
  call: Omit<EngineCall, "args" | "cwd" | "paths">,
): Promise<void> {
  mkdirSync(paths.backend, { recursive: true });
  mkdirSync(paths.stackFolder, { recursive: true });
  // Left by engines that still wrote them, one of which may have been killed meanwhile. They only hold the type of the state's content.
  for (const file of [paths.stackState, `${paths.stackState}.bak`]) rmSync(`${file}.attrs`, { force: true });
  writeFileSync(join(paths.stackFolder, "Pulumi.yaml"), readFileSync(join(project.root, "Pulumi.yaml")));
  const exists = existsSync(paths.stackState);
  writeFileSync(paths.stackConfig, stackConfig(project, exists ? saltOf(paths) : undefined));
  if (exists) return;
  const { exitCode, output, log } = await runEngine({
    ...call,
    paths,
    cwd: paths.stackFolder,
    args: ["stack", "init", localStackName, "--non-interactive"],
  });
  if (exitCode !== 0) {
    throw new SlipwayError("SLIP-5012", "The local stack could not be made", {
      details: output.trim().split("\n").slice(-10),
      more: [log],
    });
  }
}

/** Outputs of the local stack, read from its state file; undefined before the first update. Secret outputs are left out. */
export function localOutputs(paths: StatePaths): Record<string, unknown> | undefined {
  return recordedResources(paths).find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;
}

/** The parent of each resource of the local stack, both by URN, as its state file has them. */
export function recordedParents(paths: StatePaths): Map<string, string> {
  return new Map(recordedResources(paths).map(({ urn, parent }) => [urn, parent ?? ""]));
}

interface RecordedResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly parent?: string;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly outputs?: Record<string, unknown>;
}

/** Everything in the local stack's state; nothing before the first update. */
export function recordedResources(paths: StatePaths): readonly RecordedResource[] {
  try {
    const state = JSON.parse(readFileSync(paths.stackState, "utf8")) as { checkpoint?: { latest?: { resources?: RecordedResource[] } } };
    return state.checkpoint?.latest?.resources ?? [];
  } catch {
    return [];
  }
}

/** With the salt of the stack's state, unless the project's file has secrets: these are read with the salt beside them. */
export function stackConfig(project: Pick<Project, "root">, salt: string | undefined): string {
  const own = join(project.root, `Pulumi.${localStackName}.yaml`);
  const text = existsSync(own) ? readFileSync(own, "utf8") : "";
  if (/^\s+(- )?secure: /m.test(text) && /^encryptionsalt: /m.test(text)) {
    return text;
  }
  const lines = text.split("\n").filter((line) => !line.startsWith("encryptionsalt:"));
  return `${lines.join("\n").trimEnd()}\n${salt === undefined ? "" : `encryptionsalt: ${salt}\n`}`;
}

function saltOf(paths: StatePaths): string | undefined {
  return /"salt":\s*"([^"]+)"/.exec(readFileSync(paths.stackState, "utf8"))?.[1];
}

function passphrase(paths: StatePaths): string {
  if (!existsSync(paths.passphrase)) {
    makePrivateFolder(paths.root);
    writeFileSync(paths.passphrase, randomBytes(24).toString("base64url"), { mode: 0o600 });
  }
  return readFileSync(paths.passphrase, "utf8").trim();
}
