import { numberedNames } from "../hosting/endpoint-name";
import { type AwsScope, logGroupArns, parseS3Uri, repositoryArnOfImage, s3ObjectArn, sagemakerArn } from "./arns";

/** Kinds of work an execution role is made for. Each has its own role: only then can the trust be as tight as AWS allows. */
export const roleKinds = ["training", "realtime", "serverless", "async", "studio"] as const;
export type RoleKind = (typeof roleKinds)[number];

/** One statement of an identity policy. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Everything that decides what a role may do. */
export interface RoleWork {
  readonly kind: RoleKind;
  readonly scope: AwsScope;
  readonly images: readonly string[];
  readonly readPaths: readonly string[];
  readonly writePaths: readonly string[];
  readonly topicArns: readonly string[];
  readonly alarmNames: readonly string[];
  /** What the environment says: ARNs of secrets and parameters among it may be read. */
  readonly environment?: readonly string[];
  readonly logGroup: string;
  readonly kmsKeyArn: string | undefined;
  readonly vpc: boolean;
}

/**
 * Who may assume the role. Training is bound to training jobs. For endpoints and Studio AWS documents exactly `<service>:<region>:<account>:*`
 * (https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html): naming an endpoint or domain there does not work.
 */
export function trustPolicy(kind: RoleKind, scope: AwsScope): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "sagemaker.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          ArnLike: { "aws:SourceArn": sagemakerArn(scope, kind === "training" ? "training-job/*" : "*") },
          StringEquals: { "aws:SourceAccount": scope.accountId },
        },
      },
    ],
  });
}

/** What the role may do: pull its images, read and write its own S3 paths, publish to its own topics, write its logs and metrics; keys and network only where used. */
export function permissions(work: RoleWork): string {
  const statements = [
    ...pullImages(work),
    ...readAndWrite(work),
    ...(work.topicArns.length === 0 ? [] : [allow("Notify", ["sns:Publish"], [...new Set(work.topicArns)].sort())]),
    ...(work.alarmNames.length === 0 ? [] : [allow("WatchAlarms", ["cloudwatch:DescribeAlarms"], alarmArns(work))]),
    ...readSecrets(work.environment ?? []),
    ...logsAndMetrics(work),
    ...(work.kind === "studio" ? useStudio(work.scope) : []),
    ...(work.kmsKeyArn === undefined ? [] : useKey(work.kmsKeyArn)),
    ...(work.vpc && work.kind !== "serverless" ? joinVpc(work.scope) : []),
  ];
  return policyDocument(statements);
}

/** A policy document of statements. */
export function policyDocument(statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

export function allow(Sid: string, Action: readonly string[], Resource: readonly string[], Condition?: Statement["Condition"]): Statement {
  return { Sid, Effect: "Allow", Action, Resource, ...(Condition === undefined ? {} : { Condition }) };
}

function alarmArns({ scope: { partition, region, accountId }, alarmNames }: RoleWork): string[] {
  return [...new Set(alarmNames)].sort().map((name) => `arn:${partition}:cloudwatch:${region}:${accountId}:alarm:${name}`);
}

function pullImages({ images, scope }: RoleWork): Statement[] {
  const repositories = [...new Set(images.map((uri) => repositoryArnOfImage(scope, uri)).filter((arn) => arn !== undefined))].sort();
  if (repositories.length === 0) {
    return [];
  }
  return [
    allow("EcrLogin", ["ecr:GetAuthorizationToken"], ["*"]),
    allow("PullImages", ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], repositories),
  ];
}

export function readAndWrite({ scope, readPaths, writePaths }: Pick<RoleWork, "scope" | "readPaths" | "writePaths">): Statement[] {
  const prefixes = new Map<string, string[]>();
  for (const { bucket, key } of [...readPaths, ...writePaths].map(parseS3Uri)) {
    prefixes.set(bucket, [...(prefixes.get(bucket) ?? []), `${key.replace(/\*$/, "")}*`]);
  }
  const list = [...prefixes].map(([bucket, keys], index) =>
    allow(`List${index === 0 ? "" : index + 1}`, ["s3:ListBucket"], [`arn:${scope.partition}:s3:::${bucket}`], {
      StringLike: { "s3:prefix": [...new Set(keys)].sort() },
    }),
  );
  const read = [...new Set(readPaths.map((uri) => s3ObjectArn(scope, uri)))].sort();
  const write = [...new Set(writePaths.map((uri) => s3ObjectArn(scope, uri)))].sort();
  return [
    ...list,
    ...(read.length === 0 ? [] : [allow("Read", ["s3:GetObject"], read)]),
    ...(write.length === 0 ? [] : [allow("Write", ["s3:PutObject", "s3:AbortMultipartUpload"], write)]),
  ];
}

