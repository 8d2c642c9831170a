import { join } from "node:path";
import type { Region } from "../../control-plane/region";
import type { Regions } from "../../control-plane/regions";
import type { EndpointHost } from "../../hosting/endpoint-host";
import { type AsyncBacklog, AsyncQueue } from "./async-queue";
import { type AsyncInvocation, AsyncStore } from "./async-store";
import type { AsyncServices } from "./run-invocation";

const nothing: AsyncBacklog = { approximateBacklogSize: 0, hasBacklogWithoutCapacity: false, approximateAgeOfOldestRequest: 0 };

/** The queues of all asynchronous endpoints. What an earlier daemon accepted and did not finish is in them from the start. */
export class AsyncQueues {
  private readonly stores = new Map<string, AsyncStore>();
  private readonly queues = new Map<string, AsyncQueue>();

  constructor(
    private readonly folder: string,
    regions: Regions,
    private readonly endpoints: EndpointHost,
    private readonly services: AsyncServices,
  ) {
    for (const region of regions.all()) {
      for (const invocation of this.store(region).list()) {
        this.queue(region, invocation.endpoint).push(invocation);
      }
    }
  }

  /** Resolves when the request is on disk; it is then run at least once, whatever becomes of this process. */
  async accept(region: Region, invocation: AsyncInvocation, body: Buffer | undefined): Promise<void> {
    await this.store(region).add(invocation, body);
    this.queue(region, invocation.endpoint).push(invocation);
  }

  backlog(region: Region, endpoint: string): AsyncBacklog {
    return this.queues.get(region.arn("endpoint", endpoint))?.backlog() ?? nothing;
  }

  async close(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => queue.close()));
    await Promise.all([...this.stores.values()].map((store) => store.flush()));
  }

  private store(region: Region): AsyncStore {
    let store = this.stores.get(region.name);
    if (store === undefined) {
      store = new AsyncStore(join(this.folder, region.name));
      this.stores.set(region.name, store);
    }
    return store;
  }

  private queue(region: Region, endpoint: string): AsyncQueue {
    const key = region.arn("endpoint", endpoint);
    let queue = this.queues.get(key);
    if (queue === undefined) {
      queue = new AsyncQueue(this.endpoints, this.services, region, endpoint, this.store(region));
      this.queues.set(key, queue);
    }
    return queue;
  }
}
