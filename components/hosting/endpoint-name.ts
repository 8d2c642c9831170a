import * as pulumi from "@pulumi/pulumi";
import { awsAccess, unlessUnseen } from "../aws/access";
import { awsClients } from "../aws/clients";
import type { PlatformValues } from "../platform/platform-exports";
import { recordedChild } from "../recorded-state";
import { describeEndpoint } from "./endpoint-gate";

/** Status of an endpoint by name; undefined when there is no such endpoint. */
export type EndpointStatus = (name: string) => Promise<string | undefined>;

/**
 * Between name and number. Neither platforms nor models have two hyphens in a row in their names, so a numbered endpoint never has the name of another
 * model's (`iris--2` is the second endpoint of `iris`, `iris-2` the first of `iris-2`).
 */
const separator = "--";

/** What covers the numbered names in a policy. */
export const numberedNames = `${separator}*`;

/**
 * Name of the endpoint to have: the one it has. Only DeleteEndpoint works on an endpoint that is Failed, which is what a first deployment that failed
 * leaves, so the next one is made under the next free number; the failed one then goes as any resource that was replaced. Numbers only grow:
 * the state may still hold the deletion of an endpoint of a lower one.
 *
 * @param plain name without a number
 * @param recorded name in the stack's state; undefined when nothing is recorded
 */
export async function chooseEndpointName(plain: string, recorded: string | undefined, statusOf: EndpointStatus): Promise<string> {
  const number = recorded === undefined ? undefined : numberOf(plain, recorded);
  if (recorded === undefined || number === undefined) {
    return plain;
  }
  if ((await statusOf(recorded)) !== "Failed") {
    return recorded;
  }
  for (let next = number + 1; ; next++) {
    const name = `${plain}${separator}${next}`;
    if ((await statusOf(name)) === undefined) {
      return name;
    }
  }
}

/** 1 for the plain name itself; undefined for a name that was made from another one, as after the platform was renamed. */
function numberOf(plain: string, name: string): number | undefined {
  if (name === plain) {
    return 1;
  }
  const number = name.startsWith(`${plain}${separator}`) ? name.slice(plain.length + separator.length) : "";
  return /^[1-9]\d*$/.test(number) ? Number(number) : undefined;
}

/** Name of the endpoint a component is about to declare as its child. A preview without credentials keeps the recorded name. */
export function endpointNameOf(parent: pulumi.Resource, name: string, model: string, platform: PlatformValues): pulumi.Output<string> {
  const plain = pulumi.interpolate`${platform.name}-${model}`;
  const recorded = recordedChild(name, "aws:sagemaker/endpoint:Endpoint", parent);
  return pulumi.all([plain, recorded, awsAccess(platform)]).apply(async ([wanted, known, access]) => {
    const before = typeof known?.outputs?.name === "string" ? known.outputs.name : undefined;
    const status: EndpointStatus = async (asked) => (await describeEndpoint(asked, await awsClients(access)))?.EndpointStatus;
    return (await unlessUnseen(() => chooseEndpointName(wanted, before, status))) ?? before ?? wanted;
  });
}
