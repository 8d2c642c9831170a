import { platform } from "../../../support/platform";
import type { Group } from "./table";

const key = "arn:aws:kms:eu-central-1:123456789012:key/1";
const secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:token-1a2b3c";
const boundary = "arn:aws:iam::123456789012:policy/boundary";
const roleArn = "arn:aws:iam::123456789012:role/ada";
const topicArn = "arn:aws:sns:eu-central-1:123456789012:calls";
const tags = [{ team: "a" }, "tags.team=a", undefined] as const;
const described = (endpointName: string) => ({
  endpointName,
  endpointArn: `arn:aws:sagemaker:eu-central-1:123456789012:endpoint/${endpointName}`,
  kind: "realtime",
  region: "eu-central-1",
  contentTypes: ["application/json"],
});
const studio = {
  domainName: "shop",
  vpcId: "vpc-0a",
  subnetIds: ["subnet-0a"],
  securityGroupIds: ["sg-0a"],
  executionRoleArn: "arn:aws:iam::123456789012:role/studio",
};

export const platformGroups: readonly Group[] = [
  {
    component: "Platform",
    title: "",
    base: {},
    rows: {
      name: ["store", "store", "Store"],
      "network.cidrBlock": ["10.7.0.0/16", "cidrBlock=10.7.0.0/16", "10.7.0.0/8"],
      "network.availabilityZones": [3, "numberOfAvailabilityZones=3", 1],
      "network.natGateways": ["Single", "natGateways.strategy=Single", "Two"],
      "network.endpoints": [["secretsmanager"], "com.amazonaws.eu-central-1.secretsmanager", ["com.amazonaws.eu-central-1.ssm"]],
      "network.flowLogs.trafficType": ["REJECT", "trafficType=REJECT", "NONE"],
      "network.flowLogs.retentionInDays": [30, "retentionInDays=30", 31],
      "network.flowLogs.kmsKeyArn": [key, `kmsKeyId=${key}`, "key"],
      "network.flowLogs.permissionsBoundaryArn": [boundary, `permissionsBoundary=${boundary}`, "boundary"],
      "studio.users": [["ada"], "userProfileName=ada", ["a_b"]],
      "studio.authMode": ["IAM", "authMode=IAM", "LDAP"],
      "studio.idleTimeout": ["2h", "idleTimeoutInMinutes=120", "1m"],
      "studio.gitRepositories": [["https://a.example/b.git"], "repositoryUrl=https://a.example/b.git", ["a.example"]],
      "studio.homeFileSystem": ["Delete", "homeEfsFileSystem=Delete", "Keep"],
      kmsKeyArn: [key, `kmsKey=${key}`, "key"],
      "accessLogs.prefix": ["s3/", "targetPrefix=s3/", "a b"],
      "accessLogs.retentionInDays": [30, "expiration.days=30", 0],
      "scan.failOn": ["HIGH", "outputs exports.scan.failOn=HIGH", "SEVERE"],
      "scan.accepted": [["CVE-2026-1234"], "outputs exports.scan.accepted.0=CVE-2026-1234", ["all of them"]],
      alarmTopicArns: [[topicArn], `outputs exports.alarmTopicArns.0=${topicArn}`, ["calls"]],
      permissionsBoundaryArn: [boundary, `permissionsBoundary=${boundary}`, "boundary"],
      forceDestroy: [true, "forceDestroy=true", "yes"],
      profile: ["deployer", "outputs exports.profile=deployer", ""],
      roleArn: [roleArn, `outputs exports.roleArn=${roleArn}`, "deployer"],
      tags,
      "network.tags": [{ net: "b" }, "tags.net=b", undefined],
    },
  },
  {
    component: "Platform",
    title: "with a key of its own",
    base: {},
    rows: { encryption: ["managed", "aws:kms/key:Key every-key", "own"] },
  },
  {
    component: "Platform",
    title: "with access logs in a bucket that is there",
    base: {},
    rows: { "accessLogs.bucketName": ["account-logs", "targetBucket=account-logs", "Logs"] },
  },
  {
    component: "Platform",
    title: "that is protected",
    base: {},
    rows: {
      environment: ["production", "aws:s3/bucket:Bucket every-artifacts protect=true", "prod"],
      protectData: [true, "aws:ecr/repository:Repository every-models protect=true", "yes"],
    },
  },
  {
    component: "Platform",
    title: "in a network with a way to AWS only",
    base: {},
    rows: { "network.egress": ["aws-only", "prefixListIds.0=pl-0a1b", "all"] },
  },
  {
    component: "Platform",
    title: "in a network that is there",
    base: {},
    rows: {
      "network.existing.vpcId": ["vpc-0a", "outputs exports.subnetIds.0=subnet-0a", "0a"],
      "network.existing.subnetIds": [["subnet-0a"], "outputs exports.subnetIds.0=subnet-0a", []],
      "network.existing.securityGroupIds": [["sg-0a"], "outputs exports.securityGroupIds.0=sg-0a", ["0a"]],
    },
  },
  {
    component: "Network",
    title: "that is there",
    base: {},
    rows: {
      existing: [{ vpcId: "vpc-0a", subnetIds: ["subnet-0a"], securityGroupIds: ["sg-0a"] }, "outputs vpcId=vpc-0a", { vpcId: "vpc-0a" }],
    },
  },
  {
    component: "Network",
    title: "that is made",
    base: {},
    rows: {
      cidrBlock: ["10.7.0.0/16", "cidrBlock=10.7.0.0/16", "10.7"],
      availabilityZones: [3, "numberOfAvailabilityZones=3", 5],
      natGateways: ["OnePerAz", "natGateways.strategy=OnePerAz", "Two"],
      endpoints: [["ssm", "kms"], "com.amazonaws.eu-central-1.kms", ["sts"]],
      flowLogs: [{}, "trafficType=ALL", "yes"],
      tags,
    },
  },
  {
    component: "Network",
    title: "with a way to AWS only",
    base: {},
    rows: { egress: ["aws-only", "egress.2.prefixListIds.0=pl-0a1b", "AWS"] },
  },
  {
    component: "ModelRepository",
    title: "",
    base: {},
    rows: {
      kmsKeyArn: [key, `kmsKey=${key}`, "key"],
      untaggedImageDays: [7, '"countNumber":7', 0],
      forceDelete: [true, "forceDelete=true", "yes"],
      tags,
    },
  },
  {
    component: "ArtifactBucket",
    title: "",
    base: {},
    rows: {
      kmsKeyArn: [key, `kmsMasterKeyId=${key}`, "key"],
      forceDestroy: [true, "forceDestroy=true", 1],
      accessLogs: [{}, "targetBucket=every-logs", "yes"],
      tags,
    },
  },
  {
    component: "StudioDomain",
    title: "",
    base: studio,
    rows: {
      domainName: ["store", "domainName=store", "a_b"],
      vpcId: ["vpc-0b", "vpcId=vpc-0b", ""],
      subnetIds: [["subnet-0b"], "subnetIds.0=subnet-0b", null],
      securityGroupIds: [["sg-0b"], "sg-0b", null],
      executionRoleArn: [roleArn, `executionRole=${roleArn}`, ""],
      kmsKeyArn: [key, `kmsKeyId=${key}`, "key"],
      authMode: ["SSO", "authMode=SSO", "LDAP"],
      idleTimeout: ["3h", "idleTimeoutInMinutes=180", "10m"],
      gitRepositories: [["https://a.example/b.git"], "repositoryUrl=https://a.example/b.git", "https://a.example/b.git"],
      homeFileSystem: ["Delete", "homeEfsFileSystem=Delete", true],
      tags,
    },
  },
  {
    component: "StudioUser",
    title: "",
    base: { domainId: "d-1", userName: "ada" },
    rows: {
      domainId: ["d-2", "domainId=d-2", ""],
      userName: ["grace", "userProfileName=grace", "a_b"],
      executionRoleArn: [roleArn, `executionRole=${roleArn}`, "ada"],
      singleSignOnUser: ["ada@a.example", "singleSignOnUserValue=ada@a.example", ""],
      tags,
    },
  },
  {
    component: "ExecutionRole",
    title: "",
    base: { platform, kind: "realtime", logGroup: "/aws/sagemaker/Endpoints/iris" },
    rows: {
      platform: [{ ...platform, permissionsBoundaryArn: boundary }, `permissionsBoundary=${boundary}`, null],
      kind: ["async", "SageMaker async", "batch"],
      logGroup: ["/aws/sagemaker/Endpoints/tulips", "log-group:/aws/sagemaker/Endpoints/tulips", ""],
      images: [[`${platform.repositoryUrl}:1`], "repository/shop-models", [""]],
      readPaths: [["s3://data/in/"], "arn:aws:s3:::data/in/*", ["data"]],
      writePaths: [["s3://data/out/"], "arn:aws:s3:::data/out/*", ["data"]],
      topicArns: [["arn:aws:sns:eu-central-1:123456789012:done"], "arn:aws:sns:eu-central-1:123456789012:done", ["done"]],
      alarmNames: [["errors"], "alarm:errors", "errors"],
      environment: [{ TOKEN: secret }, secret, undefined],
      tags,
    },
  },
  {
    component: "DataScientistRole",
    title: "",
    base: { platform, instanceTypes: ["ml.m5.large"] },
    rows: {
      platform: [{ ...platform, bucketName: "other", bucketArn: "arn:aws:s3:::other" }, "arn:aws:s3:::other", null],
      instanceTypes: [["ml.c5.*"], "ml.c5.*", []],
      maxRuntime: ["90m", "5400", "29d"],
      permissionsBoundaryArn: [boundary, `permissionsBoundary=${boundary}`, "boundary"],
      tags,
    },
  },
  {
    component: "DataScientistRole",
    title: "with roles that are there",
    base: { platform, instanceTypes: ["ml.m5.large"] },
    rows: { trainingRoleArn: [roleArn, roleArn, "ada"], existingRoleName: ["ada", "role=ada", ""] },
  },
  {
    component: "DeployerRole",
    title: "",
    base: {
      platform,
      models: ["iris"],
      permissionsBoundaryArn: "arn:aws:iam::123456789012:policy/other",
      github: { repository: "acme/other", environments: ["test"] },
    },
    rows: {
      platform: [{ ...platform, name: "store" }, "store", null],
      models: [["tulips"], "tulips", ["Tulips"]],
      permissionsBoundaryArn: [boundary, boundary, "boundary"],
      "github.repository": ["acme/shop", "repo:acme/shop:environment:", "acme"],
      "github.environments": [["production"], ":environment:production", ["*"]],
      tags,
    },
  },
  {
    component: "DeployerRole",
    title: "that is there",
    base: { platform, models: ["iris"], permissionsBoundaryArn: boundary, existingRoleName: "other" },
    rows: { existingRoleName: ["ci", "role=ci", ""] },
  },
  {
    component: "InvokeGrant",
    title: "",
    base: { platform, model: described("shop-iris"), roleName: "shop" },
    rows: {
      platform: [{ ...platform, accountId: "999999999999" }, "999999999999", null],
      model: [described("shop-tulips"), "endpoint/shop-tulips", null],
      roleName: ["store", "role=store", ""],
    },
  },
];
