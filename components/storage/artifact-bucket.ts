import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { anything, arn, type Checks, checkArguments, flag } from "../arguments";
import { childOf, componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";

export interface ArtifactBucketArgs {
  /**
   * Key of the objects; S3's own key (SSE-S3) when left out.
   */
  kmsKeyArn?: pulumi.Input<string>;
  /** Delete the objects, all versions of them, together with the bucket. Take effect with an `up` before the `destroy`. Default: false. */
  forceDestroy?: boolean;
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

export const artifactBucketChecks: Checks<ArtifactBucketArgs> = { kmsKeyArn: arn, forceDestroy: flag, tags: anything };

export interface ArtifactBucketNodes {
  readonly bucket: aws.s3.Bucket;
  readonly policy: aws.s3.BucketPolicy;
  readonly publicAccessBlock: aws.s3.BucketPublicAccessBlock;
  readonly versioning: aws.s3.BucketVersioning;
  readonly encryption: aws.s3.BucketServerSideEncryptionConfiguration;
  readonly ownership: aws.s3.BucketOwnershipControls;
  readonly lifecycle: aws.s3.BucketLifecycleConfiguration;
}

/** An S3 bucket for training data and model data: encrypted, versioned, reached by TLS only, never public, without ACLs. Versions that were replaced go after 90 days. */
export class ArtifactBucket extends pulumi.ComponentResource {
  /** Name of the bucket; known once its protection is in place. */
  declare readonly bucketName: pulumi.Output<string>;
  declare readonly bucketArn: pulumi.Output<string>;

  constructor(name: string, args: ArtifactBucketArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(artifactBucketChecks, args, "", problems);
    problems.throwIfAny("ArtifactBucket", name);
    super(componentType("ArtifactBucket"), name, {}, opts);
    const bucket = new aws.s3.Bucket(name, { forceDestroy: args.forceDestroy ?? false, tags: args.tags }, childOf(this));
    const nodes: ArtifactBucketNodes = { bucket, ...protect(this, name, bucket, args) };
    keepNodes(this, nodes);
    const protection = pulumi.all([nodes.policy.id, nodes.publicAccessBlock.id, nodes.encryption.id]);
    this.bucketName = pulumi.all([bucket.bucket, protection]).apply(([bucketName]) => bucketName);
    this.bucketArn = bucket.arn;
    this.registerOutputs({ bucketName: this.bucketName, bucketArn: this.bucketArn });
  }

  get nodes(): ArtifactBucketNodes {
    return nodesOf(this);
  }
}

function protect(
  parent: ArtifactBucket,
  name: string,
  bucket: aws.s3.Bucket,
  args: ArtifactBucketArgs,
): Omit<ArtifactBucketNodes, "bucket"> {
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
    { bucket: bucket.bucket, rules: [encryptionRule(args.kmsKeyArn)] },
    childOf(parent),
  );
  const lifecycle = new aws.s3.BucketLifecycleConfiguration(
    `${name}-lifecycle`,
    {
      bucket: bucket.bucket,
      rules: [
        {
          id: "replaced-versions",
          status: "Enabled",
          filter: { prefix: "" },
          noncurrentVersionExpiration: { noncurrentDays: 90 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
      ],
    },
    childOf(parent, { dependsOn: [versioning] }),
  );
  // S3 refuses two configuration changes of one bucket at the same time; the policy goes last.
  const policy = new aws.s3.BucketPolicy(
    `${name}-policy`,
    { bucket: bucket.bucket, policy: bucket.arn.apply(tlsOnly) },
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
    ],
  });
}
