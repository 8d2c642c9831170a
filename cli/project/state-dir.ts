import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { findProject } from "./project";

/** Where the local platform keeps what it made. */
export interface StatePaths {
  readonly root: string;
  readonly daemonRecord: string;
  readonly settings: string;
  readonly logs: string;
  readonly engineRecord: string;
  readonly engineEvents: string;
  /** Root of Pulumi's file backend. */
  readonly backend: string;
  /** Pulumi's own record of the stack. */
  readonly stackState: string;
  readonly stackLocks: string;
  /** A folder with copies of the project files, where the engine may write what must not change in the repository. */
  readonly stackFolder: string;
  readonly stackConfig: string;
  readonly passphrase: string;
}

/** The state directory a command means: `--state`, else `.slipway` of the project, else one that `local up --no-stack` has made here; or none. */
export function findStateDir(option: string | undefined, cwd: string): string | undefined {
  if (option !== undefined) return resolve(cwd, option);
  const project = findProject(cwd);
  if (project !== undefined) return join(project.root, ".slipway");
  const own = join(resolve(cwd), ".slipway");
  return existsSync(join(own, "settings.json")) ? own : undefined;
}

export function statePaths(root: string, projectName = "slipway", stack = "local"): StatePaths {
  const backend = join(root, "pulumi");
  const stackFolder = join(root, "stack");
  return {
    root,
    daemonRecord: join(root, "daemon.json"),
    settings: join(root, "settings.json"),
    logs: join(root, "logs"),
    engineRecord: join(root, "engine.json"),
    engineEvents: join(root, "logs", "engine-events.jsonl"),
    backend,
    stackState: join(backend, ".pulumi", "stacks", projectName, `${stack}.json`),
    stackLocks: join(backend, ".pulumi", "locks", "organization", projectName, stack),
    stackFolder,
    stackConfig: join(stackFolder, `Pulumi.${stack}.yaml`),
    passphrase: join(root, "pulumi-passphrase"),
  };
}
