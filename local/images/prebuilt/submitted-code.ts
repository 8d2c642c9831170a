import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, normalize } from "node:path";
import { unpackArchive } from "../../archive/unpack-archive";
import { processArgument } from "../../jobs/container-paths";
import type { ObjectStorage } from "../../storage/object-storage";
import type { LocalImage } from "../image-store";
import { frameworkRepository } from "./framework-image";

const programVariable = "SAGEMAKER_PROGRAM";
const directoryVariable = "SAGEMAKER_SUBMIT_DIRECTORY";
const programParameter = "sagemaker_program";
const directoryParameter = "sagemaker_submit_directory";

/** What is wrong with the code that a job or model names: its author's fault. */
export class SubmittedCodeError extends Error {}

/** Where the code comes from, and where it goes. */
export interface CodePlace {
  readonly image: LocalImage;
  /** The folder that stands for `/opt/ml`. */
  readonly baseDir: string;
  readonly runner: "process" | "docker";
  readonly environment: Readonly<Record<string, string>>;
  readonly storage: ObjectStorage;
  readonly signal: AbortSignal;
}

/** What the container is told of its code; nothing changes for an image that is none of AWS's for scripts. */
export interface SubmittedCode {
  readonly environment: Readonly<Record<string, string>>;
  readonly hyperparameters: Readonly<Record<string, string>>;
  readonly codeRequirements: readonly string[];
}

/**
 * Puts the script of a training job where its container finds it: hyperparameters or variables name it, and AWS's images fetch it from S3 by
 * themselves. Rejects with `SubmittedCodeError`.
 */
export async function submitTrainingCode(place: CodePlace, hyperparameters: Readonly<Record<string, string>>): Promise<SubmittedCode> {
  const framework = frameworkRepository(place.image.repository);
  if (framework === undefined) {
    return { environment: {}, hyperparameters, codeRequirements: [] };
  }
  if ((unquoted(hyperparameters[programParameter]) ?? place.environment[programVariable]) === undefined) {
    throw new SubmittedCodeError(
      `the image ${framework.repository} runs the training script that the hyperparameter ${programParameter} or the variable ` +
        `${programVariable} names; neither is given, and algorithms of the image's own are not served here`,
    );
  }
  const given = unquoted(hyperparameters[directoryParameter]) ?? place.environment[directoryVariable] ?? "/opt/ml/code";
  const { folder, inside } = await fetchCode(given, place);
  return {
    environment: { [directoryVariable]: inside },
    hyperparameters: { ...hyperparameters, [directoryParameter]: JSON.stringify(inside) },
    codeRequirements: requirementsOf(folder),
  };
}

/** The same for a model that serves: from the variables, else from the folder `code` of its model data. */
export async function submitServingCode(place: CodePlace): Promise<SubmittedCode> {
  const framework = frameworkRepository(place.image.repository);
  if (framework === undefined) {
    return { environment: {}, hyperparameters: {}, codeRequirements: [] };
  }
  const { folder, inside } = await fetchCode(place.environment[directoryVariable] ?? "/opt/ml/model/code", place);
  const program = place.environment[programVariable] ?? "inference.py";
  if (!existsSync(join(folder, program))) {
    throw new SubmittedCodeError(
      `the image ${framework.repository} serves the script ${program} (${programVariable}), and there is none in ${inside}; put it into the ` +
        `folder code of the model archive, or name an archive in S3 that has it as ${directoryVariable}`,
    );
  }
  return {
    environment: { [programVariable]: program, [directoryVariable]: inside },
    hyperparameters: {},
    codeRequirements: requirementsOf(folder),
  };
}

/** The folder of the code on this machine, and what it is called inside of the container. */
async function fetchCode(given: string, { baseDir, runner, storage, signal }: CodePlace): Promise<{ folder: string; inside: string }> {
  const location = given.replace(/^file:\/\//, "");
  let path = location;
  if (location.startsWith("s3://")) {
    path = "/opt/ml/code";
    const target = join(baseDir, "code");
    await mkdir(target, { recursive: true });
    await storage
      .read(location, signal)
      .then((archive) => unpackArchive(archive, target))
      .catch((error: unknown) => {
        signal.throwIfAborted();
        throw new SubmittedCodeError(`the code ${location} cannot be fetched as a .tar.gz: ${String(error)}`);
      });
  } else if (!/^\/opt\/ml(\/|$)/.test(normalize(location))) {
    throw new SubmittedCodeError(`the code is said to be in ${location}; expected an s3:// archive, or a folder below /opt/ml`);
  }
  const folder = processArgument(baseDir, normalize(path));
  return { folder, inside: runner === "process" ? folder : path };
}

function requirementsOf(folder: string): string[] {
  const path = join(folder, "requirements.txt");
  return existsSync(path) ? [path] : [];
}

/** Hyperparameters of SageMaker's SDK are JSON: a text has its quotes. `undefined` for one that is missing or empty. */
function unquoted(text = ""): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = text;
  }
  const given = typeof value === "string" ? value : text;
  return given === "" ? undefined : given;
}
