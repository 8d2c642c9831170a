import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildPath, packageFolder } from "../component";
import { type FolderFile, filesOf, hashFiles, hashValue } from "../storage/content-hash";
import { placeFolder } from "../storage/placed-folder";

/** How a process runner starts an image without Docker; paths are relative to the context. */
export interface ProcessManifest {
  readonly requirements: readonly string[];
  readonly pythonPath: readonly string[];
  readonly serve: readonly string[];
  readonly train: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Folder the commands run in; that of the container's data when left out. */
  readonly workingDirectory?: string;
}

/** Where a context keeps its `ProcessManifest`. */
export const manifestFile = "slipway-image.json";

/** A build context on disk and the hash of its content. */
export interface StagedContext {
  readonly folder: string;
  readonly hash: string;
}

/** Files at the top of the code folder that are about the model, not of it: its declaration, its sample requests, its prose, its test. */
const aside = /^(service\.ts|test_model\.py|sample\.(json|csv|txt|bin|npy|wav)|readme(\.(md|txt|rst))?)$/i;

/** Whether the image contains a path, relative to the code folder: all but what is aside, and the training data. */
function isShipped(path: string, leftOut: readonly string[]): boolean {
  return !(aside.test(path) || leftOut.some((folder) => path === folder || path.startsWith(`${folder}/`)));
}

/** The files of a model's code folder that go into its image. */
export function codeFiles(codeFolder: string, leftOut: readonly string[]): FolderFile[] {
  return filesOf(codeFolder, (path) => !isShipped(path, leftOut));
}

/** What the image is made from: the container kit, and the model's code. Both are read from disk when the program runs. */
function contextFiles(
  codeFolder: string,
  leftOut: readonly string[],
): { readonly files: FolderFile[]; readonly manifest: ProcessManifest } {
  const kit = join(packageFolder(), "container");
  const kitFiles = [
    ...filesOf(join(kit, "src"), (path) => path.endsWith(".egg-info")).map((file) => ({ ...file, path: `kit/src/${file.path}` })),
    ...["pyproject.toml", "requirements.txt"].map((name) => ({ path: `kit/${name}`, absolute: join(kit, name) })),
    { path: "Dockerfile", absolute: join(kit, "Dockerfile") },
  ];
  const code = codeFiles(codeFolder, leftOut).map((file) => ({ ...file, path: `code/${file.path}` }));
  const files = [...kitFiles.filter((file) => existsSync(file.absolute)), ...code];
  return { files, manifest: processManifest(code.some((file) => file.path === "code/requirements.txt")) };
}

function processManifest(hasRequirements: boolean): ProcessManifest {
  return {
    requirements: ["kit/requirements.txt", ...(hasRequirements ? ["code/requirements.txt"] : [])],
    pythonPath: ["kit/src"],
    serve: ["python", "-m", "slipway_kit", "serve"],
    train: ["python", "-m", "slipway_kit", "train"],
    environment: { SLIPWAY_CODE_DIR: "code" },
  };
}

/** Copies what an image is made from into a folder that is not there yet. */
export function writeContext(folder: string, codeFolder: string, leftOut: readonly string[]): void {
  const { files, manifest } = contextFiles(codeFolder, leftOut);
  copyContext(folder, files, { [manifestFile]: jsonOf(manifest) });
}

/** Copies what an image with the kit is made from to `.slipway/build/<name>`. */
export function stageContext(name: string, codeFolder: string, leftOut: readonly string[]): StagedContext {
  const { files, manifest } = contextFiles(codeFolder, leftOut);
  const hash = hashValue({ files: hashFiles(files), manifest });
  return { folder: stageFiles(name, files, { [manifestFile]: jsonOf(manifest) }, hash), hash };
}

/**
 * Copies files, and texts by their paths, to `.slipway/build/<name>`, and returns that folder. The copy is replaced as a whole, and left alone when its
 * content is already right by its hash, so that a build that runs meanwhile never sees half of it.
 */
export function stageFiles(name: string, files: readonly FolderFile[], texts: Readonly<Record<string, string>>, hash: string): string {
  const folder = buildPath(name);
  placeFolder(folder, hash, (fresh) => copyContext(fresh, files, texts));
  return folder;
}

function copyContext(folder: string, files: readonly FolderFile[], texts: Readonly<Record<string, string>>): void {
  for (const file of files) {
    const target = join(folder, file.path);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(file.absolute, target, { dereference: true });
  }
  for (const [path, text] of Object.entries(texts)) {
    writeFileSync(join(folder, path), text);
  }
}

export function jsonOf(manifest: ProcessManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
