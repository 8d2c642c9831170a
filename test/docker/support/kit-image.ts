import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureBaseImage } from "../../../tools/docker/ensure";
import { packageRoot } from "../../../tools/package-root";

const kit = join(packageRoot(), "container");
const dockerfile = join(kit, "Dockerfile");

/** What the kit's image is built on here: its Dockerfile's own base, or one that was made because that cannot be pulled. */
export async function baseImage(): Promise<string> {
  const named = /^ARG BASE_IMAGE=(\S+)/m.exec(readFileSync(dockerfile, "utf8"))?.[1];
  const base = (await ensureBaseImage()) ?? named;
  if (base === undefined) throw new Error(`${dockerfile} has no line ARG BASE_IMAGE=`);
  return base;
}

/** Puts the kit and a model that is this one file into `context`. */
export function stageKit(context: string, model: string): void {
  cpSync(join(kit, "src"), join(context, "kit", "src"), { recursive: true, filter: (path) => !/__pycache__|egg-info/.test(path) });
  for (const name of ["pyproject.toml", "requirements.txt"]) cpSync(join(kit, name), join(context, "kit", name));
  cpSync(dockerfile, join(context, "Dockerfile"));
  mkdirSync(join(context, "code"));
  writeFileSync(join(context, "code", "model.py"), model);
}

/** Builds what is in `context`, with build arguments as ModelImage gives them. */
export function build(tag: string, context: string, buildArguments: Readonly<Record<string, string>>): void {
  const given = Object.entries(buildArguments).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
  docker(["build", "--quiet", "--network", "host", ...given, "--tag", tag, context]);
}

export function docker(args: readonly string[]): string {
  return execFileSync("docker", [...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 64 * 1024 * 1024 }).trim();
}
