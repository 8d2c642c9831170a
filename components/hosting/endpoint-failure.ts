import * as pulumi from "@pulumi/pulumi";
import { type AwsAccess, awsClients } from "../aws/clients";
import { systemClock } from "../aws/polling";
import { explainEndpoint } from "./endpoint-gate";
import type { ScalingPause } from "./scaling-pause";

/** What an endpoint needs so that its failure is explained. */
export interface Explanation {
  /** Binds the hook to the resource. */
  readonly transformation: pulumi.ResourceTransformation;
  /** Fulfilled when it is settled whether there is a hook; an input of the resource must wait for it. */
  readonly settled: Promise<void>;
}

/**
 * Shows AWS's reason and the container's log beside the provider's own error when creating or updating an endpoint fails, and ends the pause of its scaling.
 * No other try is asked for.
 * Not every engine, and not every language host between it and this program, knows error hooks, and which do shows only when one is registered: without
 * them the provider's error stands alone. So the list of hooks is filled in late, and is handed over by a transformation, since options are copied.
 */
export function explainOnError(name: string, parent: pulumi.Resource, access: pulumi.Output<AwsAccess>, pause: ScalingPause): Explanation {
  const onError: pulumi.ErrorHook[] = [];
  const transformation: pulumi.ResourceTransformation = ({ props, opts }) => ({
    props,
    opts: { ...opts, hooks: { ...opts.hooks, onError } },
  });
  if (typeof pulumi.runtime.getMonitor()?.registerErrorHook !== "function") {
    return { transformation, settled: Promise.resolve() };
  }
  const hook = new pulumi.ErrorHook(`slipway-explain-${name}`, async ({ newInputs, failedOperation }) => {
    const endpointName: unknown = newInputs?.name;
    if (failedOperation !== "delete" && typeof endpointName === "string") {
      await pulumi.log.error(await explanation(endpointName, await known(access), pause), parent);
    }
    return false;
  });
  // The SDK starts the registration in the hook's constructor and keeps its outcome under this name.
  const { __registered: registered } = hook as unknown as { readonly __registered: Promise<void> };
  const settled = registered.then(
    () => void onError.push(hook),
    () => undefined,
  );
  return { transformation, settled };
}

async function explanation(endpointName: string, access: AwsAccess, pause: ScalingPause): Promise<string> {
  try {
    const clients = await awsClients(access);
    const reason = await explainEndpoint(endpointName, clients, () => undefined, systemClock);
    const note = await pause.undo(clients);
    return [reason, ...(note === undefined ? [] : [note])].join("\n");
  } catch (error) {
    return `SLIP-4101 endpoint ${endpointName} failed; its reason could not be read from AWS: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The endpoint could not have failed before these values were known. */
function known(access: pulumi.Output<AwsAccess>): Promise<AwsAccess> {
  return new Promise((resolve) => access.apply((values) => resolve(values as AwsAccess)));
}
