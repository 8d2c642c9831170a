import * as pulumi from "@pulumi/pulumi";

/** Has the engine refuse `pulumi destroy` before it has deleted anything. */
export interface DestroyGuard {
  /** Filled in once the engine has taken the hook; to be read when a resource is registered. */
  readonly beforeDelete: pulumi.ResourceHook[];
  /** Fulfilled when it is settled whether there is a hook; an input of what bears it must wait for it. */
  readonly settled: Promise<void>;
}

/**
 * Protection alone keeps a resource, not what is deleted before it: `pulumi destroy` without its preview (`--skip-preview`, as the Automation API runs it) takes
 * the endpoints away first. An engine that finds a delete hook in the state refuses to destroy without the program that has the hook, whatever the order is.
 * The name of the hook is all that the engine then shows, so it says what to do. Engines and language hosts that know no hooks go without.
 */
export function destroyGuard(name: string): DestroyGuard {
  if (typeof pulumi.runtime.getMonitor()?.registerResourceHook !== "function") {
    return { beforeDelete: [], settled: Promise.resolve() };
  }
  const words = `${name} is protected: protectData: false and pulumi up come before a destroy, and slipway destroy tells what would be lost`;
  const beforeDelete: pulumi.ResourceHook[] = [];
  const hook = new pulumi.ResourceHook(words, () => undefined);
  // The SDK starts the registration in the hook's constructor and keeps its outcome under this name.
  const { __registered: registered } = hook as unknown as { readonly __registered: Promise<void> };
  const settled = registered.then(
    () => void beforeDelete.push(hook),
    () => undefined,
  );
  return { beforeDelete, settled };
}
