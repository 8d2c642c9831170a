import type * as pulumi from "@pulumi/pulumi";
import { type AwsAccess, awsClients } from "../aws/clients";
import { systemClock } from "../aws/polling";
import { type BoundErrorHook, errorHook } from "../errors/error-hook";
import { explainEndpoint } from "./endpoint-gate";
import type { ScalingPause } from "./scaling-pause";

/** Shows AWS's reason and the container's log beside the provider's own error when creating or updating an endpoint fails, and ends the pause of its scaling. */
export function explainOnError(
  name: string,
  parent: pulumi.Resource,
  access: pulumi.Output<AwsAccess>,
  pause: ScalingPause,
): BoundErrorHook {
  return errorHook(`slipway-explain-${name}`, parent, async ({ newInputs, failedOperation }) => {
    const endpointName: unknown = newInputs?.name;
    const isExplained = failedOperation !== "delete" && typeof endpointName === "string";
    return isExplained ? await explanation(endpointName, await known(access), pause) : undefined;
  });
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
