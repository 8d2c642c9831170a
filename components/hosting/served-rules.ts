import type { Problems } from "../errors/problems";
import { givesNetwork } from "../platform/platform-exports";
import { givesTopics } from "./async-spec";
import { checkContent, checkVariantContent } from "./content-rules";
import type { EndpointArgs } from "./endpoint";
import { checkRealtimeContent } from "./realtime-content";
import { checkServerlessContent } from "./serverless-spec";

/** A serverless endpoint takes less than others; an asynchronous one cannot make the topics its role, which it is given, must be allowed to publish to. */
export function checkServed(args: EndpointArgs, problems: Problems): void {
  const { realtime, serverless, async, image, modelDataUrl, modelDataPrefix: prefix, platform } = args;
  if (image === undefined && args.modelPackageName === undefined) {
    problems.add("image", "is missing; give an image by digest, or a model package as modelPackageName");
  }
  checkContent(args, "", problems);
  checkVariantContent(realtime, args.modelPackageName !== undefined, problems);
  if (async?.notifications !== undefined && !givesTopics(async.notifications)) {
    problems.add(
      "async.notifications",
      "has no topic; give successTopicArn, errorTopicArn or both (ModelService, and NotificationTopics, make topics)",
    );
  }
  checkRealtimeContent({ platform, ...(realtime === undefined ? {} : { realtime }) }, problems);
  if (serverless !== undefined) {
    const hasNetwork = givesNetwork(platform);
    checkServerlessContent({ images: { image }, modelData: { modelDataUrl, modelDataPrefix: prefix }, hasNetwork }, problems);
  }
}
