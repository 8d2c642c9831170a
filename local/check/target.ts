import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { SlipwayError } from "../../components/errors/slipway-error";
import { packageRoot } from "../../tools/package-root";
import { defaultBaseImage } from "../containers/default-base-image";
import { dockerAnswers, imageWithinReach } from "../containers/docker-command";
import type { RunnerChoice } from "../daemon-options";
import type { LocalImage } from "../images/image-store";
import { manifestFile, readManifest } from "../images/process-manifest";
import { channelsOf, defaultData, existing, type Sample, samplesOf } from "./feed";

/** A container to check, and what it may be fed. */
export interface Target {
  readonly name: string;
  readonly runner: "process" | "docker";
  readonly image: LocalImage;
  readonly samples: readonly Sample[];
  /** Why it has nothing for `train`, when that is known. */
  readonly cannotTrain?: string;
  /** Folder of each training channel. */
  readonly channels: Readonly<Record<string, string>>;
  /** A model.tar.gz, or a folder with what is in one. */
  readonly model?: string;
  /** The model's code, when it is the container kit that runs it. */
  readonly kitCode?: string;
  /** Why a Docker engine that answers is not used. */
  readonly note?: string;
}

export interface TargetOptions {
  /** @default "auto" */
  readonly runner?: RunnerChoice;
  /** Base image of the kit, when it is not the Dockerfile's own. */
  readonly baseImage?: string;
  readonly sample?: string;
  readonly data?: string;
  readonly model?: string;
}

/**
 * A folder with a model.py, an inference.py, a slipway-image.json or a Dockerfile, else the name of a Docker image. Throws SLIP-5023 when it
 * is none of them or cannot be run with the runner asked for, SLIP-5021 when Docker is insisted on and does not answer.
 */
export async function findTarget(given: string, cwd: string, options: TargetOptions = {}): Promise<Target> {
  const path = resolve(cwd, given);
  const folder = existsSync(path) && statSync(path).isDirectory() ? path : undefined;
  const wanted = options.runner ?? "auto";
  const fed = {
    samples: samplesOf(folder, options.sample === undefined ? undefined : existing(options.sample, cwd, "--sample")),
    channels: channelsOf(options.data === undefined ? defaultData(folder) : existing(options.data, cwd, "--data")),
    ...modelOf(options.model === undefined ? defaultModel(folder) : existing(options.model, cwd, "--model")),
  };
  if (folder === undefined) return { ...fed, name: given, runner: "docker", image: await dockerImage(given, wanted) };
  const found = await describeFolder(given, folder);
  const { runner, note } = await chooseRunner(given, found, wanted, options.baseImage);
  return {
    ...fed,
    name: basename(folder),
    runner,
    image: found.image,
    ...(found.code === undefined ? {} : { kitCode: found.code }),
    ...(found.cannotTrain === undefined ? {} : { cannotTrain: found.cannotTrain }),
    ...(note === undefined ? {} : { note }),
  };
}

function modelOf(model: string | undefined): { readonly model?: string } {
  return model === undefined ? {} : { model };
}

/** A model that was trained elsewhere lies beside its code. */
function defaultModel(folder: string | undefined): string | undefined {
  const artifact = folder === undefined ? undefined : join(folder, "artifact");
  return artifact !== undefined && existsSync(artifact) ? artifact : undefined;
}

interface Folder {
  readonly image: LocalImage;
  /** The code that the container kit runs, when it does. */
  readonly code?: string;
  readonly cannotTrain?: string;
}

async function describeFolder(given: string, folder: string): Promise<Folder> {
  const name = basename(folder);
  const manifest = await readManifest(folder).catch((error: unknown) => {
    throw new SlipwayError("SLIP-5023", error instanceof Error ? error.message : String(error), { received: given });
  });
  if (manifest !== undefined) {
    const image = { ...imageOf(name, folder), manifest };
    return manifest.train.length > 0 ? { image } : { image, cannotTrain: `its ${manifestFile} has no command for train` };
  }
  const program = ["model.py", "inference.py"].find((file) => existsSync(join(folder, file)));
  if (program !== undefined) {
    const trains = /^\s+(async\s+)?def fit\(/m.test(readFileSync(join(folder, program), "utf8"));
    return { image: kitImage(name, folder), code: folder, ...(trains ? {} : { cannotTrain: `its ${program} has no fit()` }) };
  }
  if (existsSync(join(folder, "Dockerfile"))) return { image: imageOf(name, folder) };
  const message = `${given} has neither a model.py nor an inference.py nor a ${manifestFile} nor a Dockerfile`;
  throw new SlipwayError("SLIP-5023", message, { received: given });
}

/** With `auto`, Docker when an engine answers and can build the folder, else processes; `note` says why an engine that answers is not used. */
async function chooseRunner(
  given: string,
  { image, code }: Folder,
  wanted: RunnerChoice,
  baseImage: string | undefined,
): Promise<Pick<Target, "runner" | "note">> {
  const builds = code !== undefined || existsSync(join(image.context, "Dockerfile"));
  const refuse = (message: string, cure: string): SlipwayError => new SlipwayError("SLIP-5023", message, { received: given, cure });
  if (image.manifest === undefined) {
    const cure = `Give it a ${manifestFile} that says how to start it, or check it with Docker.`;
    if (wanted === "process") throw refuse(`${given} has a Dockerfile but no ${manifestFile}: processes cannot run it`, cure);
    if (!(await dockerAnswers())) throw refuse(`${given} has a Dockerfile but no ${manifestFile}, and no Docker engine answers`, cure);
    return { runner: "docker" };
  }
  if (wanted === "process") return { runner: "process" };
  if (wanted === "docker") {
    if (!builds) throw refuse(`${given} has no Dockerfile: Docker cannot build it`, "Add a Dockerfile, or check it with --runner process.");
    if (!(await dockerAnswers())) throw new SlipwayError("SLIP-5021", "no Docker engine answered `docker version` within a second");
    return { runner: "docker" };
  }
  if (!builds || !(await dockerAnswers())) return { runner: "process" };
  const base = baseImage ?? defaultBaseImage();
  if (code === undefined || (await imageWithinReach(base))) return { runner: "docker" };
  return {
    runner: "process",
    note: `Docker answers, but its engine cannot get the base image ${base}: checked as processes (--runner docker insists on Docker)`,
  };
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

async function dockerImage(given: string, wanted: RunnerChoice): Promise<LocalImage> {
  if (wanted === "process") {
    throw new SlipwayError("SLIP-5023", `there is no folder ${given}, and an image runs in Docker alone`, {
      received: given,
      cure: "Give the folder of a model, or leave out --runner process.",
    });
  }
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
