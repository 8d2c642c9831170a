import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { projectPath } from "../component";
import { type FolderFile, hashFiles, hashValue } from "../storage/content-hash";
import { dockerIgnore, type Ignored } from "./docker-ignore";
import { dockerfileOf, type ImageBuildArgs, type ImageProcessArgs } from "./image-build";
import { jsonOf, manifestFile, type ProcessManifest, type StagedContext, stageFiles } from "./image-context";

/** Left out unless a `.dockerignore` takes it back with `!`: what changes the image's content and not what it does. */
const leftOutAlways = [
  ...["**/.git", "**/.slipway", "**/__pycache__", "**/*.pyc", "**/.venv", "**/venv", "**/node_modules"],
  // The declaration and its sample requests.
  ...["service.ts", "sample.json", "sample.csv", "sample.txt", "sample.bin", "sample.npy", "sample.wav"],
];

/** A staged context, and the path of its Dockerfile in it. */
export interface StagedDockerfile extends StagedContext {
  readonly dockerfile: string;
}

/**
 * Copies what a user's Dockerfile builds from to `.slipway/build/<name>`, with what tells a process runner how to start it. That is kept from Docker and out of
 * the hash: AWS never sees it, and a change of it builds nothing there.
 */
export function stageDockerfile(name: string, args: ImageBuildArgs, leftOut: readonly string[]): StagedDockerfile {
  const folder = projectPath(args.context);
  const source = projectPath(dockerfileOf(args));
  const inside = relative(folder, source).split(sep).join("/");
  const dockerfile = inside.startsWith("..") ? "slipway.Dockerfile" : inside;
  const ignored = dockerIgnore(ignoreFile(source, folder), [...leftOutAlways, ...leftOut]);
  const { requirements } = args.process ?? {};
  const listed = filesIn(folder, ignored).filter(({ path }) => path !== ".dockerignore" && path !== dockerfile && path !== requirements);
  const always = [
    { path: dockerfile, absolute: source },
    ...(requirements === undefined ? [] : [{ path: requirements, absolute: join(folder, requirements) }]),
  ];
  const files = [...listed, ...always].sort((a, b) => (a.path < b.path ? -1 : 1));
  const executable = files.filter(({ absolute }) => (statSync(absolute).mode & 0o100) !== 0).map(({ path }) => path);
  const hash = hashValue({ files: hashFiles(files), executable, dockerfile });
  const manifest = args.process === undefined ? undefined : jsonOf(manifestOf(args.process, listed));
  const texts: Record<string, string> =
    manifest === undefined ? {} : { [manifestFile]: manifest, ".dockerignore": `${manifestFile}\n.dockerignore\n` };
  return { folder: stageFiles(name, files, texts, hashValue({ hash, texts })), hash, dockerfile };
}

/** Docker reads the rules beside the Dockerfile first, then those of the context. */
function ignoreFile(dockerfile: string, context: string): string {
  const found = [`${dockerfile}.dockerignore`, join(context, ".dockerignore")].find((path) => existsSync(path));
  return found === undefined ? "" : readFileSync(found, "utf8");
}

/** Files below a folder, hidden ones too. Links are followed to files only, as what they name may lie outside of the context. */
function filesIn(folder: string, ignored: Ignored, below = ""): FolderFile[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      return ignored(path) && !ignored.takesBack ? [] : filesIn(folder, ignored, path);
    }
    const absolute = join(folder, path);
    return !ignored(path) && statSync(absolute, { throwIfNoEntry: false })?.isFile() === true ? [{ path, absolute }] : [];
  });
}

function manifestOf(given: ImageProcessArgs, files: readonly FolderFile[]): ProcessManifest {
  const usual = files.some(({ path }) => path === "requirements.txt") ? ["requirements.txt"] : [];
  return {
    requirements: given.requirements === undefined ? usual : [given.requirements],
    pythonPath: [],
    serve: given.serve,
    train: given.train ?? [],
    environment: given.environment ?? {},
    workingDirectory: given.workingDirectory ?? ".",
  };
}
