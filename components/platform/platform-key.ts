import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { childOf } from "../component";
import { type AwsScope, serviceSuffix } from "../iam/arns";

export interface PlatformKey {
  readonly key: aws.kms.Key;
  readonly alias: aws.kms.Alias;
}

/** What is asked of AWS before the key is made, and is the platform's anyhow. */
export interface KeyPlace {
  readonly name: pulumi.Input<string>;
  readonly region: pulumi.Input<string>;
  readonly accountId: pulumi.Input<string>;
  readonly partition: pulumi.Input<string>;
  readonly tags: pulumi.Input<{ [key: string]: pulumi.Input<string> }>;
}

/** The one key of a platform: rotated each year, under an alias that says whose it is. AWS keeps it for 30 days after its deletion, the longest it does. */
export function createKey(parent: pulumi.Resource, name: string, { tags, ...place }: KeyPlace): PlatformKey {
  const key = new aws.kms.Key(
    name,
    {
      description: pulumi.interpolate`Data of the models of ${place.name}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      policy: pulumi.output(place).apply(keyPolicy),
      tags,
    },
    childOf(parent),
  );
  const alias = new aws.kms.Alias(
    `${name}-alias`,
    { name: pulumi.interpolate`alias/slipway/${place.name}`, targetKeyId: key.keyId },
    childOf(parent),
  );
  return { key, alias };
}

/** Services by which roles use the key. */
const services = ["ec2", "ecr", "elasticfilesystem", "logs", "s3", "sagemaker", "sns"];

const administration = [
  ...[
    "CancelKeyDeletion",
    "CreateAlias",
    "DeleteAlias",
    "DescribeKey",
    "DisableKey",
    "DisableKeyRotation",
    "EnableKey",
    "EnableKeyRotation",
  ],
  ...["GetKeyPolicy", "GetKeyRotationStatus", "ListGrants", "ListKeyPolicies", "ListKeyRotations", "ListResourceTags"],
  ...["PutKeyPolicy", "RevokeGrant", "RotateKeyOnDemand", "ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateAlias"],
  "UpdateKeyDescription",
].map((action) => `kms:${action}`);

const use = ["CreateGrant", "Decrypt", "Encrypt", "GenerateDataKey*", "ReEncrypt*", "RetireGrant"].map((action) => `kms:${action}`);

/**
 * Policy of a platform's key. The account is its principal, so that IAM's policies decide which role may do what of this; nobody reads data with the key alone,
 * without a service that asks for its own permission.
 */
export function keyPolicy({ partition, region, accountId }: AwsScope): string {
  const account = { AWS: `arn:${partition}:iam::${accountId}:root` };
  const suffix = serviceSuffix({ partition, region, accountId });
  const allow = (Sid: string, Principal: object, Action: string[], Condition?: object) => ({
    Sid,
    Effect: "Allow",
    Principal,
    Action,
    Resource: "*",
    ...(Condition === undefined ? {} : { Condition }),
  });
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      allow("Administer", account, administration),
      allow("UseThroughServices", account, use, { StringEquals: { "kms:ViaService": services.map((service) => `${service}.${suffix}`) } }),
      // Volumes, images and file systems are encrypted long after the request that names the key.
      allow("GrantToServices", account, ["kms:CreateGrant"], { Bool: { "kms:GrantIsForAWSResource": "true" } }),
      // Log groups have no role: the service itself encrypts, and says for which group of which account.
      allow("EncryptLogs", { Service: `logs.${suffix}` }, ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"], {
        ArnLike: { "kms:EncryptionContext:aws:logs:arn": `arn:${partition}:logs:${region}:${accountId}:log-group:*` },
      }),
      // Nor have alarms, which publish to encrypted topics.
      allow("NotifyAlarms", { Service: "cloudwatch.amazonaws.com" }, ["kms:Decrypt", "kms:GenerateDataKey*"], {
        ArnLike: { "aws:SourceArn": `arn:${partition}:cloudwatch:${region}:${accountId}:alarm:*` },
        StringEquals: { "aws:SourceAccount": accountId },
      }),
    ],
  });
}
