import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ArtifactBucket, Platform } from "../../../components";
import { MockedEngine } from "../../support/mocks";
import { promiseOf, refusalOf } from "../../support/promise-of";

const logging = "aws:s3/bucketLogging:BucketLogging";
const kmsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/1";

describe("the access logs of a bucket", () => {
  let engine: MockedEngine;
  beforeEach(async () => {
    engine = await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  test("go to a bucket of their own, where only S3 puts them, for this bucket, and which keeps them for a year", async () => {
    const bucket = new ArtifactBucket("data", { accessLogs: {}, kmsKeyArn, tags: { team: "vision" } });
    await promiseOf(bucket.bucketName);
    await MockedEngine.settled();
    expect(engine.one(logging).inputs).toEqual({
      bucket: "data-1a2b3c4",
      targetBucket: "data-logs-1a2b3c4",
      targetPrefix: "data-1a2b3c4/",
    });
    expect(engine.one("aws:s3/bucket:Bucket", "data-logs").inputs).toEqual({ forceDestroy: false, tags: { team: "vision" } });
    expect(JSON.parse(String(engine.one("aws:s3/bucketPolicy:BucketPolicy", "data-logs-policy").inputs.policy))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: ["arn:aws:s3:::data-logs-1a2b3c4", "arn:aws:s3:::data-logs-1a2b3c4/*"],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
        {
          Sid: "PutAccessLogs",
          Effect: "Allow",
          Principal: { Service: "logging.s3.amazonaws.com" },
          Action: "s3:PutObject",
          Resource: "arn:aws:s3:::data-logs-1a2b3c4/data-1a2b3c4/*",
          Condition: { ArnLike: { "aws:SourceArn": "arn:aws:s3:::data-1a2b3c4" }, StringEquals: { "aws:SourceAccount": "123456789012" } },
        },
      ],
    });
    expect(engine.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "data-logs-lifecycle").inputs.rules).toEqual([
      {
        id: "old-logs",
        status: "Enabled",
        filter: { prefix: "" },
        expiration: { days: 365 },
        noncurrentVersionExpiration: { noncurrentDays: 1 },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      },
    ]);
    // S3 puts logs into no bucket that a key of KMS encrypts.
    expect(
      engine.one("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "data-logs-encryption").inputs
        .rules,
    ).toEqual([{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }]);
    expect(engine.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "data-logs-public-access-block").inputs).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect([bucket.nodes.logBucket, bucket.nodes.logging].includes(undefined)).toBe(false);
  });

  test("begin only when S3 may put them there", async () => {
    await promiseOf(new ArtifactBucket("data", { accessLogs: {} }).bucketName);
    await MockedEngine.settled();
    expect(engine.one(logging).dependencies).toContain("aws:s3/bucketPolicy:BucketPolicy data-logs-policy");
  });

  test("go to a bucket that is given, which is left as it is", async () => {
    await promiseOf(new Platform("shop", { accessLogs: { bucketName: "account-logs", prefix: "shop/s3/" } }).exports);
    await MockedEngine.settled();
    expect(engine.one(logging).inputs).toEqual({
      bucket: "shop-artifacts-1a2b3c4",
      targetBucket: "account-logs",
      targetPrefix: "shop/s3/",
    });
    expect(engine.one("aws:s3/bucket:Bucket").name).toBe("shop-artifacts");
  });

  test("are not kept for a time of their own in a bucket that is given", () => {
    const accessLogs = { bucketName: "account-logs", retentionInDays: 30 };
    for (const declare of [() => new Platform("shop", { accessLogs }), () => new ArtifactBucket("shop", { accessLogs })]) {
      expect(refusalOf(declare)).toContain(
        "accessLogs.retentionInDays: got 30 together with bucketName, whose lifecycle is not changed; remove one of the two",
      );
    }
  });
});
