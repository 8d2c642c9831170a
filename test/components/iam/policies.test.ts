import { describe, expect, test } from "vitest";
import { channelPath, endpointArn, repositoryArnOfImage, s3ObjectArn } from "../../../components/iam/arns";
import { permissions, type RoleKind, type RoleWork, trustPolicy } from "../../../components/iam/policies";

const scope = { partition: "aws", region: "eu-central-1", accountId: "123456789012" };
const work: RoleWork = {
  kind: "training",
  scope,
  images: ["123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop-models@sha256:1"],
  readPaths: ["s3://shop/channels/iris/", "s3://data/iris.csv"],
  writePaths: ["s3://shop/training/iris/"],
  topicArns: [],
  alarmNames: [],
  logGroup: "/aws/sagemaker/TrainingJobs",
  kmsKeyArn: undefined,
  vpc: false,
};

interface Written {
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Action: string[];
    readonly Resource: string[];
    readonly Condition?: unknown;
  }[];
}

function statements(change: Partial<RoleWork> = {}) {
  const { Statement } = JSON.parse(permissions({ ...work, ...change })) as Written;
  return new Map(Statement.map((statement) => [statement.Sid, statement]));
}

describe("who may assume a role", () => {
  test.each<[RoleKind, string]>([
    ["training", "arn:aws:sagemaker:eu-central-1:123456789012:training-job/*"],
    ["realtime", "arn:aws:sagemaker:eu-central-1:123456789012:*"],
    ["serverless", "arn:aws:sagemaker:eu-central-1:123456789012:*"],
    ["async", "arn:aws:sagemaker:eu-central-1:123456789012:*"],
    ["studio", "arn:aws:sagemaker:eu-central-1:123456789012:*"],
  ])("for %s is SageMaker on behalf of %s in this account", (kind, source) => {
    expect(JSON.parse(trustPolicy(kind, scope))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "sagemaker.amazonaws.com" },
          Action: "sts:AssumeRole",
          Condition: { ArnLike: { "aws:SourceArn": source }, StringEquals: { "aws:SourceAccount": "123456789012" } },
        },
      ],
    });
  });
});

