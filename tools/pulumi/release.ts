import { createHash } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { runCommand } from "../command";

/** Where Pulumi's official releases are; another place in tests. */
export interface ReleaseSource {
  /** Folder of the archives. */
  readonly archives: string;
  /** Folder of the folders (one per version) with the published checksums. */
  readonly checksums: string;
}

export const officialReleases: ReleaseSource = {
  archives: "https://get.pulumi.com/releases/sdk",
  checksums: "https://github.com/pulumi/pulumi/releases/download",
};

/** A machine without a network must go on soon; a slow download need not be quick, only alive. Milliseconds. */
const answerTimeout = 3_000;
const stallTimeout = 30_000;

/** Downloads the official release of a version, checks it against its published SHA-256, and unpacks its programs into `bin`. */
export async function downloadRelease(o: {
  version: string;
  bin: string;
  source: ReleaseSource;
  onProgress(message: string): void;
  signal?: AbortSignal;
}): Promise<void> {
  const archive = archiveName(o.version);
  const wanted = await publishedChecksum(o.source, o.version, archive);
  const folder = `${o.bin}.download`;
  await mkdir(folder, { recursive: true });
  try {
    const file = join(folder, archive);
    const actual = await download(`${o.source.archives}/${archive}`, file, o.onProgress, o.signal);
    if (actual !== wanted) throw new Error(`${archive} has SHA-256 ${actual}, but ${wanted} is published; it was not used`);
    await runCommand("tar", ["-xzf", file, "-C", folder]);
    await rm(file);
    await rename(join(folder, "pulumi"), o.bin);
    if (!existsSync(join(o.bin, "pulumi")))
      throw new Error(`${archive} holds no pulumi program, only ${(await readdir(o.bin)).join(", ")}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function archiveName(version: string): string {
  const os = { linux: "linux", darwin: "darwin" }[process.platform as string];
  const arch = { x64: "x64", arm64: "arm64" }[process.arch as string];
  if (os === undefined || arch === undefined)
    throw new Error(`there is no release this can install for ${process.platform} on ${process.arch}`);
  return `pulumi-v${version}-${os}-${arch}.tar.gz`;
}

async function publishedChecksum(source: ReleaseSource, version: string, archive: string): Promise<string> {
  const url = `${source.checksums}/v${version}/pulumi-${version}-checksums.txt`;
  const response = await get(url);
  const lines = (await response.text()).split("\n").map((line) => line.trim().split(/\s+\*?/));
  const checksum = lines.find(([, name]) => name === archive)?.[0];
  if (checksum === undefined || !/^[0-9a-f]{64}$/.test(checksum)) throw new Error(`${url} names no SHA-256 for ${archive}`);
  return checksum;
}

/** Streams a file to disk and returns its SHA-256. */
async function download(url: string, file: string, onProgress: (message: string) => void, signal?: AbortSignal): Promise<string> {
  const response = await get(url);
  if (response.body === null) throw new Error(`${url} answered without a body`);
  const total = Number(response.headers.get("content-length") ?? Number.NaN);
  const hash = createHash("sha256");
  const stall = new AbortController();
  const watchdog = setTimeout(() => stall.abort(), stallTimeout);
  let done = 0;
  let told = 0;
  const watched = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      watchdog.refresh();
      hash.update(chunk);
      done += chunk.length;
      if (done - told >= 25_000_000) {
        told = done;
        onProgress(`  ${megabytes(done)}${Number.isNaN(total) ? "" : ` of ${megabytes(total)}`} MB`);
      }
      yield chunk;
    }
  };
  try {
    await pipeline(Readable.fromWeb(response.body), watched, createWriteStream(file), {
      signal: AbortSignal.any(signal === undefined ? [stall.signal] : [stall.signal, signal]),
    });
  } catch (error) {
    throw stall.signal.aborted ? new Error(`${url} sent nothing for ${stallTimeout / 1000} s`) : error;
  } finally {
    clearTimeout(watchdog);
  }
  return hash.digest("hex");
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6);

async function get(url: string): Promise<Response> {
  const abort = new AbortController();
  const answer = fetch(url, { signal: abort.signal, redirect: "follow" }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new Error(`${url} cannot be reached (${cause})`);
  });
  const response = await within(answerTimeout, answer, () => {
    abort.abort();
    return `${url} did not answer within ${answerTimeout / 1000} s`;
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response;
}

/** The promise's value, or an error made by `late` when it takes longer. */
async function within<T>(milliseconds: number, promise: Promise<T>, late: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(late())), milliseconds);
  });
  promise.catch(() => undefined); // when the expiry wins, nobody else listens to the loser
  try {
    return await Promise.race([promise, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
