import { createReadStream } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { filesOf } from "../images/context-digest";
import { type ObjectStorage, relativePath } from "../storage/object-storage";
import { parseS3Uri } from "../storage/s3-location";
import { downloadObjects, type JobObject } from "./job-data";
import { storageFailure } from "./job-failure";

/** Pause between two looks at the folder while the container runs. */
const pauseMilliseconds = 1_000;

/** Keeps a folder of a host and its S3 prefix together: from S3 at the start, to S3 while the container runs and at the end. */
export class FolderSync {
  private readonly prefix: string;
  /** Size and time of change of the files that S3 has. */
  private readonly stored = new Map<string, string>();
  private readonly ending = new AbortController();
  private looking: Promise<void> = Promise.resolve();

  constructor(
    /** For messages: `Checkpoints`. */
    private readonly what: string,
    uri: string,
    private readonly folder: string,
    private readonly storage: ObjectStorage,
    private readonly log: (line: string) => void,
    private readonly kmsKeyId?: string,
  ) {
    this.prefix = `${uri.replace(/\/+$/, "")}/`;
  }

  /** Brings back what an earlier attempt or job left; nothing is not an error. */
  async restore(signal: AbortSignal): Promise<void> {
    const { bucket, key: prefix } = parseS3Uri(this.prefix);
    const objects: JobObject[] = [];
    try {
      for await (const { key } of this.storage.list(this.prefix, signal)) {
        if (!key.endsWith("/")) {
          objects.push({ uri: `s3://${bucket}/${key}`, path: relativePath(key, prefix) });
        }
      }
      await mkdir(this.folder, { recursive: true });
      await downloadObjects(objects, this.folder, this.storage, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw storageFailure(`${this.what} cannot be read from ${this.prefix}`, error);
    }
    for (const { path } of objects) {
      this.stored.set(path, (await this.state(path)) ?? "");
    }
  }

  /** Uploads what changes, until `finish`. */
  start(): void {
    this.looking = this.look();
  }

  /** Uploads what has changed since the last look. Rejects when S3 does not take it. */
  async finish(): Promise<void> {
    this.ending.abort();
    await this.looking;
    await this.upload().catch((error: unknown) => {
      throw storageFailure(`${this.what} cannot be written to ${this.prefix}`, error);
    });
  }

  private async look(): Promise<void> {
    while (!this.ending.signal.aborted) {
      await sleep(pauseMilliseconds, undefined, { signal: this.ending.signal }).catch(() => undefined);
      await this.upload().catch((error: unknown) => this.log(`${this.what} were not stored, which will be tried again: ${String(error)}`));
    }
  }

  private async upload(): Promise<void> {
    for (const path of await filesOf(this.folder).catch(() => [])) {
      const state = await this.state(path);
      if (state !== undefined && state !== this.stored.get(path)) {
        await this.storage.write(`${this.prefix}${path}`, createReadStream(join(this.folder, path)), { kmsKeyId: this.kmsKeyId });
        this.stored.set(path, state);
      }
    }
  }

  private async state(path: string): Promise<string | undefined> {
    const stats = await stat(join(this.folder, path)).catch(() => undefined);
    return stats?.isFile() === true ? `${stats.size} ${stats.mtimeMs}` : undefined;
  }
}
