import * as pulumi from "@pulumi/pulumi";
import { awsAccess, unlessUnseen } from "../aws/access";
import { awsClients } from "../aws/clients";
import { systemClock } from "../aws/polling";
import type { PlatformValues } from "../platform/platform-exports";
import { type RecordedResource, recordedChild, recordedSelf, textOf } from "../recorded-state";
import { removeLeftover } from "./leftover-endpoint";
import type { ServingKind } from "./serving";
import { configurationType, type LiveEndpoint, lookAtEndpoint, recordedKind } from "./serving-kind";

/** The endpoint of a name; undefined when there is none. */
export type LookAtEndpoint = (name: string) => Promise<LiveEndpoint | undefined>;

/**
 * Between name and number. Neither platforms nor models have two hyphens in a row in their names, so a numbered endpoint never has the name of another
 * model's (`iris--2` is the second endpoint of `iris`, `iris-2` the first of `iris-2`).
 */
const separator = "--";

/** What covers the numbered names in a policy. */
export const numberedNames = `${separator}*`;

/** An endpoint's name without its number. */
export function plainEndpointName(name: string): string {
  return name.replace(/--[1-9]\d*$/, "");
}

/**
 * Name of the endpoint to have: the one it has, with three exceptions. Only DeleteEndpoint works on an endpoint that is Failed, which is what a first
 * deployment that failed leaves, no update makes an endpoint one of another kind, and Pulumi's provider has none for other alarms. In all cases the next one is made under the next free number; the
 * one before then goes as any resource that was replaced. Numbers only grow: the state may still hold the deletion of an endpoint of a lower one.
 *
 * @param plain name without a number
 * @param recorded name in the stack's state; undefined when nothing is recorded
 * @param isReplaced whether the provider makes another endpoint for a reason of its own
 * @param made name of the configuration in the stack's state; an endpoint with it that is not in the state was being made when a deployment was cut off
 */
export async function chooseEndpointName(
  plain: string,
  recorded: string | undefined,
  kind: ServingKind,
  look: LookAtEndpoint,
  isReplaced = false,
  made?: string,
): Promise<string> {
  const number = recorded === undefined ? undefined : numberOf(plain, recorded);
  if (recorded === undefined || number === undefined) {
    return plain;
  }
  const live = await look(recorded);
  if (!isReplaced && live?.status !== "Failed" && (live?.kind ?? kind) === kind) {
    return recorded;
  }
  for (let next = number + 1; ; next++) {
    const name = `${plain}${separator}${next}`;
    const found = await look(name);
    if (found === undefined || (made !== undefined && found.configName === made)) {
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

/** Name of the endpoint a component is about to declare as its child. A preview without credentials goes by what is recorded. */
export function endpointNameOf(
  parent: pulumi.ComponentResource,
  name: string,
  model: string,
  kind: ServingKind,
  platform: PlatformValues,
  alarms: pulumi.Input<string>[] = [],
): pulumi.Output<string> {
  const plain = pulumi.interpolate`${platform.name}-${model}`;
  const recorded = recordedChild(name, "aws:sagemaker/endpoint:Endpoint", parent);
  const configuration = recordedChild(`${name}-config`, configurationType, parent);
  return pulumi
    .all([plain, recorded, configuration, recordedSelf(parent), awsAccess(platform), pulumi.all(alarms)])
    .apply(async ([wanted, known, config, component, access, names]) => {
      const isReplaced = !hasAlarms(known, names);
      const before = textOf(known, "name");
      const made = textOf(config, "name");
      const kindBefore = recordedKind(config);
      const live: LookAtEndpoint = async (asked) => {
        const found = await lookAtEndpoint(asked, await awsClients(access));
        return asked === before ? { status: found?.status, kind: found?.kind ?? kindBefore } : found;
      };
      const remembered: LookAtEndpoint = async (asked) => (asked === before ? { status: undefined, kind: kindBefore } : undefined);
      const seen = await unlessUnseen(() => chooseEndpointName(wanted, before, kind, live, isReplaced, made));
      const chosen = seen ?? (await chooseEndpointName(wanted, before, kind, remembered, isReplaced, made));
      // A component that tells an endpoint has had one: whatever became of it in the state, it is not left over from its making.
      const isBeingMade = before === undefined ? textOf(component, "endpointName") === undefined : chosen !== before;
      if (isBeingMade && !pulumi.runtime.isDryRun()) {
        const tell = (line: string) => void pulumi.log.warn(line, parent);
        await removeLeftover(chosen, made, await awsClients(access), tell, systemClock);
      }
      return chosen;
    });
}

/** Whether the recorded endpoint has these alarms for its rollouts: Pulumi's provider makes another endpoint for others, which cannot have the same name. */
function hasAlarms(endpoint: RecordedResource | undefined, names: readonly string[]): boolean {
  const deployment = endpoint?.outputs?.deploymentConfig as
    | { autoRollbackConfiguration?: { alarms?: { alarmName?: string }[] } }
    | undefined;
  const before = (deployment?.autoRollbackConfiguration?.alarms ?? []).map(({ alarmName }) => alarmName);
  return JSON.stringify([...before].sort()) === JSON.stringify([...names].sort());
}
