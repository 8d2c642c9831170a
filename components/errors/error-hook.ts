import { AsyncResource } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";

/** Binds an error hook to a resource. */
export interface BoundErrorHook {
  readonly transformation: pulumi.ResourceTransformation;
  /** Fulfilled when it is settled whether there is a hook; an input of the resource must wait for it. */
  readonly settled: Promise<void>;
}

/**
 * Has a resource's failure explained beside the provider's own error; no other try is asked for. Not every engine, and not every language host between it and
 * this program, knows error hooks, and which do shows only when one is registered: without them the provider's error stands alone. So the list of hooks is
 * filled in late, and is handed over by a transformation, since options are copied.
 *
 * @param name unique in the program
 * @param explain the whole message, or undefined when there is nothing to add
 */
export function errorHook(
  name: string,
  parent: pulumi.Resource,
  explain: (failed: pulumi.ErrorHookArgs) => Promise<string | undefined>,
): BoundErrorHook {
  const onError: pulumi.ErrorHook[] = [];
  const transformation: pulumi.ResourceTransformation = ({ props, opts }) => ({
    props,
    opts: { ...opts, hooks: { ...opts.hooks, onError } },
  });
  if (typeof pulumi.runtime.getMonitor()?.registerErrorHook !== "function") {
    return { transformation, settled: Promise.resolve() };
  }
  const tell = async (failed: pulumi.ErrorHookArgs): Promise<false> => {
    const message = await explain(failed);
    if (message !== undefined) {
      await pulumi.log.error(message, parent);
    }
    return false;
  };
  // In a component that is made for a program in another language the engine is known to what that component's making has called, and a hook is called from
  // outside of it: without its context the message would go nowhere.
  const hook = new pulumi.ErrorHook(name, AsyncResource.bind(tell));
  // The SDK starts the registration in the hook's constructor and keeps its outcome under this name.
  const { __registered: registered } = hook as unknown as { readonly __registered: Promise<void> };
  const settled = registered.then(
    () => void onError.push(hook),
    () => undefined,
  );
  return { transformation, settled };
}
