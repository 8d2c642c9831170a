import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { awsAccess } from "../aws/access";
import { awsClients } from "../aws/clients";
import { systemClock } from "../aws/polling";
import { childOf } from "../component";
import { GateError } from "../errors/gate-error";
import type { PlatformValues } from "../platform/platform-exports";
import { explainOnError } from "./endpoint-failure";
import { type EndpointBefore, endpointBefore, proveEndpoint } from "./endpoint-gate";
import { deploymentOf } from "./rollout";
import { ScalingPause } from "./scaling-pause";
import { instanceTypes, type ServingSpec } from "./serving";
import {
  bringsBack,
  bringsBackMessage,
  deleteVersions,
  droppedVersions,
  isRolledBack,
  type Past,
  rolledBackMessage,
  versionsAfter,
} from "./versions";

/** How many versions are kept, and what the stack's state says of those before this deployment. */
export interface Keep {
  readonly retain: number;
  readonly past: pulumi.Output<Omit<Past, "live">>;
}

/** What an endpoint is made of, beside how it is served. */
export interface EndpointParts {
  readonly parent: pulumi.Resource;
  /** Name of the endpoint's component. */
  readonly name: string;
  /** Name of the model. */
  readonly model: string;
  readonly platform: PlatformValues;
  readonly configuration: aws.sagemaker.EndpointConfiguration;
  readonly endpointName: pulumi.Output<string>;
  readonly keep: Keep;
  readonly tags: pulumi.Input<{ [key: string]: pulumi.Input<string> }> | undefined;
}

export interface MadeEndpoint {
  readonly endpoint: aws.sagemaker.Endpoint;
  /** Known once it serves with the wanted configuration, as are the versions that are kept. */
  readonly servingName: pulumi.Output<string>;
  readonly versions: pulumi.Output<string[] | undefined>;
}

export function createEndpoint(parts: EndpointParts, spec: ServingSpec): MadeEndpoint {
  const { parent, name, model, platform, configuration, endpointName, keep } = parts;
  const access = awsAccess(platform);
  const pause = new ScalingPause();
  const failure = explainOnError(name, parent, access, pause);
  const before = lookBefore(endpointName, platform, parent);
  const past = pulumi.all([keep.past, before]).apply(([recorded, { live }]): Past => ({ ...recorded, live }));
  const endpointConfigName = pulumi
    .all([configuration.name, endpointName, access, past, failure.settled])
    .apply(async ([configName, itsName, where, known]) => {
      if (pulumi.runtime.isDryRun()) {
        return configName;
      }
      const clients = await awsClients(where);
      if (isRolledBack(known) && configName === known.served[0]) {
        return known.stated ?? configName;
      }
      if (await bringsBack(configName, known, clients)) {
        throw new GateError(bringsBackMessage(model, itsName, known), parent);
      }
      if (spec.kind !== "serverless") {
        await pause.begin(itsName, instanceTypes(spec), clients);
      }
      return configName;
    });
  const deployment = deploymentOf(spec);
  const endpoint = new aws.sagemaker.Endpoint(
    name,
    { name: endpointName, endpointConfigName, ...deployment.members, tags: parts.tags },
    childOf(parent, {
      // The provider deletes a resource first when its program names it, even under another name; this one makes way for a new name only, and serves till then.
      deleteBeforeReplace: false,
      customTimeouts: { create: "60m", update: deployment.timeout, delete: "30m" },
      transformations: [failure.transformation],
    }),
  );
  const proof = prove(parts, endpoint, before, past, pause);
  return { endpoint, servingName: proof.apply(([proven]) => proven), versions: proof.apply(([, versions]) => versions) };
}

/** The endpoint as it is before this deployment touches it. Previews do not ask. */
function lookBefore(endpointName: pulumi.Output<string>, platform: PlatformValues, parent: pulumi.Resource): pulumi.Output<EndpointBefore> {
  const tell = (line: string) => void pulumi.log.info(line, parent);
  return pulumi
    .all([endpointName, awsAccess(platform)])
    .apply(async ([name, access]) =>
      pulumi.runtime.isDryRun() ? {} : await endpointBefore(name, await awsClients(access), tell, systemClock),
    );
}

/** The endpoint's name, once it serves with the wanted configuration, and the versions that are kept then. */
function prove(
  { model, configuration, platform, keep: { retain } }: EndpointParts,
  endpoint: aws.sagemaker.Endpoint,
  before: pulumi.Output<EndpointBefore>,
  past: pulumi.Output<Past>,
  pause: ScalingPause,
): pulumi.Output<readonly [string, string[] | undefined]> {
  return pulumi
    .all([endpoint.name, endpoint.arn, configuration.name, before, past, awsAccess(platform)])
    .apply(async ([endpointName, , configName, { changed: changedBefore }, known, access]) => {
      const versions = versionsAfter(configName, known);
      const kept = retain === 0 ? undefined : versions.slice(0, retain + 1);
      if (pulumi.runtime.isDryRun()) {
        return [endpointName, kept] as const;
      }
      const tell = (line: string) => void pulumi.log.info(line, endpoint);
      const clients = await awsClients(access);
      if (isRolledBack(known) && configName === known.served[0]) {
        void pulumi.log.warn(rolledBackMessage(model, endpointName, known), endpoint);
        return [endpointName, [...known.served]] as const;
      }
      const failure = await proveEndpoint({ endpointName, configName, changedBefore }, clients, tell, systemClock);
      if (failure !== undefined) {
        const note = await pause.undo(clients);
        throw new GateError(note === undefined ? failure : `${failure}\n${note}`, endpoint);
      }
      const stay = versions.slice(0, retain + 1);
      await deleteVersions(droppedVersions(stay, versions, known, retain), stay, clients, tell);
      return [endpointName, kept] as const;
    });
}
