import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { anything, arn, type Checks, checkArguments, flag, object } from "../arguments";
import { childOf, componentType, keepNodes, nodesOf } from "../component";
import { Problems } from "../errors/problems";
import { type AccessLogsArgs, accessLogsChecks, checkAccessLogs, logAccess, noLogs } from "./access-logs";
import { type BucketProtection, protectBucket, tlsOnly } from "./bucket-protection";

export interface ArtifactBucketArgs {
  /**
   * Key of the objects; S3's own key (SSE-S3) when left out.
   */
  kmsKeyArn?: pulumi.Input<string>;
  /** Delete the objects, all versions of them, together with the bucket. Take effect with an `up` before the `destroy`. Default: false. */
  forceDestroy?: boolean;
  /** Log who asks for which object; without it S3 logs nothing. */
  accessLogs?: AccessLogsArgs;
  tags?: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

export const artifactBucketChecks: Checks<ArtifactBucketArgs> = {
  kmsKeyArn: arn,
  forceDestroy: flag,
  accessLogs: object(accessLogsChecks),
  tags: anything,
};

export interface ArtifactBucketNodes extends BucketProtection {
  readonly bucket: aws.s3.Bucket;
  /** Undefined unless a bucket is made for the access logs. */
  readonly logBucket: aws.s3.Bucket | undefined;
  /** Undefined without access logs. */
  readonly logging: aws.s3.BucketLogging | undefined;
}

/** An S3 bucket for training data and model data: encrypted, versioned, reached by TLS only, never public, without ACLs. Versions that were replaced go after 90 days. */
export class ArtifactBucket extends pulumi.ComponentResource {
  /** Name of the bucket; known once its protection is in place. */
  declare readonly bucketName: pulumi.Output<string>;
  declare readonly bucketArn: pulumi.Output<string>;

  constructor(name: string, args: ArtifactBucketArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    const problems = new Problems();
    checkArguments(artifactBucketChecks, args, "", problems);
    if (problems.faults.length === 0) {
      checkAccessLogs(args.accessLogs, "accessLogs", problems);
    }
    problems.throwIfAny("ArtifactBucket", name);
    super(componentType("ArtifactBucket"), name, {}, opts);
    const bucket = new aws.s3.Bucket(name, { forceDestroy: args.forceDestroy ?? false, tags: args.tags }, childOf(this));
    const protection = protectBucket(this, name, bucket, {
      kmsKeyArn: args.kmsKeyArn,
      rules: [
        {
          id: "replaced-versions",
          status: "Enabled",
          filter: { prefix: "" },
          noncurrentVersionExpiration: { noncurrentDays: 90 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
      ],
      policy: bucket.arn.apply(tlsOnly),
    });
    const logs = args.accessLogs === undefined ? noLogs : logAccess(this, name, bucket, args.accessLogs, args);
    const nodes: ArtifactBucketNodes = { bucket, ...protection, ...logs };
    keepNodes(this, nodes);
    const inPlace = pulumi.all([nodes.policy.id, nodes.publicAccessBlock.id, nodes.encryption.id]);
    this.bucketName = pulumi.all([bucket.bucket, inPlace]).apply(([bucketName]) => bucketName);
    this.bucketArn = bucket.arn;
    this.registerOutputs({ bucketName: this.bucketName, bucketArn: this.bucketArn });
  }

  get nodes(): ArtifactBucketNodes {
    return nodesOf(this);
  }
}
