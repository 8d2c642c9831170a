import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { childOf } from "../component";

/** What keeps a bucket encrypted, versioned, private and reached by TLS only. */
export interface BucketProtection {
  readonly policy: aws.s3.BucketPolicy;
  readonly publicAccessBlock: aws.s3.BucketPublicAccessBlock;
  readonly versioning: aws.s3.BucketVersioning;
  readonly encryption: aws.s3.BucketServerSideEncryptionConfiguration;
  readonly ownership: aws.s3.BucketOwnershipControls;
  readonly lifecycle: aws.s3.BucketLifecycleConfiguration;
}

/** In what the buckets of components differ. */
export interface ProtectionChoices {
  /** Key of the objects; S3's own key (SSE-S3) when undefined. */
  readonly kmsKeyArn: pulumi.Input<string> | undefined;
  readonly rules: aws.types.input.s3.BucketLifecycleConfigurationRule[];
  /** The bucket's policy, with the statement of `tlsOnly`. */
  readonly policy: pulumi.Input<string>;
}

/** Protects a bucket of a component. Its resources are named `<name>-…`. */
export function protectBucket(
  parent: pulumi.Resource,
  name: string,
  bucket: aws.s3.Bucket,
  { kmsKeyArn, rules, policy: document }: ProtectionChoices,
): BucketProtection {
  const publicAccessBlock = new aws.s3.BucketPublicAccessBlock(
    `${name}-public-access-block`,
    { bucket: bucket.bucket, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
    childOf(parent),
  );
  const ownership = new aws.s3.BucketOwnershipControls(
    `${name}-ownership`,
    { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
    childOf(parent),
  );
  const versioning = new aws.s3.BucketVersioning(
    `${name}-versioning`,
    { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } },
    childOf(parent),
  );
  const encryption = new aws.s3.BucketServerSideEncryptionConfiguration(
    `${name}-encryption`,
    { bucket: bucket.bucket, rules: [encryptionRule(kmsKeyArn)] },
    childOf(parent),
  );
  const lifecycle = new aws.s3.BucketLifecycleConfiguration(
    `${name}-lifecycle`,
    {
      bucket: bucket.bucket,
      rules,
    },
    childOf(parent, { dependsOn: [versioning] }),
  );
  // S3 refuses two configuration changes of one bucket at the same time; the policy goes last.
  const policy = new aws.s3.BucketPolicy(
    `${name}-policy`,
    { bucket: bucket.bucket, policy: document },
    childOf(parent, { dependsOn: [publicAccessBlock] }),
  );
  return { policy, publicAccessBlock, versioning, encryption, ownership, lifecycle };
}

function encryptionRule(kmsKeyArn: pulumi.Input<string> | undefined): aws.types.input.s3.BucketServerSideEncryptionConfigurationRule {
  if (kmsKeyArn === undefined) {
    return { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } };
  }
  return { applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: kmsKeyArn }, bucketKeyEnabled: true };
}

/** Bucket policy that refuses every request not made over TLS. */
export function tlsOnly(bucketArn: string): string {
  return tlsAnd(bucketArn);
}

/** The same, with statements that allow something. */
export function tlsAnd(bucketArn: string, ...statements: readonly object[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [bucketArn, `${bucketArn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
      ...statements,
    ],
  });
}
