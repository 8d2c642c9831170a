import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  ListObjectVersionsCommand,
  PutBucketTaggingCommand,
} from "@aws-sdk/client-s3";
import { allTags } from "../autoname";
import { orMissing } from "../errors";
import type { Context, ResourceSpec } from "../spec";
import { flag, requiredText, type Values } from "../values";
import { tagList } from "./tag-list";

const HOSTED_ZONE = "Z3AQBSTGFYJSTF";

export const bucket: ResourceSpec = {
  type: "aws:s3/bucket:Bucket",
  autoname: { property: "bucket", maxLength: 63, lowercase: true },
  computed: ["arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName", "hostedZoneId"],
  async create(context, inputs) {
    const Bucket = requiredText(inputs, "bucket");
    const elsewhere = context.region !== "us-east-1";
    const LocationConstraint = context.region as BucketLocationConstraint;
    await context.clients.s3.send(
      new CreateBucketCommand({
        Bucket,
        ...(elsewhere && { CreateBucketConfiguration: { LocationConstraint } }),
        ...(flag(inputs, "objectLockEnabled") && { ObjectLockEnabledForBucket: true }),
      }),
    );
    await tag(context, Bucket, inputs);
    return { id: Bucket, outputs: bucketOutputs(context, Bucket) };
  },
  async read(context, id) {
    if ((await orMissing(context.clients.s3.send(new HeadBucketCommand({ Bucket: id })))) === undefined) return undefined;
    const tagging = await orMissing(context.clients.s3.send(new GetBucketTaggingCommand({ Bucket: id })));
    const tags = Object.fromEntries((tagging?.TagSet ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
    const own = Object.fromEntries(Object.entries(tags).filter(([key, value]) => context.defaultTags[key] !== value));
    return { ...bucketOutputs(context, id), bucket: id, tags: own };
  },
  async update(context, { id, news }) {
    await tag(context, id, news);
    return {};
  },
  async delete(context, id, state) {
    if (flag(state, "forceDestroy")) await empty(context, id);
    await orMissing(context.clients.s3.send(new DeleteBucketCommand({ Bucket: id })));
  },
};

function bucketOutputs({ partition, region }: Context, name: string): Values {
  return {
    arn: `arn:${partition}:s3:::${name}`,
    bucketDomainName: `${name}.s3.amazonaws.com`,
    bucketRegion: region,
    bucketRegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
    hostedZoneId: HOSTED_ZONE,
  };
}

async function tag(context: Context, Bucket: string, inputs: Values): Promise<void> {
  const TagSet = tagList(allTags(inputs, context.defaultTags));
  const command =
    TagSet.length > 0 ? new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }) : new DeleteBucketTaggingCommand({ Bucket });
  if (command instanceof PutBucketTaggingCommand) await context.clients.s3.send(command);
  else await orMissing(context.clients.s3.send(command));
}

/** Deletes every version of every object, a page at a time. */
async function empty(context: Context, Bucket: string): Promise<void> {
  for (;;) {
    const page = await orMissing(context.clients.s3.send(new ListObjectVersionsCommand({ Bucket })));
    const Objects = [...(page?.Versions ?? []), ...(page?.DeleteMarkers ?? [])].map(({ Key = "", VersionId }) => ({ Key, VersionId }));
    if (Objects.length === 0) return;
    context.signal.throwIfAborted();
    await context.clients.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  }
}
