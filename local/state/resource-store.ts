import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "./atomic-file";

/** Plain data that survives JSON: times are milliseconds since the epoch. */
export interface StoredResource {
  readonly createdAt: number;
}

/**
 * The resources of one kind in one region: all in memory, each in a file of its own. A change is in memory at once and its
 * promise resolves when the file is on disk.
 */
export class ResourceStore<T extends StoredResource> {
  private readonly resources = new Map<string, T>();
  private readonly writes = new Map<string, Promise<void>>();
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
      this.resources.set(decodeURIComponent(file.slice(0, -".json".length)), JSON.parse(readFileSync(join(folder, file), "utf8")) as T);
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

  put(key: string, resource: T): Promise<void> {
    this.resources.set(key, resource);
    return this.write(key);
  }

  delete(key: string): Promise<void> {
    this.resources.delete(key);
    return this.write(key);
  }

  /** Resolves when everything changed so far is on disk. */
  async flush(): Promise<void> {
    await Promise.all(this.writes.values());
  }

  /** Writes of one key follow each other; each writes what is in memory by then, so the last state is the one on disk. */
  private write(key: string): Promise<void> {
    const path = join(this.folder, `${encodeURIComponent(key)}.json`);
    const previous = this.writes.get(key) ?? Promise.resolve();
    const next = previous
      .catch(() => undefined)
      .then(async () => {
        const resource = this.resources.get(key);
        await (resource === undefined ? rm(path, { force: true }) : writeFileAtomic(path, `${JSON.stringify(resource, undefined, 1)}\n`));
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
