import type {
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput,
  TagResourceCommandInput,
  TagResourceCommandOutput,
  UntagResourceCommandInput,
  UntagResourceCommandOutput,
} from "@aws-sdk/client-application-auto-scaling";
import { given, type Operation, operation } from "../../control-plane/operation";
import type { Region } from "../../control-plane/region";
import { invalid, ServiceError } from "../../control-plane/service-error";
import type { ScalableTargetRecord } from "../records";
import { targetKey } from "../scaling-state";

/** Tags per scalable target, as AWS limits them. */
const maxTags = 50;

export function scalingTagOperations(): Record<string, Operation> {
  return {
    TagResource: operation<TagResourceCommandInput, TagResourceCommandOutput>(async (input, { region }) => {
      const target = withArn(region, given(input.ResourceARN));
      checkTags(given(input.Tags));
      const tags = { ...target.tags, ...input.Tags };
      if (Object.keys(tags).length > maxTags) {
        throw new ServiceError(
          "TooManyTagsException",
          `${target.arn} would have ${Object.keys(tags).length} tags; at most ${maxTags} are allowed.`,
        );
      }
      await region.scaling.targets.put(targetKey(target), { ...target, tags });
      return {};
    }),
    UntagResource: operation<UntagResourceCommandInput, UntagResourceCommandOutput>(async (input, { region }) => {
      const target = withArn(region, given(input.ResourceARN));
      const removed = new Set(input.TagKeys);
      const tags = Object.fromEntries(Object.entries(target.tags).filter(([key]) => !removed.has(key)));
      await region.scaling.targets.put(targetKey(target), { ...target, tags });
      return {};
    }),
    ListTagsForResource: operation<ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput>((input, { region }) => ({
      Tags: { ...withArn(region, given(input.ResourceARN)).tags },
    })),
  };
}

export function checkTags(tags: Readonly<Record<string, string>>): void {
  const reserved = Object.keys(tags).find((key) => key.toLowerCase().startsWith("aws:"));
  if (reserved !== undefined) {
    throw invalid(`The tag key ${reserved} is invalid: tag keys that begin with aws: are reserved for AWS use`);
  }
  if (Object.keys(tags).length > maxTags) {
    throw invalid(`Got ${Object.keys(tags).length} tags; at most ${maxTags} are allowed.`);
  }
}

function withArn(region: Region, arn: string): ScalableTargetRecord {
  const target = region.scaling.targets.list().find((each) => each.arn === arn);
  if (target === undefined) {
    throw new ServiceError("ResourceNotFoundException", `Requested resource ${arn} not found.`);
  }
  return target;
}
