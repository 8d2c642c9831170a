import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { removeUnfinished, writeFileAtomic } from "./atomic-file";

/** Plain data that survives JSON: times are milliseconds since the epoch. */
export interface StoredResource {
  readonly createdAt: number;
}

/** File systems take names of 255 bytes; a file that is being written has some more than its own. */
const longestName = 200;
const hashedName = /^~[0-9a-f]{64}\.json$/;

/** Until what could not be written is tried again. */
const retryMilliseconds = 1_000;

/**
 * The resources of one kind in one region: all in memory, each in a file of its own. A change is in memory at once and its
 * promise resolves when the file is on disk. When it cannot be written, what was asked for (`put`) has not happened, and what has happened
 * (`record`) is so all the same, and on disk as soon as it can be.
 */
export class ResourceStore<T extends StoredResource> {
  private readonly resources = new Map<string, T>();
  private readonly writes = new Map<string, Promise<void>>();
  /** In memory as they are, on disk as they were. */
  private readonly unwritten = new Set<string>();
  private retry: NodeJS.Timeout | undefined;
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    removeUnfinished(folder);
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
      const content = JSON.parse(readFileSync(join(folder, file), "utf8"));
      const long = hashedName.test(file);
      this.resources.set(long ? content.key : decodeURIComponent(file.slice(0, -".json".length)), (long ? content.resource : content) as T);
    }
  }

  get(key: string): T | undefined {
    return this.resources.get(key);
  }

  has(key: string): boolean {
    return this.resources.has(key);
  }

  /** All resources, in no particular order. */
  list(): T[] {
    return [...this.resources.values()];
  }

  entries(): { readonly key: string; readonly resource: T }[] {
    return [...this.resources].map(([key, resource]) => ({ key, resource }));
  }

  /** For what a caller asks for. Rejects when it cannot be written, and is then as it was before. */
  async put(key: string, resource: T): Promise<void> {
    const before = this.resources.get(key);
    this.resources.set(key, resource);
    try {
      await this.write(key);
    } catch (error) {
      if (this.resources.get(key) === resource) {
        if (before === undefined) {
          this.resources.delete(key);
        } else {
          this.resources.set(key, before);
        }
      }
      throw error;
    }
  }

  /** For what has happened. Resolves when it is on disk, or could not be written and is to be tried again. */
  async record(key: string, resource: T): Promise<void> {
    this.resources.set(key, resource);
    await this.write(key).catch(() => this.writeLater(key));
  }

  delete(key: string): Promise<void> {
    this.resources.delete(key);
    return this.write(key);
  }

  /** Forgets every resource: in memory at once, on disk when the promise resolves. */
  async clear(): Promise<void> {
    await Promise.all([...this.resources.keys()].map((key) => this.delete(key)));
  }

  /** Resolves when everything changed so far is on disk. */
  async flush(): Promise<void> {
    clearTimeout(this.retry);
    await Promise.all([...this.writes.values(), ...[...this.unwritten].map((key) => this.write(key))]);
  }

  private writeLater(key: string): void {
    this.unwritten.add(key);
    clearTimeout(this.retry);
    this.retry = setTimeout(() => {
      for (const each of this.unwritten) {
        this.write(each).catch(() => this.writeLater(each));
      }
    }, retryMilliseconds);
    this.retry.unref();
  }

  /** Writes of one key follow each other; each writes what is in memory by then, so the last state is the one on disk. */
  private write(key: string): Promise<void> {
    const path = join(this.folder, fileName(key));
    const previous = this.writes.get(key) ?? Promise.resolve();
    const next = previous
      .catch(() => undefined)
      .then(async () => {
        const resource = this.resources.get(key);
        const content = hashedName.test(fileName(key)) ? { key, resource } : resource;
        await (resource === undefined ? rm(path, { force: true }) : writeFileAtomic(path, `${JSON.stringify(content, undefined, 1)}\n`));
        this.unwritten.delete(key);
      })
      .finally(() => {
        if (this.writes.get(key) === next) {
          this.writes.delete(key);
        }
      });
    this.writes.set(key, next);
    return next;
  }
}

/** The key itself where it fits; a longer one (the ARN of an app, say) is in the file, and the name its hash. */
function fileName(key: string): string {
  const name = `${encodeURIComponent(key)}.json`;
  return name.length <= longestName ? name : `~${createHash("sha256").update(key).digest("hex")}.json`;
}
