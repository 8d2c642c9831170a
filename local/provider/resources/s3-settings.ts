import * as s3 from "@aws-sdk/client-s3";
import { orMissing } from "../errors";
import { policyText } from "../policy-document";
import { fromApi, type ShapeRules, toApi } from "../shapes";
import type { Context, ResourceSpec } from "../spec";
import { block, blocks, flag, present, requiredText, text, type Values } from "../values";

/** One setting of a bucket that is a resource of its own: its id is the bucket's name. */
interface BucketSetting {
  readonly type: string;
  put(context: Context, bucket: string, inputs: Values): Promise<unknown>;
  /** The setting now, or `undefined` when the bucket has none. */
  get(context: Context, bucket: string): Promise<Values | undefined>;
  remove?(context: Context, bucket: string): Promise<unknown>;
  check?(inputs: Values): Values;
}

function setting({ type, put, get, remove, check }: BucketSetting): ResourceSpec {
  return {
    type,
    computed: [],
    ...(check && { check: (_context: Context, inputs: Values) => Promise.resolve(check(inputs)) }),
    async create(context, inputs) {
      const id = requiredText(inputs, "bucket");
      await put(context, id, inputs);
      return { id, outputs: {} };
    },
    async read(context, id) {
      const found = await orMissing(get(context, id));
      return found === undefined ? undefined : { ...found, bucket: id };
    },
    async update(context, { id, news }) {
      await put(context, id, news);
      return {};
    },
    async delete(context, id) {
      if (remove !== undefined) await orMissing(remove(context, id));
    },
  };
}

const LIFECYCLE: ShapeRules = {
  renamed: { id: "ID", tags: "Tags", rules: "Rules" },
  single: [],
  verbatim: [],
};
const ENCRYPTION: ShapeRules = {
  renamed: { kmsMasterKeyId: "KMSMasterKeyID", sseAlgorithm: "SSEAlgorithm" },
  single: [],
  verbatim: [],
};

const versioning = setting({
  type: "aws:s3/bucketVersioning:BucketVersioning",
  put(context, Bucket, inputs) {
    const configuration = block(inputs, "versioningConfiguration");
    const Status = text(configuration, "status") as s3.BucketVersioningStatus | undefined;
    return context.clients.s3.send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  },
  async get(context, Bucket) {
    const { Status } = await context.clients.s3.send(new s3.GetBucketVersioningCommand({ Bucket }));
    return Status === undefined ? undefined : { versioningConfiguration: { status: Status } };
  },
  remove(context, Bucket) {
    return context.clients.s3.send(new s3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } }));
  },
});

const encryption = setting({
  type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  put(context, Bucket, inputs) {
    const Rules = blocks(inputs, "rules").map((rule) => toApi(rule, ENCRYPTION)) as s3.ServerSideEncryptionRule[];
    return context.clients.s3.send(new s3.PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
  },
  async get(context, Bucket) {
    const { ServerSideEncryptionConfiguration: found } = await context.clients.s3.send(new s3.GetBucketEncryptionCommand({ Bucket }));
    return found?.Rules === undefined ? undefined : { rules: found.Rules.map((rule) => fromApi(rule, ENCRYPTION)) };
  },
  remove: (context, Bucket) => context.clients.s3.send(new s3.DeleteBucketEncryptionCommand({ Bucket })),
});

const PUBLIC_ACCESS = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"] as const;

const publicAccessBlock = setting({
  type: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  put(context, Bucket, inputs) {
    const [BlockPublicAcls, BlockPublicPolicy, IgnorePublicAcls, RestrictPublicBuckets] = PUBLIC_ACCESS.map(
      (name) => flag(inputs, name) ?? false,
    );
    const PublicAccessBlockConfiguration = { BlockPublicAcls, BlockPublicPolicy, IgnorePublicAcls, RestrictPublicBuckets };
    return context.clients.s3.send(new s3.PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
  },
  async get(context, Bucket) {
    const { PublicAccessBlockConfiguration: found } = await context.clients.s3.send(new s3.GetPublicAccessBlockCommand({ Bucket }));
    return found === undefined ? undefined : fromApi(found, { renamed: {}, single: [], verbatim: [] });
  },
  remove: (context, Bucket) => context.clients.s3.send(new s3.DeletePublicAccessBlockCommand({ Bucket })),
});

const lifecycle = setting({
  type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  put(context, Bucket, inputs) {
    const Rules = blocks(inputs, "rules").map(lifecycleRule);
    return context.clients.s3.send(new s3.PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
  },
  async get(context, Bucket) {
    const { Rules } = await context.clients.s3.send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket }));
    return Rules === undefined ? undefined : { rules: Rules.map((rule) => fromApi(rule, LIFECYCLE)) };
  },
  remove: (context, Bucket) => context.clients.s3.send(new s3.DeleteBucketLifecycleCommand({ Bucket })),
});

/** The API wants a filter (or the old prefix) in every rule, and tags of a filter as a list. */
function lifecycleRule(rule: Values): s3.LifecycleRule {
  const filter = block(rule, "filter");
  const and = block(filter, "and");
  const tags = block(and, "tags");
  const listed = tags && Object.keys(tags).map((key) => ({ key, value: text(tags, key) ?? "" }));
  const whole: Values = { ...filter, ...(and && { and: present({ ...and, tags: listed }) }) };
  const every: Values = { prefix: "" };
  const wanted: Values = rule.prefix === undefined ? { ...rule, filter: Object.keys(whole).length === 0 ? every : whole } : rule;
  return toApi(wanted, LIFECYCLE) as unknown as s3.LifecycleRule;
}

const ownershipControls = setting({
  type: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  put(context, Bucket, inputs) {
    const ObjectOwnership = text(block(inputs, "rule"), "objectOwnership") as s3.ObjectOwnership | undefined;
    return context.clients.s3.send(
      new s3.PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules: [{ ObjectOwnership }] } }),
    );
  },
  async get(context, Bucket) {
    const { OwnershipControls: found } = await context.clients.s3.send(new s3.GetBucketOwnershipControlsCommand({ Bucket }));
    const [rule] = found?.Rules ?? [];
    return rule === undefined ? undefined : { rule: present({ objectOwnership: rule.ObjectOwnership }) };
  },
  remove: (context, Bucket) => context.clients.s3.send(new s3.DeleteBucketOwnershipControlsCommand({ Bucket })),
});

const policy = setting({
  type: "aws:s3/bucketPolicy:BucketPolicy",
  check: (inputs) => ({ ...inputs, policy: policyText(inputs.policy) }),
  put: (context, Bucket, inputs) =>
    context.clients.s3.send(new s3.PutBucketPolicyCommand({ Bucket, Policy: requiredText(inputs, "policy") })),
  async get(context, Bucket) {
    const { Policy } = await context.clients.s3.send(new s3.GetBucketPolicyCommand({ Bucket }));
    return Policy === undefined ? undefined : { policy: Policy };
  },
  remove: (context, Bucket) => context.clients.s3.send(new s3.DeleteBucketPolicyCommand({ Bucket })),
});

export const bucketSettings: readonly ResourceSpec[] = [versioning, encryption, publicAccessBlock, lifecycle, ownershipControls, policy];
