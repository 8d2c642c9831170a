import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { SlipwayError } from "../../components/errors/slipway-error";
import { packageRoot } from "../../tools/package-root";
import type { Project } from "../project/project";
import { usageError } from "../verbs/parse";
import type { Choices } from "./choices";
import { registration, withChosenModel, withModel } from "./register-model";
import { serviceSource } from "./service-source";

/** What was written, and what is left to do by hand. */
export interface Written {
  /** Paths relative to the project, `models/<name>/` first. */
  readonly files: readonly string[];
  /** Lines to add to the program; none when they are there. */
  readonly toAdd: readonly string[];
}

/** Names of files that `load` of the pretrained template can read. */
const artifactTypes = [".joblib", ".pkl"];

/**
 * Writes `models/<name>` in one step and puts the model into the project's list. Throws, having written nothing, when the folder is there.
 *
 * @param from a trained model's file, for the framework `pretrained`
 */
export function writeModel(project: Project, name: string, choices: Choices, from: string | undefined): Written {
  const folder = join(project.root, "models", name);
  if (existsSync(folder)) {
    throw new SlipwayError("SLIP-5025", `models/${name} is there already`, { received: name });
  }
  const aside = `${folder}.${process.pid}.new`;
  try {
    mkdirSync(dirname(folder), { recursive: true });
    cpSync(templateFolder(choices.framework), aside, { recursive: true, filter: (path) => !/(__pycache__|\.pyc)$/.test(path) });
    if (from !== undefined) takeArtifact(aside, from);
    const readme = join(aside, "README.md");
    writeFileSync(readme, readFileSync(readme, "utf8").replaceAll("<name>", name));
    writeFileSync(join(aside, "service.ts"), serviceSource(name, choices, libraryOf(project)));
    renameSync(aside, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return { files: [`models/${name}/`, ...register(project, name)], toAdd: isRegistered(project, name) ? [] : registration(name) };
}

export function templateFolder(framework: string): string {
  return join(packageRoot(), "cli", "templates", framework);
}

/** Throws SLIP-5010 when the file cannot be the model of a new folder. */
export function checkArtifact(from: string | undefined, choices: Choices): void {
  if (from === undefined) return;
  if (choices.framework !== "pretrained") {
    throw usageError("--from is for models that are trained already", from, undefined, "add --framework pretrained, or leave --from out");
  }
  if (!existsSync(from)) throw usageError(`there is no file ${from}`, from, undefined, "--from FILE: a file that joblib or pickle wrote");
  if (!artifactTypes.includes(extname(from))) {
    const cure = "leave --from out, put the file into models/<name>/artifact and read it in load() of model.py";
    throw usageError(`--from reads ${artifactTypes.join(" and ")} files, not ${basename(from)}`, from, undefined, cure);
  }
}

/** The user's file in the place of the small one, and the code that reads it. */
function takeArtifact(folder: string, from: string): void {
  rmSync(join(folder, "artifact"), { recursive: true });
  mkdirSync(join(folder, "artifact"));
  cpSync(from, join(folder, "artifact", basename(from)));
  cpSync(templateFolder("pretrained-joblib"), folder, { recursive: true });
  const program = join(folder, "model.py");
  writeFileSync(program, readFileSync(program, "utf8").replaceAll("model.joblib", basename(from)));
  rmSync(join(folder, "test_model.py"));
  rmSync(join(folder, "sample.json"));
}

/** What a service.ts of the project imports: the library beside it in this repository, the package elsewhere. */
function libraryOf(project: Project): string {
  return existsSync(join(project.root, "components", "model-service.ts")) ? "../../components" : "slipway";
}

function register(project: Project, name: string): string[] {
  const changed: string[] = [];
  const change = (path: string, edit: (text: string) => string | undefined) => {
    const file = join(project.root, path);
    if (!existsSync(file)) return;
    const before = readFileSync(file, "utf8");
    const after = edit(before);
    if (after === undefined || after === before) return;
    writeFileSync(`${file}.new`, after);
    renameSync(`${file}.new`, file);
    changed.push(path);
  };
  change("infra/models.ts", (source) => withModel(source, name));
  change("Pulumi.local.yaml", (settings) => withChosenModel(settings, name));
  return changed;
}

function isRegistered(project: Project, name: string): boolean {
  const list = join(project.root, "infra", "models.ts");
  return existsSync(list) && readFileSync(list, "utf8").includes(`"../models/${name}/service"`);
}
