import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Platform } from "../../../components";
import { readPlatformExports } from "../../../components/platform/platform-exports";
import { MockedEngine } from "../../support/mocks";
import { promiseOf, refusalOf } from "../../support/promise-of";

const bucket = [
  "aws:s3/bucket:Bucket shop-artifacts",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration shop-artifacts-lifecycle",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls shop-artifacts-ownership",
  "aws:s3/bucketPolicy:BucketPolicy shop-artifacts-policy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock shop-artifacts-public-access-block",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration shop-artifacts-encryption",
  "aws:s3/bucketVersioning:BucketVersioning shop-artifacts-versioning",
];

describe("a platform", () => {
  let engine: MockedEngine;
  beforeEach(async () => {
    engine = await MockedEngine.start();
  });
  afterEach(() => MockedEngine.settled());

  test("without arguments is a bucket and a repository, and exports what models need", async () => {
    expect(await promiseOf(new Platform("shop", {}).exports)).toEqual({
      name: "shop",
      region: "eu-central-1",
      accountId: "123456789012",
      partition: "aws",
      bucketName: "shop-artifacts-1a2b3c4",
      bucketArn: "arn:aws:s3:::shop-artifacts-1a2b3c4",
      repositoryUrl: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop-models-1a2b3c4",
      repositoryArn: "arn:aws:ecr:eu-central-1:123456789012:repository/shop-models-1a2b3c4",
      tags: {},
    });
    expect(engine.names()).toEqual([
      "aws:ecr/lifecyclePolicy:LifecyclePolicy shop-models-lifecycle",
      "aws:ecr/repository:Repository shop-models",
      ...bucket,
      "slipway:index:ArtifactBucket shop-artifacts",
      "slipway:index:ModelRepository shop-models",
      "slipway:index:Platform shop",
    ]);
  });

  test("keeps its bucket encrypted, versioned, private and reached by TLS only", async () => {
    await promiseOf(new Platform("shop", {}).exports);
    expect(engine.one("aws:s3/bucket:Bucket").inputs).toEqual({ forceDestroy: false, tags: {} });
    expect(engine.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs).toEqual({
      bucket: "shop-artifacts-1a2b3c4",
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(engine.one("aws:s3/bucketVersioning:BucketVersioning").inputs.versioningConfiguration).toEqual({ status: "Enabled" });
    expect(engine.one("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration").inputs.rules).toEqual([
      { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } },
    ]);
    expect(JSON.parse(String(engine.one("aws:s3/bucketPolicy:BucketPolicy").inputs.policy))).toMatchObject({
      Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:*", Condition: { Bool: { "aws:SecureTransport": "false" } } }],
    });
  });

  test("scans images on push and never moves a tag", async () => {
    await promiseOf(new Platform("shop", {}).exports);
    expect(engine.one("aws:ecr/repository:Repository").inputs).toEqual({
      imageScanningConfiguration: { scanOnPush: true },
      imageTagMutability: "IMMUTABLE",
      encryptionConfigurations: [{ encryptionType: "AES256" }],
      forceDelete: false,
      tags: {},
    });
  });

  test("with a key encrypts bucket, repository and Studio with it", async () => {
    const kmsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/1";
    await promiseOf(new Platform("shop", { kmsKeyArn, network: {}, studio: {} }).exports);
    await MockedEngine.settled();
    expect(engine.one("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration").inputs.rules).toEqual([
      { applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: kmsKeyArn }, bucketKeyEnabled: true },
    ]);
    expect(engine.one("aws:ecr/repository:Repository").inputs.encryptionConfigurations).toEqual([
      { encryptionType: "KMS", kmsKey: kmsKeyArn },
    ]);
    expect(engine.one("aws:sagemaker/domain:Domain").inputs.kmsKeyId).toBe(kmsKeyArn);
  });

  test("with a network has private subnets without a way out, and endpoints to the services SageMaker calls", async () => {
    const exported = await promiseOf(new Platform("shop", { network: {} }).exports);
    expect(exported).toMatchObject({ subnetIds: ["subnet-0a", "subnet-0b"], securityGroupIds: ["shop-network-workloads-id"] });
    expect(engine.one("awsx:ec2:Vpc").inputs).toMatchObject({
      cidrBlock: "10.0.0.0/16",
      numberOfAvailabilityZones: 2,
      natGateways: { strategy: "None" },
      subnetSpecs: [{ type: "Isolated" }],
    });
    await MockedEngine.settled();
    const services = engine.registered
      .filter(({ type }) => type === "aws:ec2/vpcEndpoint:VpcEndpoint")
      .map(({ inputs }) => inputs.serviceName);
    expect(services.sort()).toEqual(
      ["ecr.api", "ecr.dkr", "logs", "monitoring", "s3", "sagemaker.api", "sagemaker.runtime", "sts"].map(
        (name) => `com.amazonaws.eu-central-1.${name}`,
      ),
    );
  });

  test("with a NAT gateway puts workloads in subnets that use it", async () => {
    expect(await promiseOf(new Platform("shop", { network: { natGateways: "Single" } }).exports)).toMatchObject({
      subnetIds: ["subnet-1a", "subnet-1b"],
    });
    expect(engine.one("awsx:ec2:Vpc").inputs).toMatchObject({
      natGateways: { strategy: "Single" },
      subnetSpecs: [{ type: "Public" }, { type: "Private" }],
    });
  });

  test("in a VPC that is there makes nothing of its own network", async () => {
    const existing = { vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"], securityGroupIds: ["sg-1"] };
    expect(await promiseOf(new Platform("shop", { network: { existing } }).exports)).toMatchObject({
      subnetIds: ["subnet-1", "subnet-2"],
      securityGroupIds: ["sg-1"],
    });
    expect(engine.registered.filter(({ type }) => /ec2/.test(type))).toEqual([]);
  });

  test("with Studio has a domain in its subnets that shuts idle apps down, and a profile for each user", async () => {
    const platform = new Platform("shop", { network: {}, studio: { users: ["ada", "grace"], idleTimeout: "3h" } });
    await promiseOf(platform.exports);
    await Promise.all(platform.nodes.studioUsers.map((user) => promiseOf(user.userProfileArn)));
    expect(engine.one("aws:sagemaker/domain:Domain").inputs).toMatchObject({
      domainName: "shop-studio",
      authMode: "IAM",
      vpcId: "vpc-0a1b",
      subnetIds: ["subnet-0a", "subnet-0b"],
      appNetworkAccessType: "VpcOnly",
      retentionPolicy: { homeEfsFileSystem: "Retain" },
      defaultUserSettings: {
        securityGroups: ["shop-network-workloads-id"],
        jupyterLabAppSettings: { appLifecycleManagement: { idleSettings: { lifecycleManagement: "ENABLED", idleTimeoutInMinutes: 180 } } },
      },
    });
    const profiles = engine.registered.filter(({ type }) => type === "aws:sagemaker/userProfile:UserProfile");
    expect(profiles.map(({ inputs }) => inputs.userProfileName).sort()).toEqual(["ada", "grace"]);
  });

  test("refuses Studio without a network, an unknown setting and a bad name, each by its path", () => {
    expect(refusalOf(() => new Platform("shop", { studio: {} }))).toContain(
      "studio: is given without network; Studio needs a VPC: add network: {} to make one, or network: { existing: … }",
    );
    const faulty: object = { name: "Shop!", network: { availabilityZones: 1 }, studio: { autMode: "IAM" } };
    const message = refusalOf(() => new Platform("shop", faulty));
    expect(message).toContain('SLIP-1001 Platform "shop" has 3 faults; nothing of it was created');
    expect(message).toContain('name: got "Shop!"; allowed is lower-case letters, digits and single hyphens, beginning with a letter');
    expect(message).toContain("network.availabilityZones: got 1; allowed is a whole number from 2 to 4");
    expect(message).toContain("studio.autMode: is not an argument; did you mean authMode?");
    expect(engine.names()).toEqual([]);
  });

  test("of another stack is read from that stack's output, and refused when that is something else", async () => {
    const exported = await promiseOf(new Platform("shop", {}).exports);
    expect(await promiseOf(Platform.fromExports(pulumi.output<unknown>(exported)))).toEqual(exported);
    expect(refusalOf(() => readPlatformExports({ name: "shop" }))).toContain(
      "bucketName: is missing; give the `platform` output of a stack that has a Platform",
    );
    expect(refusalOf(() => readPlatformExports("shop"))).toContain("name: is missing");
  });
});
