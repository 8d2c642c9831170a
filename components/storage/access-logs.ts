import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Checks, count, show, text } from "../arguments";
import { childOf } from "../component";
import type { Problems } from "../errors/problems";
import { protectBucket, tlsAnd } from "./bucket-protection";

export interface AccessLogsArgs {
  /** Bucket of the account and region that the logs go to, and whose policy lets `logging.s3.amazonaws.com` put them there; one is made when left out. */
  bucketName?: pulumi.Input<string>;
  /** What the names of the logs begin with. Default: `<name of the logged bucket>/`. */
  prefix?: string;
  /** Days for which the bucket that is made keeps them. Range 1 to 3650, default 365. Not with `bucketName`. */
  retentionInDays?: number;
}

export const accessLogsChecks: Checks<AccessLogsArgs> = {
  bucketName: text({ pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, allowed: "the name of a bucket" }),
  prefix: text({ pattern: /^[\w./-]+$/, allowed: "letters, digits, dots, hyphens, underscores and slashes", max: 200 }),
  retentionInDays: count(1, 3650),
};

/** Rules between arguments. */
export function checkAccessLogs(args: AccessLogsArgs | undefined, path: string, problems: Problems): void {
  if (args?.bucketName !== undefined && args.retentionInDays !== undefined) {
    problems.add(
      `${path}.retentionInDays`,
      `got ${show(args.retentionInDays)} together with bucketName, whose lifecycle is not changed; remove one of the two`,
    );
  }
}

export interface AccessLogs {
  readonly logBucket: aws.s3.Bucket | undefined;
  readonly logging: aws.s3.BucketLogging | undefined;
}

export const noLogs: AccessLogs = { logBucket: undefined, logging: undefined };

/** Has S3 log each request to a bucket. */
export function logAccess(
  parent: pulumi.Resource,
  name: string,
  bucket: aws.s3.Bucket,
  args: AccessLogsArgs,
  { forceDestroy, tags }: Pick<aws.s3.BucketArgs, "forceDestroy" | "tags">,
): AccessLogs {
  const prefix = args.prefix ?? pulumi.interpolate`${bucket.bucket}/`;
  const made =
    args.bucketName === undefined
      ? createLogBucket(parent, `${name}-logs`, bucket, prefix, args.retentionInDays ?? 365, { forceDestroy: forceDestroy ?? false, tags })
      : undefined;
  const targetBucket = made?.ready ?? args.bucketName ?? "";
  const logging = new aws.s3.BucketLogging(
    `${name}-logging`,
    { bucket: bucket.bucket, targetBucket, targetPrefix: prefix },
    childOf(parent),
  );
  return { logBucket: made?.logBucket, logging };
}

/** The bucket, and its name once S3 may put logs there. S3 puts logs into no bucket that is encrypted by a key of KMS. */
function createLogBucket(
  parent: pulumi.Resource,
  name: string,
  logged: aws.s3.Bucket,
  prefix: pulumi.Input<string>,
  days: number,
  settings: Pick<aws.s3.BucketArgs, "forceDestroy" | "tags">,
): { readonly logBucket: aws.s3.Bucket; readonly ready: pulumi.Output<string> } {
  const logBucket = new aws.s3.Bucket(name, settings, childOf(parent));
  const { accountId } = aws.getCallerIdentityOutput({}, { parent });
  const { policy } = protectBucket(parent, name, logBucket, {
    kmsKeyArn: undefined,
    rules: [
      {
        id: "old-logs",
        status: "Enabled",
        filter: { prefix: "" },
        expiration: { days },
        noncurrentVersionExpiration: { noncurrentDays: 1 },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      },
    ],
    policy: pulumi
      .all([logBucket.arn, logged.arn, prefix, accountId])
      .apply(([arn, source, start, account]) => tlsAnd(arn, putLogs(arn, source, start, account))),
  });
  return { logBucket, ready: pulumi.all([logBucket.bucket, policy.id]).apply(([bucketName]) => bucketName) };
}

/** S3's own service may put logs of one bucket, below one prefix. */
function putLogs(bucketArn: string, source: string, prefix: string, account: string): object {
  return {
    Sid: "PutAccessLogs",
    Effect: "Allow",
    Principal: { Service: "logging.s3.amazonaws.com" },
    Action: "s3:PutObject",
    Resource: `${bucketArn}/${prefix}*`,
    Condition: { ArnLike: { "aws:SourceArn": source }, StringEquals: { "aws:SourceAccount": account } },
  };
}
