import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** `slipway-image.json` in an image's context: how to run the image as a process. All paths are relative to the context. */
export interface ProcessManifest {
  /** Requirement files; the process runs in a virtual environment that has exactly these installed. */
  readonly requirements: readonly string[];
  /** Which of the versions that the requirements allow is taken, in uv's words; the newest when left out. */
  readonly resolution?: Resolution;
  /** Requirement files whose versions the requirements of a job's or model's own code cannot move. */
  readonly constraints?: readonly string[];
  /** Folders put before everything else on Python's module path. */
  readonly pythonPath: readonly string[];
  /** `{port}` stands for the port to listen on. */
  readonly serve: readonly string[];
  readonly train: readonly string[];
  /** Variables of the image; a value that names a path of the context becomes absolute. */
  readonly environment: Readonly<Record<string, string>>;
  /** Folder that the commands run in; the one that stands for `/opt/ml` when left out. */
  readonly workingDirectory?: string;
}

const resolutions = ["highest", "lowest-direct"] as const;
export type Resolution = (typeof resolutions)[number];

export const manifestFile = "slipway-image.json";

/** Reads a context's manifest; `undefined` when it has none. Throws on one that cannot be understood. */
export async function readManifest(context: string): Promise<ProcessManifest | undefined> {
  let text: string;
  try {
    text = await readFile(join(context, manifestFile), "utf8");
  } catch {
    return undefined;
  }
  return parseManifest(text);
}

export function parseManifest(text: string): ProcessManifest {
  const faults: string[] = [];
  const value = parseObject(text, faults);
  const list = (key: string): string[] => {
    const given = value[key] ?? [];
    if (Array.isArray(given) && given.every((entry) => typeof entry === "string")) {
      return given;
    }
    faults.push(`${key}: got ${JSON.stringify(given)}; expected a list of texts`);
    return [];
  };
  const environment: Record<string, string> = {};
  for (const [key, entry] of Object.entries(isObject(value.environment) ? value.environment : {})) {
    environment[key] = String(entry);
  }
  const resolution = resolutions.find((each) => each === value.resolution);
  if (value.resolution !== undefined && resolution === undefined) {
    faults.push(`resolution: got ${JSON.stringify(value.resolution)}; expected one of ${resolutions.join(", ")}`);
  }
  const { workingDirectory } = value;
  if (workingDirectory !== undefined && (typeof workingDirectory !== "string" || /^\/|(^|\/)\.\.(\/|$)/.test(workingDirectory))) {
    faults.push(`workingDirectory: got ${JSON.stringify(workingDirectory)}; expected a folder of the context, relative to it`);
  }
  const manifest = {
    requirements: list("requirements"),
    ...(resolution === undefined ? {} : { resolution }),
    ...(value.constraints === undefined ? {} : { constraints: list("constraints") }),
    pythonPath: list("pythonPath"),
    serve: list("serve"),
    train: list("train"),
    environment,
    ...(typeof workingDirectory === "string" ? { workingDirectory } : {}),
  };
  if (manifest.serve.length === 0 && manifest.train.length === 0) {
    faults.push("serve, train: neither is given; at least one must say what to run");
  }
  if (faults.length > 0) {
    throw new Error(`${manifestFile} has faults: ${faults.join("; ")}`);
  }
  return manifest;
}

function parseObject(text: string, faults: string[]): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) {
      return value;
    }
    faults.push("expected a JSON object");
  } catch (error) {
    faults.push(`not JSON (${String(error)})`);
  }
  return {};
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
