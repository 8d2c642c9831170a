import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ResourceStore, type StoredResource } from "../../state/resource-store";

/** An accepted request that is not finished. `createdAt` is when it was accepted. */
export interface AsyncInvocation extends StoredResource {
  /** Its key here; ids of requests need not be unique. Sorts by time. */
  readonly key: string;
  readonly inferenceId: string;
  readonly endpoint: string;
  /** Tells the endpoint from a later one of the same name. */
  readonly endpointCreatedAt: number;
  readonly contentType?: string;
  readonly accept?: string;
  readonly customAttributes?: string;
  /** Left out: the body came with the request, and is in a file. */
  readonly inputLocation?: string;
  readonly outputLocation?: string;
  readonly failureLocation?: string;
  /** Of the answer and of the failure. */
  readonly kmsKeyId?: string;
  readonly successTopic?: string;
  readonly errorTopic?: string;
  readonly includeResponseIn: readonly string[];
  /** It must have left the queue by then. */
  readonly expiresAt: number;
  readonly timeoutMilliseconds: number;
}

/** The requests of one region that are not finished, each in a file of its own, an inline body in another beside it. */
export class AsyncStore {
  private readonly records: ResourceStore<AsyncInvocation>;

  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
    this.records = new ResourceStore(folder);
    // A body is written before its record and removed after it: what has no record was never accepted, or is done.
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".body"))) {
      if (!this.records.has(file.slice(0, -".body".length))) {
        rmSync(join(folder, file), { force: true });
      }
    }
  }

  /** In the order in which they were accepted. */
  list(): AsyncInvocation[] {
    return this.records.list().sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Resolves when the request is on disk: from then on it is not lost. */
  async add(invocation: AsyncInvocation, body: Buffer | undefined): Promise<void> {
    if (body !== undefined) {
      await writeFile(this.bodyPath(invocation.key), body, { flush: true, mode: 0o600 });
    }
    await this.records.put(invocation.key, invocation);
  }

  body(key: string): Promise<Buffer> {
    return readFile(this.bodyPath(key));
  }

  async remove(key: string): Promise<void> {
    await this.records.delete(key);
    await rm(this.bodyPath(key), { force: true });
  }

  flush(): Promise<void> {
    return this.records.flush();
  }

  private bodyPath(key: string): string {
    return join(this.folder, `${key}.body`);
  }
}
