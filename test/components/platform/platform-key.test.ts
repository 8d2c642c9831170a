import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ModelService, Platform } from "../../../components";
import { keyPolicy } from "../../../components/platform/platform-key";
import { FakeAws } from "../../support/fake-aws";
import { MockedEngine } from "../../support/mocks";
import { imageUri } from "../../support/platform";
import { promiseOf, refusalOf } from "../../support/promise-of";

const arn = "arn:aws:kms:eu-central-1:123456789012:key/shop-key-id";
const root = { AWS: "arn:aws:iam::123456789012:root" };

interface Statement {
  readonly Sid: string;
  readonly Principal: Readonly<Record<string, string>>;
  readonly Action: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

describe("a platform that makes its key", () => {
  let engine: MockedEngine;
  let aws: FakeAws;
  beforeAll(async () => {
    aws = await FakeAws.start();
  });
  afterAll(() => aws.stop());
  beforeEach(async () => {
    engine = await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  test("rotates it, keeps it for 30 days after its deletion, and names it by an alias", async () => {
    const platform = new Platform("platform", { name: "shop", encryption: "managed", tags: { team: "vision" } });
    await promiseOf(platform.exports);
    await MockedEngine.settled();
    const { policy, ...key } = engine.one("aws:kms/key:Key", "platform-key").inputs;
    expect(key).toEqual({
      description: "Data of the models of shop",
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      tags: { team: "vision" },
    });
    expect(policy).toBe(keyPolicy({ partition: "aws", region: "eu-central-1", accountId: "123456789012" }));
    expect(engine.one("aws:kms/alias:Alias", "platform-key-alias").inputs).toEqual({
      name: "alias/slipway/shop",
      targetKeyId: "platform-key-id",
    });
    expect(platform.nodes.keyAlias).toBeDefined();
  });

  test("encrypts with it what it would with a given one: bucket, images, Studio, and of each model volumes, results, topics and logs", async () => {
    const platform = new Platform("shop", { encryption: "managed", network: {}, studio: {} });
    expect(await promiseOf(platform.exports)).toMatchObject({ kmsKeyArn: arn });
    new ModelService("iris", {
      platform,
      image: imageUri,
      training: { instanceType: "ml.m5.large", channels: { train: "s3://data/iris/" } },
      async: { instanceType: "ml.m5.large", notifications: {} },
      api: { path: "/iris" },
    });
    await MockedEngine.settled();
    const keyed = engine.registered
      .filter(({ type, inputs }) => !type.startsWith("aws:iam/") && JSON.stringify(inputs).includes(arn))
      .map(({ type }) => type);
    expect([...new Set(keyed)].sort()).toEqual([
      "aws:cloudwatch/logGroup:LogGroup",
      "aws:ecr/repository:Repository",
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      "aws:sagemaker/domain:Domain",
      "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
      "aws:sagemaker/trainingJob:TrainingJob",
      "aws:sns/topic:Topic",
    ]);
    expect(engine.one("aws:sagemaker/endpointConfiguration:EndpointConfiguration").inputs.kmsKeyArn).toBe(arn);
    expect(engine.one("aws:sagemaker/trainingJob:TrainingJob").inputs).toMatchObject({
      outputDataConfig: { kmsKeyId: arn },
      resourceConfig: { volumeKmsKeyId: arn },
    });
    const policies = engine.registered.filter(
      ({ type, inputs }) => type === "aws:iam/rolePolicy:RolePolicy" && String(inputs.policy).includes(arn),
    );
    expect(policies.map(({ name }) => name.replace("-policy", "")).sort()).toEqual([
      "iris-api",
      "iris-serving-role",
      "iris-training-role",
      "shop-studio-role",
    ]);
  });

  test("makes none with AWS's own keys, and refuses to make one beside one that is given", async () => {
    await promiseOf(new Platform("shop", { encryption: "aws" }).exports);
    await MockedEngine.settled();
    expect(engine.names().filter((name) => name.startsWith("aws:kms"))).toEqual([]);
    const kmsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/1";
    expect(refusalOf(() => new Platform("other", { encryption: "managed", kmsKeyArn }))).toContain(
      'encryption: got "managed" together with kmsKeyArn, which is the key; remove one of the two',
    );
  });
});

describe("the policy of the key", () => {
  const statements = (partition: string, region: string) =>
    (JSON.parse(keyPolicy({ partition, region, accountId: "123456789012" })) as { readonly Statement: readonly Statement[] }).Statement;

  test("lets the account administer it, and its roles use it through services only", () => {
    const [administer, through, grants, logs, alarms, ...more] = statements("aws", "eu-central-1");
    expect(more).toEqual([]);
    expect(administer).toMatchObject({ Sid: "Administer", Principal: root });
    // Whoever administers the key cannot use it: neither by itself nor by a grant to themselves.
    expect(administer?.Action.filter((action) => /crypt|DataKey|CreateGrant|\*/i.test(action))).toEqual([]);
    expect(through).toEqual({
      Sid: "UseThroughServices",
      Effect: "Allow",
      Principal: root,
      Action: ["kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*", "kms:RetireGrant"],
      Resource: "*",
      Condition: {
        StringEquals: {
          "kms:ViaService": ["ec2", "ecr", "elasticfilesystem", "logs", "s3", "sagemaker", "sns"].map(
            (service) => `${service}.eu-central-1.amazonaws.com`,
          ),
        },
      },
    });
    expect(grants).toEqual({
      Sid: "GrantToServices",
      Effect: "Allow",
      Principal: root,
      Action: ["kms:CreateGrant"],
      Resource: "*",
      Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    });
    expect(logs).toEqual({
      Sid: "EncryptLogs",
      Effect: "Allow",
      Principal: { Service: "logs.eu-central-1.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
      Resource: "*",
      Condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-central-1:123456789012:log-group:*" } },
    });
    expect(alarms).toEqual({
      Sid: "NotifyAlarms",
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: "*",
      Condition: {
        ArnLike: { "aws:SourceArn": "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:*" },
        StringEquals: { "aws:SourceAccount": "123456789012" },
      },
    });
  });

  test("names services as China's partition does", () => {
    const [administer, through, , logs] = statements("aws-cn", "cn-north-1");
    expect(administer?.Principal).toEqual({ AWS: "arn:aws-cn:iam::123456789012:root" });
    expect(through?.Condition?.StringEquals?.["kms:ViaService"]).toContain("s3.cn-north-1.amazonaws.com.cn");
    expect(logs?.Principal).toEqual({ Service: "logs.cn-north-1.amazonaws.com.cn" });
  });
});
