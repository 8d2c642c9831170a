import type * as pulumi from "@pulumi/pulumi";
import { all } from "@pulumi/pulumi";
import { recordedChild } from "../recorded-state";

/** After the tag that the content makes, when an image of other content was there before. */
const later = /-[0-9a-z]+$/;

/**
 * The name an image is pushed under: the repository and a tag made of its content. Tags of the repository never move, and a build of the same content seldom
 * has the same digest: going back to earlier code, or building again what an interrupted update had pushed, would be refused. So whatever follows another image
 * has the time behind its tag, and keeps it for as long as its content stays.
 */
export function imageNameOf(
  component: pulumi.ComponentResource,
  name: string,
  repositoryUrl: pulumi.Input<string>,
  tag: pulumi.Output<string>,
): pulumi.Output<string> {
  const image = recordedChild(name, "docker:index/image:Image", component);
  return all([repositoryUrl, tag, image]).apply(([repository, contentTag, built]) => {
    const wanted = `${repository}:${contentTag}`;
    const recorded = String(built?.outputs?.imageName ?? wanted);
    const same = recorded === wanted || recorded.replace(later, "") === wanted;
    return same ? recorded : `${wanted}-${Date.now().toString(36)}`;
  });
}
