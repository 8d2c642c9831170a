import type * as pulumi from "@pulumi/pulumi";
import type { PlatformValues } from "../platform/platform-exports";
import { captureDestination } from "./data-capture";
import { guardNames } from "./endpoint-alarms";
import { type ServingArgs, servingSpec } from "./serving";

/** What an endpoint's role must be allowed beside what its main variant needs. */
export interface ServingAccess {
  readonly images: pulumi.Input<string>[];
  /** URIs of objects, and prefixes. */
  readonly modelData: pulumi.Input<string>[];
  /** What their environments say, by variant and name: secrets and parameters among it may be read. */
  readonly environment: { readonly [name: string]: pulumi.Input<string> };
  /** S3 prefix of captured data; undefined when none is captured. */
  readonly captures: pulumi.Output<string> | undefined;
  /** Names of the alarms that end a rollout. */
  readonly alarmNames: pulumi.Input<string>[];
}

export function servingAccess(args: ServingArgs, platform: PlatformValues, model: string): ServingAccess {
  const { realtime } = args;
  const named = Object.entries({ ...realtime?.variants, ...(realtime?.shadow === undefined ? {} : { shadow: realtime.shadow }) });
  const others = named.map(([, variant]) => variant);
  return {
    images: others.flatMap(({ image }) => (image === undefined ? [] : [image])),
    modelData: others.flatMap(({ modelDataUrl, modelDataPrefix }) => [modelDataUrl, modelDataPrefix].filter((uri) => uri !== undefined)),
    environment: Object.fromEntries(
      named.flatMap(([variant, { environment = {} }]) => Object.entries(environment).map(([name, value]) => [`${variant}/${name}`, value])),
    ),
    captures: realtime?.dataCapture === undefined ? undefined : captureDestination(realtime.dataCapture, platform, model),
    alarmNames: guardNames(args.alarms, servingSpec(args), platform, model),
  };
}
