import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { findOnPath, isExecutable, runCommand } from "../command";

/** A Pulumi CLI on PATH: usable, or with the reason why it is not. */
export type FoundCli = { readonly bin: string; readonly version: string } | { readonly reason: string };

/** Looks at the first `pulumi` on PATH; it is usable when its version fits and its Node.js language host is beside it or on PATH. */
export async function findCliOnPath(minimum: string, env: NodeJS.ProcessEnv): Promise<FoundCli> {
  const [cli] = findOnPath("pulumi", env);
  if (cli === undefined) return { reason: "no pulumi on PATH" };
  let printed: string;
  try {
    printed = (await runCommand(cli, ["version"], { env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" }, timeout: 20_000 })).trim();
  } catch (error) {
    return { reason: `${cli} does not run (${error instanceof Error ? error.message.split("\n")[0] : String(error)})` };
  }
  const version = printed.replace(/^v/, "");
  if (!fits(version, minimum)) return { reason: `${cli} is version ${version}; ${minimum} or newer of the same major version is needed` };
  const host = "pulumi-language-nodejs";
  const beside = [dirname(cli), dirname(realpathSync(cli))].map((folder) => join(folder, host));
  if (!beside.some(isExecutable) && findOnPath(host, env).length === 0) return { reason: `${cli} has no ${host} beside it or on PATH` };
  return { bin: dirname(cli), version };
}

/** Whether a version is the minimum or newer, within the same major version. Pre-releases count as older than their release. */
export function fits(version: string, minimum: string): boolean {
  const [found, wanted] = [parse(version), parse(minimum)];
  if (found === undefined || wanted === undefined || found.major !== wanted.major) return false;
  if (found.minor !== wanted.minor) return found.minor > wanted.minor;
  if (found.patch !== wanted.patch) return found.patch > wanted.patch;
  return !found.prerelease;
}

function parse(version: string) {
  const match = /^(\d+)\.(\d+)\.(\d+)(-)?/.exec(version);
  if (match === null) return undefined;
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]), prerelease: match[4] !== undefined };
}
