import {
  AddTagsCommand,
  CreateModelCommand,
  DeleteModelCommand,
  DeleteTagsCommand,
  ListModelsCommand,
  type ListModelsCommandInput,
  ListTagsCommand,
  paginateListModels,
} from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fetchWhole } from "../support/fetch-whole";
import { account, type Platform, region, rejection, role, startPlatform } from "./support/platform";
import { target } from "./support/target";

let platform: Platform;
const names = Array.from({ length: 12 }, (_, index) => `listed-${String.fromCharCode(97 + index)}`);

beforeAll(async () => {
  platform = await startPlatform();
  for (const ModelName of names) {
    await createModel(ModelName);
  }
});
afterAll(() => platform.stop());

function createModel(ModelName: string) {
  const PrimaryContainer = { Image: platform.image.uri };
  return platform.sagemaker.send(new CreateModelCommand({ ModelName, ExecutionRoleArn: role, PrimaryContainer }));
}

async function list(input: ListModelsCommandInput): Promise<{ readonly names: string[]; readonly next: string | undefined }> {
  const { Models, NextToken } = await platform.sagemaker.send(new ListModelsCommand(input));
  return { names: (Models ?? []).map(({ ModelName }) => ModelName ?? ""), next: NextToken };
}

test("a page has ten entries unless asked for another number, and the pages make the whole", async () => {
  const first = await list({ SortBy: "Name", SortOrder: "Ascending" });
  expect(first.names).toEqual(names.slice(0, 10));
  const second = await list({ SortBy: "Name", SortOrder: "Ascending", NextToken: first.next });
  expect(second).toEqual({ names: names.slice(10), next: undefined });
  const seen: string[] = [];
  for await (const { Models } of paginateListModels({ client: platform.sagemaker, pageSize: 5 }, {})) {
    seen.push(...(Models ?? []).map(({ ModelName }) => ModelName ?? ""));
  }
  expect(seen.sort()).toEqual(names);
});

test("what is made or deleted between two pages neither repeats nor hides anything else", async () => {
  const question = { SortBy: "Name", SortOrder: "Ascending", MaxResults: 3 } as const;
  const first = await list(question);
  expect(first.names).toEqual(names.slice(0, 3));
  await platform.sagemaker.send(new DeleteModelCommand({ ModelName: "listed-c" }));
  await createModel("listed-aa");
  const second = await list({ ...question, NextToken: first.next });
  expect(second.names).toEqual(names.slice(3, 6));
  await createModel("listed-c");
  await platform.sagemaker.send(new DeleteModelCommand({ ModelName: "listed-aa" }));
});

test.each([
  ["is none", () => "bm8="],
  ["belongs to another question", (token: string) => token],
])("a token that %s is refused", async (_, tokenFrom) => {
  const { next = "" } = await list({ SortBy: "Name", MaxResults: 2 });
  const error = await rejection(list({ SortBy: "Name", SortOrder: "Ascending", NextToken: tokenFrom(next) }));
  expect([error.name, error.message]).toEqual(["ValidationException", "Invalid pagination token given."]);
});

test("a page of more than 100, or of none, is refused", async () => {
  const message = (value: number, limit: string) =>
    `1 validation error detected: Value '${value}' at 'maxResults' failed to satisfy constraint: Member must have value ${limit}`;
  expect((await rejection(list({ MaxResults: 101 }))).message).toBe(message(101, "less than or equal to 100"));
  expect((await rejection(list({ MaxResults: 0 }))).message).toBe(message(0, "greater than or equal to 1"));
  expect((await list({ MaxResults: 100 })).names).toHaveLength(12);
});