describe("what a role may do", () => {
  test("is to pull its image, read its channels, write its output, and log", () => {
    expect(JSON.parse(permissions(work))).toMatchInlineSnapshot(`
      {
        "Statement": [
          {
            "Action": [
              "ecr:GetAuthorizationToken",
            ],
            "Effect": "Allow",
            "Resource": [
              "*",
            ],
            "Sid": "EcrLogin",
          },
          {
            "Action": [
              "ecr:BatchCheckLayerAvailability",
              "ecr:BatchGetImage",
              "ecr:GetDownloadUrlForLayer",
            ],
            "Effect": "Allow",
            "Resource": [
              "arn:aws:ecr:eu-central-1:123456789012:repository/shop-models",
            ],
            "Sid": "PullImages",
          },
          {
            "Action": [
              "s3:ListBucket",
            ],
            "Condition": {
              "StringLike": {
                "s3:prefix": [
                  "channels/iris/*",
                  "training/iris/*",
                ],
              },
            },
            "Effect": "Allow",
            "Resource": [
              "arn:aws:s3:::shop",
            ],
            "Sid": "List",
          },
          {
            "Action": [
              "s3:ListBucket",
            ],
            "Condition": {
              "StringLike": {
                "s3:prefix": [
                  "iris.csv*",
                ],
              },
            },
            "Effect": "Allow",
            "Resource": [
              "arn:aws:s3:::data",
            ],
            "Sid": "List2",
          },
          {
            "Action": [
              "s3:GetObject",
            ],
            "Effect": "Allow",
            "Resource": [
              "arn:aws:s3:::data/iris.csv",
              "arn:aws:s3:::shop/channels/iris/*",
            ],
            "Sid": "Read",
          },
          {
            "Action": [
              "s3:PutObject",
              "s3:AbortMultipartUpload",
            ],
            "Effect": "Allow",
            "Resource": [
              "arn:aws:s3:::shop/training/iris/*",
            ],
            "Sid": "Write",
          },
          {
            "Action": [
              "logs:CreateLogGroup",
              "logs:CreateLogStream",
              "logs:DescribeLogStreams",
              "logs:PutLogEvents",
            ],
            "Effect": "Allow",
            "Resource": [
              "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/sagemaker/TrainingJobs",
              "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/sagemaker/TrainingJobs:*",
            ],
            "Sid": "WriteLogs",
          },
          {
            "Action": [
              "cloudwatch:PutMetricData",
            ],
            "Condition": {
              "StringLike": {
                "cloudwatch:namespace": [
                  "AWS/SageMaker",
                  "/aws/sagemaker/*",
                ],
              },
            },
            "Effect": "Allow",
            "Resource": [
              "*",
            ],
            "Sid": "PutMetrics",
          },
        ],
        "Version": "2012-10-17",
      }
    `);
  });

  test("has no statement for images, paths, keys or networks it does not use", () => {
    expect([...statements({ images: [], readPaths: [], writePaths: [] }).keys()]).toEqual(["WriteLogs", "PutMetrics"]);
  });

  test("on a star alone is only what AWS cannot bind to a resource", () => {
    const everything = statements({ kmsKeyArn: "arn:aws:kms:eu-central-1:123456789012:key/1", vpc: true, kind: "studio" });
    const starred = [...everything.values()].filter(({ Resource }) => Resource.includes("*")).map(({ Sid }) => Sid);
    expect(starred).toEqual(["EcrLogin", "PutMetrics", "ListStudio", "DescribeNetwork"]);
    expect([...everything.values()].flatMap(({ Action }) => Action).filter((action) => action.endsWith("*"))).toEqual([]);
  });

  test("with a key is to use that key, and to grant it to AWS resources only", () => {
    const key = "arn:aws:kms:eu-central-1:123456789012:key/1";
    const all = statements({ kmsKeyArn: key });
    expect(all.get("UseKey")?.Resource).toEqual([key]);
    expect(all.get("GrantKeyToVolumes")?.Condition).toEqual({ Bool: { "kms:GrantIsForAWSResource": "true" } });
  });

  test("inside a network is to join it, except for serverless, which has none", () => {
    const lend = statements({ vpc: true }).get("LendInterface");
    expect(lend?.Resource).toEqual([expect.stringMatching(/^arn:aws:ec2:[a-z0-9-]+:\d{12}:network-interface\/\*$/)]);
    // AWS documents the action without a condition: one that SageMaker does not meet would stop every job in a network.
    expect(lend?.Condition).toBeUndefined();
    expect(statements({ vpc: true, kind: "serverless" }).has("JoinNetwork")).toBe(false);
  });

  test("of an asynchronous endpoint is to publish to its own topics, and to no other", () => {
    const topicArns = ["success", "error"].map((name) => `arn:aws:sns:eu-central-1:123456789012:iris-${name}`);
    expect(statements({ kind: "async", topicArns }).get("Notify")).toEqual({
      Sid: "Notify",
      Effect: "Allow",
      Action: ["sns:Publish"],
      Resource: ["arn:aws:sns:eu-central-1:123456789012:iris-error", "arn:aws:sns:eu-central-1:123456789012:iris-success"],
    });
    expect(statements({ kind: "async" }).has("Notify")).toBe(false);
  });

  test("below a prefix without a final slash is to list and read what begins with it, as SageMaker reads a channel", () => {
    const all = statements({ readPaths: [channelPath("s3://data/flowers"), channelPath("s3://data/roses/")], writePaths: [] });
    expect(all.get("List")?.Condition).toEqual({ StringLike: { "s3:prefix": ["flowers*", "roses/*"] } });
    expect(all.get("Read")?.Resource).toEqual(["arn:aws:s3:::data/flowers*", "arn:aws:s3:::data/roses/*"]);
  });

  test("of an endpoint is to write its log also under a numbered name, which one that takes the place of a failed one has", () => {
    const group = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/sagemaker/Endpoints/shop-iris";
    expect(statements({ kind: "realtime", logGroup: "/aws/sagemaker/Endpoints/shop-iris" }).get("WriteLogs")?.Resource).toEqual([
      group,
      `${group}:*`,
      `${group}--*`,
    ]);
  });

  test("lists each bucket only where it reads or writes", () => {
    const all = statements();
    expect(all.get("List")).toMatchObject({
      Resource: ["arn:aws:s3:::shop"],
      Condition: { StringLike: { "s3:prefix": ["channels/iris/*", "training/iris/*"] } },
    });
    expect(all.get("List2")).toMatchObject({ Resource: ["arn:aws:s3:::data"], Condition: { StringLike: { "s3:prefix": ["iris.csv*"] } } });
  });
});

describe("an ARN", () => {
  test("of an endpoint is lower case, whatever its name", () => {
    expect(endpointArn(scope, "Shop-Iris")).toBe("arn:aws:sagemaker:eu-central-1:123456789012:endpoint/shop-iris");
  });

  test("of an image's repository is in the image's own account and region", () => {
    expect(repositoryArnOfImage(scope, "763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-training:2.3")).toBe(
      "arn:aws:ecr:us-west-2:763104351884:repository/pytorch-training",
    );
    expect(repositoryArnOfImage(scope, "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/team/models@sha256:1")).toBe(
      "arn:aws:ecr:cn-north-1:123456789012:repository/team/models",
    );
    expect(repositoryArnOfImage(scope, "public.example.com/models:1")).toBeUndefined();
  });

  test("of an S3 path covers what is below a prefix, or the one object", () => {
    expect(s3ObjectArn(scope, "s3://shop/training/iris/")).toBe("arn:aws:s3:::shop/training/iris/*");
    expect(s3ObjectArn(scope, "s3://shop/model.tar.gz")).toBe("arn:aws:s3:::shop/model.tar.gz");
    expect(s3ObjectArn(scope, "s3://shop")).toBe("arn:aws:s3:::shop/*");
  });
});
