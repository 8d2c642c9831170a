import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SlipwayError } from "../../components/errors/slipway-error";
import { accountFile } from "../../local/state/account";
import { usageError } from "../verbs/parse";
import type { Arguments } from "../verbs/verb";
import type { StatePaths } from "./state-dir";

export type RunnerChoice = "auto" | "process" | "docker";

/** How a local platform is set up. Kept in its state directory, so that the next command needs no options. */
export interface LocalSettings {
  readonly port: number;
  readonly account: string;
  readonly region: string;
  readonly runner: RunnerChoice;
}

export const defaultSettings: LocalSettings = { port: 4566, account: "000000000000", region: "us-east-1", runner: "auto" };

/** Settings given on the command line; only those that were given. Throws SLIP-5010 for a malformed one. */
export function givenSettings(args: Arguments): Partial<LocalSettings> {
  const port = args.text("port");
  const account = args.text("account");
  const region = args.text("region");
  const runner = args.text("runner");
  if (port !== undefined && (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)) {
    throw usageError("--port is not a port number", port, undefined, "a whole number from 1 to 65535");
  }
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw usageError("--account is not an account number", account, undefined, "12 digits");
  if (region !== undefined && !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) {
    throw usageError("--region is not a region", region, undefined, "a region such as eu-central-1");
  }
  if (runner !== undefined && !isRunner(runner)) throw usageError("--runner is unknown", runner, undefined, "auto, process or docker");
  return {
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
    ...(runner === undefined ? {} : { runner }),
  };
}

/**
 * The settings to use: given ones, else those kept in the state directory, else the defaults. Throws SLIP-5008 when the account or the region
 * would change under what was already made.
 */
export function resolveSettings(given: Partial<LocalSettings>, paths: StatePaths): LocalSettings {
  const kept = readSettings(paths);
  if (kept !== undefined) {
    // Every ARN has the account in it; the region counts for what a stack has made, as any region answers.
    const stack = existsSync(paths.stackState);
    const fixed = { account: stack || existsSync(join(paths.root, accountFile)), region: stack };
    for (const name of (["account", "region"] as const).filter((each) => fixed[each])) {
      const wanted = given[name];
      if (wanted !== undefined && wanted !== kept[name]) {
        throw new SlipwayError("SLIP-5008", `${paths.root} was made for ${name} ${kept[name]}`, { received: `--${name} ${wanted}` });
      }
    }
  }
  return { ...defaultSettings, ...kept, ...given };
}

export function keepSettings(settings: LocalSettings, paths: StatePaths): void {
  mkdirSync(paths.root, { recursive: true });
  writeFileSync(paths.settings, `${JSON.stringify(settings, null, 2)}\n`);
}

function readSettings(paths: StatePaths): LocalSettings | undefined {
  if (!existsSync(paths.settings)) return undefined;
  try {
    return { ...defaultSettings, ...(JSON.parse(readFileSync(paths.settings, "utf8")) as Partial<LocalSettings>) };
  } catch {
    return undefined; // cut off while it was written: the defaults, and what is given, stand
  }
}

function isRunner(text: string): text is RunnerChoice {
  return text === "auto" || text === "process" || text === "docker";
}
