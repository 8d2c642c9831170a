import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, extname, join, relative, resolve } from "node:path";
import { SlipwayError } from "../../components/errors/slipway-error";
import { packageRoot } from "../../tools/package-root";
import { dockerAnswers, imageWithinReach } from "../containers/docker-command";
import type { LocalImage } from "../images/image-store";
import { manifestFile, readManifest } from "../images/process-manifest";

export interface Sample {
  readonly name: string;
  readonly contentType: string;
  readonly body: Buffer;
}

/** A container to check, and what it may be fed. */
export interface Target {
  readonly name: string;
  readonly runner: "process" | "docker";
  readonly image: LocalImage;
  readonly samples: readonly Sample[];
  /** False when it is known to have nothing for `train`. */
  readonly trains: boolean;
  /** Folder of each training channel. */
  readonly channels: Readonly<Record<string, string>>;
  /** A model.tar.gz, or a folder with what is in one. */
  readonly model?: string;
}

export interface TargetOptions {
  readonly sample?: string;
  readonly data?: string;
  readonly model?: string;
}

const mediaTypes: Readonly<Record<string, string>> = {
  ".json": "application/json",
  ".jsonl": "application/jsonlines",
  ".csv": "text/csv",
  ".txt": "text/plain",
  ".npy": "application/x-npy",
  ".parquet": "application/x-parquet",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
};

/** A folder with a model.py, an inference.py or a slipway-image.json, else the name of a Docker image. Throws SLIP-5023 when it is neither. */
export async function findTarget(given: string, cwd: string, options: TargetOptions = {}): Promise<Target> {
  const path = resolve(cwd, given);
  const folder = existsSync(path) && statSync(path).isDirectory() ? path : undefined;
  const fed = {
    samples: samplesOf(folder, options.sample === undefined ? undefined : existing(options.sample, cwd, "--sample")),
    channels: channelsOf(options.data === undefined ? defaultData(folder) : existing(options.data, cwd, "--data")),
    ...(options.model === undefined ? {} : { model: existing(options.model, cwd, "--model") }),
  };
  if (folder === undefined) return { ...fed, name: given, runner: "docker", image: await dockerImage(given), trains: true };
  const name = basename(folder);
  const described = await readManifest(folder).catch((error: unknown) => {
    throw new SlipwayError("SLIP-5023", error instanceof Error ? error.message : String(error), { received: given });
  });
  if (described !== undefined) {
    const image = { ...imageOf(name, folder), manifest: described };
    return { ...fed, name, runner: "process", image, trains: described.train.length > 0 };
  }
  const program = ["model.py", "inference.py"].map((file) => join(folder, file)).find((file) => existsSync(file));
  if (program === undefined) {
    throw new SlipwayError("SLIP-5023", `${given} has neither a model.py nor an inference.py nor a ${manifestFile}`, { received: given });
  }
  const trains = /^\s+def fit\(/m.test(readFileSync(program, "utf8"));
  return { ...fed, name, runner: "process", image: kitImage(name, folder), trains };
}

/** The container kit on a model's folder, as `local up` would run it, without a copy of either. */
function kitImage(name: string, folder: string): LocalImage {
  const root = packageRoot();
  const code = relative(root, folder);
  const requirements = [
    "container/requirements.txt",
    ...(existsSync(join(folder, "requirements.txt")) ? [join(code, "requirements.txt")] : []),
  ];
  const command = (verb: string): string[] => ["python", "-m", "slipway_kit", verb];
  const manifest = {
    requirements,
    pythonPath: ["container/src"],
    serve: command("serve"),
    train: command("train"),
    environment: { SLIPWAY_CODE_DIR: code === "" ? "." : code },
  };
  return { ...imageOf(name, root), manifest };
}

async function dockerImage(given: string): Promise<LocalImage> {
  if (!(await dockerAnswers())) {
    throw new SlipwayError("SLIP-5023", `there is no folder ${given}, and no Docker engine answers that could have an image of that name`, {
      received: given,
      cure: "Give the folder of a model, or start Docker to check an image.",
    });
  }
  if (!(await imageWithinReach(given))) {
    throw new SlipwayError("SLIP-5023", `there is neither a folder nor an image ${given}`, { received: given });
  }
  return { ...imageOf(given, "."), dockerImageId: given };
}

function imageOf(name: string, context: string): LocalImage {
  return { uri: name, repository: name, digest: "", context };
}

function existing(path: string, cwd: string, option: string): string {
  const found = resolve(cwd, path);
  if (!existsSync(found))
    throw new SlipwayError("SLIP-5010", `${option}: there is no ${path}`, { received: path, cure: "Give a path that exists." });
  return found;
}

/** The file given, else every `sample*` file of the folder; its extension tells the media type. */
function samplesOf(folder: string | undefined, given: string | undefined): Sample[] {
  const names = folder === undefined ? [] : readdirSync(folder).filter((name) => name.startsWith("sample"));
  const paths = given === undefined ? names.sort().map((name) => join(folder ?? "", name)) : [given];
  return paths
    .filter((path) => statSync(path).isFile())
    .map((path) => ({
      name: basename(path),
      contentType: mediaTypes[extname(path).toLowerCase()] ?? "application/octet-stream",
      body: readFileSync(path),
    }));
}

function defaultData(folder: string | undefined): string | undefined {
  const data = folder === undefined ? undefined : join(folder, "data");
  return data !== undefined && existsSync(data) && statSync(data).isDirectory() ? data : undefined;
}

/** One channel for each folder in the data folder; the data folder itself as `train` when it holds files. */
function channelsOf(data: string | undefined): Record<string, string> {
  if (data === undefined) return {};
  const entries = readdirSync(data, { withFileTypes: true }).filter(({ name }) => !name.startsWith("."));
  if (entries.length === 0 || entries.some((entry) => !entry.isDirectory())) return { train: data };
  return Object.fromEntries(entries.map(({ name }) => [name, join(data, name)]));
}
