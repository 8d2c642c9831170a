import * as pulumi from "@pulumi/pulumi";
import { recordedChild, recordedSelf, textOf } from "../recorded-state";

/** Names of images, as a component records them beside its outputs. */
export interface BuiltImage {
  readonly imageName: pulumi.Output<string>;
  /** Image whose layers it may have been built from; undefined for the first one. */
  readonly layersFrom: pulumi.Output<string | undefined>;
}

/**
 * The image that the one to be built may take layers from: its predecessor in the platform's repository, which any machine that builds can reach. The provider
 * builds again whatever of `cacheFrom` changes; so an image keeps the predecessor it was built with, by what the component has recorded.
 */
export function layersFrom(
  component: pulumi.ComponentResource,
  name: string,
  imageName: pulumi.Output<string>,
): pulumi.Output<string | undefined> {
  const image = recordedChild(name, "docker:index/image:Image", component);
  return pulumi.all([imageName, recordedSelf(component), image]).apply(([wanted, own, built]) => {
    const before = textOf(own, "imageName");
    if (before !== undefined) {
      return before === wanted ? textOf(own, "layersFrom") : before;
    }
    const predecessor = textOf(built, "imageName");
    return predecessor === wanted ? undefined : predecessor;
  });
}

/** BuildKit's own argument: the image tells which layers came from what, for the next one to use them. */
export const inlineCache = { BUILDKIT_INLINE_CACHE: "1" } as const;
