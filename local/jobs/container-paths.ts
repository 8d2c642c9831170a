import { join, normalize } from "node:path";
import { clientError } from "./job-failure";

const base = "/opt/ml";

/** Where a path below `/opt/ml` of a container lies on this machine. Throws for a path outside of it, which the container keeps to itself. */
export function hostPath(baseDir: string, containerPath: string, member: string): string {
  const path = normalize(containerPath);
  if (path !== base && !path.startsWith(`${base}/`)) {
    throw clientError(`${member} ${containerPath} lies outside of ${base}; the local endpoint reads and writes below ${base} only.`);
  }
  return join(baseDir, path.slice(base.length));
}

/**
 * An argument or variable for a process, which has no `/opt/ml` of its own: `/opt/ml/…`, alone or behind a `=` as in `--data=/opt/ml/…`,
 * becomes the folder that stands for it.
 */
export function processArgument(baseDir: string, argument: string): string {
  const match = /^([^=]*=)?\/opt\/ml(\/.*)?$/s.exec(argument);
  return match === null ? argument : `${match[1] ?? ""}${baseDir}${match[2] ?? ""}`;
}
