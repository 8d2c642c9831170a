import type * as pulumi from "@pulumi/pulumi";
import type { PlatformValues } from "../platform/platform-exports";
import { captureDestination } from "./data-capture";
import type { ServingArgs } from "./serving";

/** What an endpoint's role must be allowed beside what its main variant needs. */
export interface ServingAccess {
  readonly images: pulumi.Input<string>[];
  /** URIs of objects, and prefixes. */
  readonly modelData: pulumi.Input<string>[];
  /** S3 prefix of captured data; undefined when none is captured. */
  readonly captures: pulumi.Output<string> | undefined;
  /** Names of the alarms that end a rollout. */
  readonly alarmNames: pulumi.Input<string>[];
}

export function servingAccess({ realtime, async }: ServingArgs, platform: PlatformValues, model: string): ServingAccess {
  const others = [...Object.values(realtime?.variants ?? {}), ...(realtime?.shadow === undefined ? [] : [realtime.shadow])];
  return {
    images: others.flatMap(({ image }) => (image === undefined ? [] : [image])),
    modelData: others.flatMap(({ modelDataUrl, modelDataPrefix }) => [modelDataUrl, modelDataPrefix].filter((uri) => uri !== undefined)),
    captures: realtime?.dataCapture === undefined ? undefined : captureDestination(realtime.dataCapture, platform, model),
    alarmNames: realtime?.rollout?.alarms ?? async?.rollout?.alarms ?? [],
  };
}
