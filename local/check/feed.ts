import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import { SlipwayError } from "../../components/errors/slipway-error";

/** A request that a model should answer. */
export interface Sample {
  readonly name: string;
  readonly contentType: string;
  readonly body: Buffer;
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
  ".wav": "audio/wav",
};

export function existing(path: string, cwd: string, option: string): string {
  const found = resolve(cwd, path);
  if (!existsSync(found))
    throw new SlipwayError("SLIP-5010", `${option}: there is no ${path}`, { received: path, cure: "Give a path that exists." });
  return found;
}

/** The file given, else every `sample*` file of the folder; its extension tells the media type. */
export function samplesOf(folder: string | undefined, given: string | undefined): Sample[] {
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

export function defaultData(folder: string | undefined): string | undefined {
  const data = folder === undefined ? undefined : join(folder, "data");
  return data !== undefined && existsSync(data) && statSync(data).isDirectory() ? data : undefined;
}

/** One channel for each folder in the data folder; the data folder itself as `train` when it holds files. */
export function channelsOf(data: string | undefined): Record<string, string> {
  if (data === undefined) return {};
  const entries = readdirSync(data, { withFileTypes: true }).filter(({ name }) => !name.startsWith("."));
  if (entries.length === 0 || entries.some((entry) => !entry.isDirectory())) return { train: data };
  return Object.fromEntries(entries.map(({ name }) => [name, join(data, name)]));
}
