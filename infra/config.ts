import * as pulumi from "@pulumi/pulumi";
import type { PlatformArgs } from "../components";
import { type Checks, checkArguments, list, text } from "../components/arguments";
import { Problems } from "../components/errors/problems";
import { platformChecks } from "../components/platform/platform";

/** A stack's settings, `slipway:<setting>` in `Pulumi.<stack>.yaml`: those of its platform, and which models it has. */
export interface Config extends PlatformArgs {
  /** Names of the models to bring up; all of the project when left out. */
  readonly models?: string[];
}

const settings: Checks<Config> = { ...platformChecks, models: list(text(), { min: 1 }) };

/** Settings written as plain text; all others are YAML lists and maps, or true and false. */
const texts: readonly string[] = ["name", "environment", "encryption", "kmsKeyArn", "permissionsBoundaryArn", "profile", "roleArn"];

/** Reads and checks all settings of the stack; every fault is in the one error it throws. */
export function readConfig(): Config {
  const problems = new Problems();
  const given: Record<string, unknown> = { name: `${pulumi.getProject()}-${pulumi.getStack()}` };
  const config = new pulumi.Config();
  const prefix = `${pulumi.getProject()}:`;
  for (const key of Object.keys(pulumi.runtime.allConfig()).filter((name) => name.startsWith(prefix))) {
    const setting = key.slice(prefix.length);
    given[setting] = texts.includes(setting) ? config.get(setting) : parse(config.get(setting), key, problems);
  }
  checkArguments(settings, given, "", problems);
  problems.throwIfAny("Stack configuration", `Pulumi.${pulumi.getStack()}.yaml`);
  return given as unknown as Config;
}

function parse(value: string | undefined, key: string, problems: Problems): unknown {
  try {
    return value === undefined ? undefined : JSON.parse(value);
  } catch {
    problems.add(key, `got ${JSON.stringify(value)}; write it as YAML under config, not as quoted text`);
    return undefined;
  }
}