test("a list is narrowed by a part of the name, whatever its case, and by when things were made", async () => {
  expect((await list({ NameContains: "STED-b" })).names).toEqual(["listed-b"]);
  const { Models } = await platform.sagemaker.send(new ListModelsCommand({ NameContains: "listed-b" }));
  const made = Models?.[0]?.CreationTime ?? new Date(0);
  expect((await list({ NameContains: "listed-b", CreationTimeAfter: made })).names).toEqual([]);
  expect((await list({ NameContains: "listed-b", CreationTimeAfter: new Date(made.getTime() - 1) })).names).toEqual(["listed-b"]);
  expect((await list({ NameContains: "listed-b", CreationTimeBefore: made })).names).toEqual([]);
  expect((await list({ NameContains: "listed-b", CreationTimeBefore: new Date(made.getTime() + 1) })).names).toEqual(["listed-b"]);
});

test.skipIf(target !== undefined)("each region has resources of its own, named by ARNs of that region", async () => {
  const ask = async (name: string, operation: string, body: object) => {
    const headers = {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `SageMaker.${operation}`,
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${name}/sagemaker/aws4_request, SignedHeaders=host, Signature=0`,
    };
    return (await fetchWhole(platform.endpointUrl, { method: "POST", headers, body: JSON.stringify(body) })).json();
  };
  expect(await ask("sa-east-1", "ListModels", {})).toEqual({ Models: [] });
  const model = { ModelName: "Elsewhere", ExecutionRoleArn: role, PrimaryContainer: { Image: platform.image.uri } };
  expect(await ask("cn-north-1", "CreateModel", model)).toEqual({ ModelArn: `arn:aws-cn:sagemaker:cn-north-1:${account}:model/elsewhere` });
  expect((await list({ NameContains: "elsewhere" })).names).toEqual([]);
});

const tagged = (): string => `arn:aws:sagemaker:${region}:${account}:model/listed-a`;

test("tags are added, replaced by key, listed in pages and deleted, and nothing else changes", async () => {
  const { sagemaker } = platform;
  const tags = Array.from({ length: 50 }, (_, index) => ({ Key: `key-${String(index).padStart(2, "0")}`, Value: "1" }));
  expect((await sagemaker.send(new AddTagsCommand({ ResourceArn: tagged(), Tags: tags }))).Tags).toEqual(tags);
  const full = await rejection(sagemaker.send(new AddTagsCommand({ ResourceArn: tagged(), Tags: [{ Key: "one-more", Value: "" }] })));
  expect([full.name, full.message]).toEqual(["ValidationException", `The number of tags 51 of ${tagged()} exceeds the limit of 50`]);
  await sagemaker.send(new AddTagsCommand({ ResourceArn: tagged(), Tags: [{ Key: "key-00", Value: "2" }] }));
  const first = await sagemaker.send(new ListTagsCommand({ ResourceArn: tagged(), MaxResults: 50 }));
  expect(first.Tags?.[0]).toEqual({ Key: "key-00", Value: "2" });
  expect([first.Tags?.length, first.NextToken]).toEqual([50, undefined]);
  const TagKeys = tags.map(({ Key }) => Key).slice(1);
  await sagemaker.send(new DeleteTagsCommand({ ResourceArn: tagged(), TagKeys }));
  expect((await sagemaker.send(new ListTagsCommand({ ResourceArn: tagged() }))).Tags).toEqual([{ Key: "key-00", Value: "2" }]);
});

test("what does not exist is not tagged, and AWS's own keys are refused", async () => {
  const { sagemaker } = platform;
  const absent = `arn:aws:sagemaker:${region}:${account}:model/absent`;
  expect((await rejection(sagemaker.send(new AddTagsCommand({ ResourceArn: absent, Tags: [] })))).name).toBe("ResourceNotFound");
  expect((await rejection(sagemaker.send(new ListTagsCommand({ ResourceArn: absent })))).name).toBe("ResourceNotFound");
  const reserved = new AddTagsCommand({ ResourceArn: tagged(), Tags: [{ Key: "aws:team", Value: "x" }] });
  expect((await rejection(sagemaker.send(reserved))).name).toBe("ValidationException");
});
