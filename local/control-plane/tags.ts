import type {
  AddTagsCommandInput,
  AddTagsCommandOutput,
  DeleteTagsCommandInput,
  DeleteTagsCommandOutput,
  ListTagsCommandInput,
  ListTagsCommandOutput,
  Tag,
} from "@aws-sdk/client-sagemaker";
import { given, type Operation, operation } from "./operation";
import { listPage } from "./pagination";
import type { Region } from "./region";
import { invalid, ServiceError } from "./service-error";

/** Tags per resource, as AWS limits them. */
const maxTags = 50;

export function tagOperations(): Record<string, Operation> {
  return {
    AddTags: operation<AddTagsCommandInput, AddTagsCommandOutput>(async (input, { region }) => {
      const arn = existing(region, given(input.ResourceArn));
      return { Tags: [...(await addTags(region, arn, given(input.Tags)))] };
    }),
    ListTags: operation<ListTagsCommandInput, ListTagsCommandOutput>((input, { region }) => {
      const tags = tagsOf(region, existing(region, given(input.ResourceArn)));
      const { items, nextToken } = listPage(
        tags.map((tag) => ({ name: given(tag.Key), createdAt: 0, tag })),
        { SortBy: "Name", SortOrder: "Ascending", MaxResults: input.MaxResults ?? maxTags, NextToken: input.NextToken },
      );
      return { Tags: items.map(({ tag }) => tag), NextToken: nextToken };
    }),
    DeleteTags: operation<DeleteTagsCommandInput, DeleteTagsCommandOutput>(async (input, { region }) => {
      const arn = existing(region, given(input.ResourceArn));
      const removed = new Set(input.TagKeys);
      await replaceTags(
        region,
        arn,
        tagsOf(region, arn).filter((tag) => !removed.has(given(tag.Key))),
      );
      return {};
    }),
  };
}

export function tagsOf(region: Region, arn: string): readonly Tag[] {
  return region.tags.get(arn)?.tags ?? [];
}

/** Adds tags to a resource; a key it has already gets the new value. */
export async function addTags(region: Region, arn: string, added: readonly Tag[] | undefined): Promise<readonly Tag[]> {
  const reserved = (added ?? []).find((tag) => tag.Key?.toLowerCase().startsWith("aws:") === true);
  if (reserved !== undefined) {
    throw invalid(`The tag key ${reserved.Key} is invalid: tag keys that begin with aws: are reserved for AWS use`);
  }
  const merged = new Map([...tagsOf(region, arn), ...(added ?? [])].map((tag) => [tag.Key, tag]));
  if (merged.size > maxTags) {
    throw invalid(`The number of tags ${merged.size} of ${arn} exceeds the limit of ${maxTags}`);
  }
  const tags = [...merged.values()];
  await replaceTags(region, arn, tags);
  return tags;
}

export async function removeTags(region: Region, arn: string): Promise<void> {
  if (region.tags.has(arn)) {
    await region.tags.delete(arn);
  }
}

async function replaceTags(region: Region, arn: string, tags: readonly Tag[]): Promise<void> {
  await (tags.length === 0 ? removeTags(region, arn) : region.tags.put(arn, { arn, tags, createdAt: Date.now() }));
}

/** The ARN when a resource has it; AWS does not tag what does not exist. */
function existing(region: Region, arn: string): string {
  if (!region.has(arn)) {
    throw new ServiceError("ResourceNotFound", `Requested resource ${arn} not found.`);
  }
  return arn;
}