/** The secrets and parameters that the environment names. A secret's ARN ends with six characters that AWS adds to its name; one may be given without. */
function readSecrets(environment: readonly string[]): Statement[] {
  const named = [...new Set(environment)].sort();
  const secrets = named
    .filter((value) => /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[^*?]+$/.test(value))
    .map((arn) => (/-[A-Za-z0-9]{6}$/.test(arn) ? arn : `${arn}-??????`));
  const parameters = named.filter((value) => /^arn:[\w-]+:ssm:[\w-]+:\d{12}:parameter\/[^*?]+$/.test(value));
  return [
    ...(secrets.length === 0 ? [] : [allow("ReadSecrets", ["secretsmanager:GetSecretValue"], secrets)]),
    ...(parameters.length === 0 ? [] : [allow("ReadParameters", ["ssm:GetParameter", "ssm:GetParameters"], parameters)]),
  ];
}

export function logsAndMetrics({ kind, scope, logGroup }: Pick<RoleWork, "kind" | "scope" | "logGroup">): Statement[] {
  // An endpoint that takes the place of a failed one has a number after its name; the role stays as it is.
  const numbered = kind === "training" || kind === "studio" ? [] : logGroupArns(scope, `${logGroup}${numberedNames}`).slice(0, 1);
  return [
    allow(
      "WriteLogs",
      ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      [...logGroupArns(scope, logGroup), ...numbered],
    ),
    allow("PutMetrics", ["cloudwatch:PutMetricData"], ["*"], {
      StringLike: { "cloudwatch:namespace": ["AWS/SageMaker", "/aws/sagemaker/*"] },
    }),
  ];
}

/** Keys of S3 objects and log groups are used directly; volumes need a grant that only AWS services may use. */
export function useKey(kmsKeyArn: string): Statement[] {
  return [
    allow("UseKey", ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"], [kmsKeyArn]),
    allow("GrantKeyToVolumes", ["kms:CreateGrant"], [kmsKeyArn], { Bool: { "kms:GrantIsForAWSResource": "true" } }),
  ];
}

/** Network interfaces in the platform's subnets; the Describe actions know no resources. */
function joinVpc({ partition, region, accountId }: AwsScope): Statement[] {
  const ec2 = (resource: string) => `arn:${partition}:ec2:${region}:${accountId}:${resource}`;
  return [
    allow(
      "DescribeNetwork",
      ["ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"],
      ["*"],
    ),
    allow(
      "JoinNetwork",
      ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission"],
      [ec2("network-interface/*"), ec2("security-group/*"), ec2("subnet/*")],
    ),
    allow("LendInterface", ["ec2:CreateNetworkInterfacePermission"], [ec2("network-interface/*")]),
  ];
}

/** Studio itself: open, list and close apps and spaces of the account's domains. No training jobs, no endpoints. */
export function useStudio(scope: AwsScope): Statement[] {
  return [
    allow(
      "UseStudio",
      [
        "sagemaker:CreateApp",
        "sagemaker:CreateSpace",
        "sagemaker:DeleteApp",
        "sagemaker:DeleteSpace",
        "sagemaker:DescribeApp",
        "sagemaker:DescribeDomain",
        "sagemaker:DescribeSpace",
        "sagemaker:DescribeUserProfile",
        "sagemaker:UpdateSpace",
      ],
      ["app/*", "domain/*", "space/*", "user-profile/*"].map((resource) => sagemakerArn(scope, resource)),
    ),
    allow("ListStudio", ["sagemaker:ListApps", "sagemaker:ListDomains", "sagemaker:ListSpaces", "sagemaker:ListUserProfiles"], ["*"]),
  ];
}
