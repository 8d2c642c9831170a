import * as pulumi from "@pulumi/pulumi";
import type { PlatformValues } from "./platform/platform-exports";

/** Tags of everything that belongs to a model: the platform's own, then which platform and which model it is. */
export function modelTags(platform: PlatformValues, model: string): pulumi.Output<Record<string, string>> {
  return pulumi.all([platform.name, platform.tags]).apply(([name, tags]) => {
    const all: Record<string, string> = { ...tags, "slipway:platform": name, "slipway:model": model };
    return all;
  });
}
