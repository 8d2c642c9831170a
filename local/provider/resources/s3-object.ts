import {
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from "@aws-sdk/client-s3";
import { bytesOf } from "../bytes";
import { sameValue } from "../diff";
import { orMissing } from "../errors";
import { nameOf } from "../messages";
import type { Context, ResourceSpec } from "../spec";
import { Archive, Asset, present, requiredText, text, textMap, type Values } from "../values";

const CONTENT = ["source", "content", "contentBase64", "sourceHash", "etag"];
/** Changes of these leave the object's bytes as they are. */
const BESIDE = ["acl", "tags", "forceDestroy", "objectLockLegalHoldStatus", "objectLockMode", "objectLockRetainUntilDate"];

/** The key is the logical name when none is given, as the real provider has it. The id is `bucket/key`. */
export const bucketObject: ResourceSpec = {
  type: "aws:s3/bucketObjectv2:BucketObjectv2",
  computed: ["arn", "etag", "versionId", "contentType", "serverSideEncryption", "storageClass"],
  check: (context, inputs) => Promise.resolve({ ...inputs, key: inputs.key ?? nameOf(context.urn) }),
  async create(context, inputs) {
    const id = `${requiredText(inputs, "bucket")}/${requiredText(inputs, "key")}`;
    return { id, outputs: await put(context, inputs) };
  },
  async read(context, id) {
    const [Bucket = "", ...rest] = id.split("/");
    const Key = rest.join("/");
    const found = await orMissing(context.clients.s3.send(new HeadObjectCommand({ Bucket, Key })));
    if (found === undefined) return undefined;
    return {
      ...present({ bucket: Bucket, key: Key, contentType: found.ContentType, etag: bare(found.ETag), versionId: found.VersionId }),
      arn: objectArn(context, Bucket, Key),
    };
  },
  async update(context, { olds, news }) {
    const names = Object.keys({ ...olds, ...news }).filter((name) => !BESIDE.includes(name));
    return names.every((name) => sameValue(olds[name], news[name])) ? {} : put(context, news);
  },
  async delete(context, id, state) {
    const [Bucket = "", ...rest] = id.split("/");
    const Key = rest.join("/");
    // As in the real provider: in a versioned bucket all versions go, else the bucket could never be deleted.
    if (text(state, "versionId") !== "") await deleteVersions(context, Bucket, Key);
    await orMissing(context.clients.s3.send(new DeleteObjectCommand({ Bucket, Key })));
  },
  renewed: (olds, news) => (CONTENT.every((name) => sameValue(olds[name], news[name])) ? ["versionId"] : ["etag", "versionId"]),
};

async function put(context: Context, inputs: Values): Promise<Values> {
  const Bucket = requiredText(inputs, "bucket");
  const Key = requiredText(inputs, "key");
  const input: PutObjectCommandInput = {
    Bucket,
    Key,
    Body: await body(context, inputs),
    ContentType: text(inputs, "contentType"),
    ContentEncoding: text(inputs, "contentEncoding"),
    ContentDisposition: text(inputs, "contentDisposition"),
    CacheControl: text(inputs, "cacheControl"),
    Metadata: textMap(inputs, "metadata"),
    SSEKMSKeyId: text(inputs, "kmsKeyId"),
  };
  const { ETag, VersionId } = await context.clients.s3.send(new PutObjectCommand(input));
  const contentType = text(inputs, "contentType") ?? "application/octet-stream";
  return {
    ...present({ etag: bare(ETag), versionId: VersionId ?? "" }),
    contentType,
    arn: objectArn(context, Bucket, Key),
    storageClass: "STANDARD",
  };
}

async function body(context: Context, inputs: Values): Promise<Buffer> {
  const { source } = inputs;
  if (source instanceof Asset || source instanceof Archive) return bytesOf(source, context.absolute);
  const encoded = text(inputs, "contentBase64");
  return encoded === undefined ? Buffer.from(text(inputs, "content") ?? "") : Buffer.from(encoded, "base64");
}

async function deleteVersions(context: Context, Bucket: string, Key: string): Promise<void> {
  const page = await orMissing(context.clients.s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: Key })));
  const versions = [...(page?.Versions ?? []), ...(page?.DeleteMarkers ?? [])].filter((version) => version.Key === Key);
  for (const { VersionId } of versions) await orMissing(context.clients.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId })));
}

function objectArn({ partition }: Context, bucket: string, key: string): string {
  return `arn:${partition}:s3:::${bucket}/${key}`;
}

function bare(etag: string | undefined): string | undefined {
  return etag?.replaceAll('"', "");
}
