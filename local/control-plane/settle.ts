import type { ResourceStore, StoredResource } from "../state/resource-store";
import type { Region } from "./region";

interface Changing extends StoredResource {
  readonly status: string;
  readonly modifiedAt: number;
}

/** Nothing is provisioned here: what AWS takes minutes for is done as soon as the answer is out, and never before it. */
export function settle<T extends Changing>(store: ResourceStore<T>, key: string, status: T["status"]): void {
  setImmediate(() => {
    const resource = store.get(key);
    if (resource !== undefined && resource.status !== status) {
      void store.record(key, { ...resource, status, modifiedAt: Date.now() });
    }
  });
}

/** After a start: what a killed daemon had not brought to its end. */
export function settleAll(region: Region): void {
  settleStore(region.domains, "InService");
  settleStore(region.userProfiles, "InService");
  settleStore(region.spaces, "InService");
  settleStore(region.apps, "InService", "Deleted");
}

function settleStore<T extends Changing>(store: ResourceStore<T>, status: T["status"], afterDeleting: T["status"] = status): void {
  for (const { key, resource } of store.entries()) {
    if (["Pending", "Updating", "Deleting"].includes(resource.status)) {
      settle(store, key, resource.status === "Deleting" ? afterDeleting : status);
    }
  }
}
