import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ObjectStorage } from "../storage/object-storage";
import { relativePath } from "../storage/object-storage";
import { parseS3Uri } from "../storage/s3-location";
import { clientError } from "./job-failure";

/** Objects downloaded at the same time. */
const parallelDownloads = 8;

/** A manifest is a list of names, and read as a whole. */
const maxManifestBytes = 64 * 1024 * 1024;

/** One S3 object of a job's input. */
export interface JobObject {
  readonly uri: string;
  /** Where it lies below the folder of its input, and below the output path of a transform job. */
  readonly path: string;
}

/** Where a job's input comes from; the S3 data sources of training, transform and processing jobs have this in common. */
export interface JobDataSource {
  readonly S3Uri?: string | undefined;
  readonly S3DataType?: string | undefined;
}

/** The objects of an `S3Prefix` or a `ManifestFile`, a prefix in the order of its keys. Rejects with AWS's reason when there are none. */
export async function objectsOf(source: JobDataSource, storage: ObjectStorage, region: string, signal: AbortSignal): Promise<JobObject[]> {
  const uri = source.S3Uri ?? "";
  if (source.S3DataType === "ManifestFile") {
    return manifestObjects(uri, await storage.readText(uri, maxManifestBytes, signal));
  }
  if (source.S3DataType !== "S3Prefix") {
    throw clientError(`S3DataType ${source.S3DataType} is not read here; the local endpoint serves S3Prefix and ManifestFile.`);
  }
  const { bucket, key: prefix } = parseS3Uri(uri);
  const objects: JobObject[] = [];
  for await (const { key } of storage.list(uri, signal)) {
    if (!key.endsWith("/")) {
      objects.push({ uri: `s3://${bucket}/${key}`, path: relativePath(key, prefix) });
    }
  }
  if (objects.length === 0) {
    throw clientError(
      `Data download failed: No S3 objects found under S3 URL "${uri}" given in input data source. ` +
        `Please ensure that the bucket exists in the selected region (${region}) and that objects exist under that S3 prefix.`,
    );
  }
  return objects;
}

/** A manifest: a JSON array whose first element has the prefix of the names that follow it. */
export function manifestObjects(uri: string, text: string): JobObject[] {
  const wrong = (what: string) =>
    clientError(
      `Data download failed: the manifest ${uri} ${what}; it must be a JSON array such as [{"prefix": "s3://bucket/folder/"}, "a.csv"].`,
    );
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw wrong(`is not JSON (${String(error)})`);
  }
  const [first, ...names]: unknown[] = Array.isArray(list) ? list : [];
  const prefix = typeof first === "object" && first !== null && "prefix" in first ? first.prefix : undefined;
  if (typeof prefix !== "string" || !/^s3:\/\/[^/]+/.test(prefix)) {
    throw wrong('does not begin with an object that has a "prefix"');
  }
  if (names.length === 0) {
    throw wrong("names no object");
  }
  return names.map((name) => {
    if (typeof name !== "string") {
      throw wrong(`holds ${JSON.stringify(name)}, which is not a name`);
    }
    const path = normalize(name);
    if (isAbsolute(name) || path === ".." || path.startsWith(`..${sep}`)) {
      throw wrong(`holds ${JSON.stringify(name)}, which leads out of its folder`);
    }
    return { uri: `${prefix}${name}`, path };
  });
}

/** The part of one of `count` instances: every object goes to one of them. */
export function shardOf<T>(items: readonly T[], index: number, count: number): T[] {
  return items.filter((_, place) => place % count === index);
}

/** Writes objects into a folder, several at a time. */
export async function downloadObjects(
  objects: readonly JobObject[],
  folder: string,
  storage: ObjectStorage,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const waiting = [...objects];
  const worker = async (): Promise<void> => {
    for (let object = waiting.shift(); object !== undefined; object = waiting.shift()) {
      const target = join(folder, object.path);
      await mkdir(dirname(target), { recursive: true });
      await pipeline(await storage.read(object.uri, signal), createWriteStream(target), { signal });
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallelDownloads, objects.length) }, worker));
}
