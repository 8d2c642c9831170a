import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { SlipwayError } from "../../components/errors/slipway-error";

/** A folder with a Pulumi program and models. */
export interface Project {
  readonly root: string;
}

/** The project that a folder belongs to: the nearest folder with a Pulumi.yaml, going up. */
export function findProject(cwd: string): Project | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return { root: folder };
    if (dirname(folder) === folder) return undefined;
  }
}

export function requireProject(cwd: string): Project {
  const project = findProject(cwd);
  if (project === undefined) throw new SlipwayError("SLIP-5009", `${cwd} is not in a Slipway project`, { received: cwd });
  return project;
}

/** Names of the models declared in `models/<name>/service.ts`, sorted. */
export function declaredModels(project: Project): string[] {
  const folder = join(project.root, "models");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, "service.ts")))
    .map(({ name }) => name)
    .sort();
}

/** Names of the models that `local up` deploys, sorted: those that `slipway:models` in Pulumi.local.yaml lists, all that are declared when it lists none. */
export function localModels(project: Project): string[] {
  const settings = join(project.root, "Pulumi.local.yaml");
  const list = existsSync(settings)
    ? /^ *slipway:models:\s*\n((?: *(?:- .*|#.*)?\n)*)/m.exec(`${readFileSync(settings, "utf8")}\n`)?.[1]
    : undefined;
  const names = [...(list ?? "").matchAll(/^ *- *["']?([\w-]+)/gm)].map(([, name = ""]) => name);
  return names.length === 0 ? declaredModels(project) : names.sort();
}

/** The project's name, as Pulumi.yaml gives it. */
export function projectName(project: Project): string {
  return /^name:\s*["']?([A-Za-z0-9_.-]+)/m.exec(readFileSync(join(project.root, "Pulumi.yaml"), "utf8"))?.[1] ?? "slipway";
}
