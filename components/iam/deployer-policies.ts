import { numberedNames } from "../hosting/endpoint-name";
import { type AwsScope, endpointArn, logGroupArns, s3ObjectArn, sagemakerArn } from "./arns";
import { allow, policyDocument, type Statement } from "./policies";

/** What a deployer may bring up and take down. */
export interface DeployerWork {
  readonly scope: AwsScope;
  /** Name of the platform. */
  readonly platform: string;
  /** Names of the models. */
  readonly models: readonly string[];
  readonly bucketName: string;
  readonly repositoryArn: string;
  readonly kmsKeyArn: string | undefined;
  /** Whether findings in images stop a deployment: those of Amazon Inspector are read with rights of its own. */
  readonly readsScans: boolean;
  /** Boundary that every role it makes must have: without one it could make itself a role that may do anything. */
  readonly permissionsBoundaryArn: string;
}

type Lists = Readonly<Record<string, readonly string[]>>;

/** The models of one platform, from image to API, and nothing of the platform itself. Two policies: together they are more than one inline policy may hold. */
export function deployerPermissions(work: DeployerWork): { readonly models: string; readonly surroundings: string } {
  return {
    models: policyDocument([...hosting(work), ...roles(work), ...images(work), ...objects(work)]),
    surroundings: policyDocument([...fronts(work), ...logs(work), ...scaling(work), ...messages(work), ...key(work)]),
  };
}

/** Actions written without their service. */
function actions(service: string, verbs: Readonly<Lists>): string[] {
  return Object.entries(verbs).flatMap(([verb, nouns]) => nouns.map((noun) => `${service}:${verb}${noun}`));
}

/** Everything made for a model is named after it, with what it is and what Pulumi adds behind a hyphen. */
function named({ scope: { partition, region, accountId }, models }: DeployerWork, service: string, kind: string, global = false): string[] {
  return models.map((model) => `arn:${partition}:${service}:${global ? "" : region}:${accountId}:${kind}${model}-*`);
}

function endpointsOf({ scope, platform, models }: DeployerWork): string[] {
  return models
    .flatMap((model) => [`${platform}-${model}`, `${platform}-${model}${numberedNames}`])
    .map((name) => endpointArn(scope, name));
}

function hosting(work: DeployerWork): Statement[] {
  const made = work.models.flatMap((model) =>
    ["endpoint-config", "model", "training-job"].map((kind) => sagemakerArn(work.scope, `${kind}/${model.toLowerCase()}-*`)),
  );
  return [
    allow(
      "Host",
      actions("sagemaker", {
        Create: ["Endpoint", "EndpointConfig", "Model", "TrainingJob"],
        Update: ["Endpoint", "EndpointWeightsAndCapacities"],
        Delete: ["Endpoint", "EndpointConfig", "Model"],
        Describe: ["Endpoint", "EndpointConfig", "Model", "TrainingJob"],
        Stop: ["TrainingJob"],
        Add: ["Tags"],
        List: ["Tags"],
      }).concat("sagemaker:DeleteTags"),
      [...endpointsOf(work), ...made],
    ),
  ];
}

function roles(work: DeployerWork): Statement[] {
  const own = named(work, "iam", "role/", true);
  return [
    allow("MakeRoles", actions("iam", { Create: ["Role"], Put: ["RolePolicy"], Delete: ["RolePolicy"] }), own, {
      StringEquals: { "iam:PermissionsBoundary": work.permissionsBoundaryArn },
    }),
    allow(
      "TendRoles",
      actions("iam", {
        Get: ["Role", "RolePolicy"],
        List: ["AttachedRolePolicies", "InstanceProfilesForRole", "RolePolicies"],
        Update: ["AssumeRolePolicy", "RoleDescription"],
        Delete: ["Role"],
        Tag: ["Role"],
        Untag: ["Role"],
      }),
      own,
    ),
    allow("PassRoles", ["iam:PassRole"], own, {
      StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com", "sagemaker.amazonaws.com"] },
    }),
  ];
}

function images({ repositoryArn, readsScans }: DeployerWork): Statement[] {
  return [
    allow("EcrLogin", ["ecr:GetAuthorizationToken"], ["*"]),
    allow(
      "PushImages",
      [
        ...["BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload", "DescribeImages"],
        ...["DescribeImageScanFindings", "GetDownloadUrlForLayer", "InitiateLayerUpload", "PutImage", "UploadLayerPart"],
      ].map((action) => `ecr:${action}`),
      [repositoryArn],
    ),
    // AWS knows no resource for either.
    ...(readsScans ? [allow("ReadFindings", actions("inspector2", { List: ["Coverage", "Findings"] }), ["*"])] : []),
  ];
}

/** Data of channels, model data and code; results of training are SageMaker's to write. */
function objects({ scope, bucketName, models }: DeployerWork): Statement[] {
  const keys = models.flatMap((model) => ["channels", "code", "models"].map((prefix) => `${prefix}/${model}/`));
  return [
    allow("ListObjects", ["s3:ListBucket"], [`arn:${scope.partition}:s3:::${bucketName}`], {
      StringLike: { "s3:prefix": keys.map((prefix) => `${prefix}*`) },
    }),
    allow(
      "PutObjects",
      actions("s3", { Get: ["Object", "ObjectTagging"], Put: ["Object", "ObjectTagging"], Delete: ["Object"], Abort: ["MultipartUpload"] }),
      keys.map((prefix) => s3ObjectArn(scope, `s3://${bucketName}/${prefix}`)),
    ),
  ];
}

/** API Gateway names its resources by ids of its own, so a deployer of models with APIs may change all APIs of the account and region. */
function fronts(work: DeployerWork): Statement[] {
  const { partition, region } = work.scope;
  const apis = ["/apis", "/apis/*", "/restapis", "/restapis/*", "/apikeys", "/apikeys/*", "/usageplans", "/usageplans/*", "/tags/*"];
  return [
    allow(
      "Functions",
      actions("lambda", {
        Create: ["Function", "FunctionUrlConfig"],
        Get: ["Function", "FunctionCodeSigningConfig", "FunctionUrlConfig", "Policy"],
        List: ["Tags", "VersionsByFunction"],
        Update: ["FunctionCode", "FunctionConfiguration", "FunctionUrlConfig"],
        Delete: ["Function", "FunctionConcurrency", "FunctionUrlConfig"],
        Put: ["FunctionConcurrency"],
        Add: ["Permission"],
        Remove: ["Permission"],
        Tag: ["Resource"],
        Untag: ["Resource"],
      }),
      named(work, "lambda", "function:"),
    ),
    allow(
      "Apis",
      ["DELETE", "GET", "PATCH", "POST", "PUT"].map((verb) => `apigateway:${verb}`),
      apis.map((path) => `arn:${partition}:apigateway:${region}::${path}`),
    ),
  ];
}

function logs({ scope, platform, models }: DeployerWork): Statement[] {
  const groups = (places: readonly string[], suffix: string) =>
    models.flatMap((model) => places.flatMap((place) => logGroupArns(scope, `${place}/${platform}-${model}${suffix}`)));
  return [
    allow(
      "LogGroups",
      actions("logs", {
        Create: ["LogGroup"],
        Delete: ["LogGroup", "RetentionPolicy"],
        Put: ["RetentionPolicy"],
        Associate: ["KmsKey"],
        List: ["TagsForResource"],
        Tag: ["Resource"],
        Untag: ["Resource"],
      }),
      groups(["/aws/lambda", "/aws/apigateway"], "-*"),
    ),
    allow("FindLogGroups", ["logs:DescribeLogGroups"], ["*"]),
    // The stage of an API delivers its access logs; AWS has no resource for that.
    allow(
      "DeliverAccessLogs",
      [
        ...["CreateLogDelivery", "DeleteLogDelivery", "DescribeResourcePolicies", "GetLogDelivery", "ListLogDeliveries"],
        ...["PutResourcePolicy", "UpdateLogDelivery"],
      ].map((action) => `logs:${action}`),
      ["*"],
    ),
    allow("ReadLogs", actions("logs", { Describe: ["LogStreams"], Filter: ["LogEvents"], Get: ["LogEvents"] }), [
      ...groups(["/aws/sagemaker/Endpoints"], "*"),
      ...logGroupArns(scope, "/aws/sagemaker/TrainingJobs"),
    ]),
  ];
}

/** Targets of scaling have ids of their own: what tells them apart is the service. */
const alarmActions = actions("cloudwatch", {
  Put: ["MetricAlarm"],
  Delete: ["Alarms"],
  Describe: ["Alarms"],
  List: ["TagsForResource"],
  Tag: ["Resource"],
  Untag: ["Resource"],
});

function scaling(work: DeployerWork): Statement[] {
  const { partition, region, accountId } = work.scope;
  const service = "application-autoscaling";
  return [
    allow(
      "ScaleEndpoints",
      actions(service, {
        Register: ["ScalableTarget"],
        Deregister: ["ScalableTarget"],
        Put: ["ScalingPolicy", "ScheduledAction"],
        Delete: ["ScalingPolicy", "ScheduledAction"],
      }),
      [`arn:${partition}:${service}:${region}:${accountId}:scalable-target/*`],
      { StringEquals: { [`${service}:service-namespace`]: "sagemaker" } },
    ),
    allow("FindScaling", actions(service, { Describe: ["ScalableTargets", "ScalingPolicies", "ScheduledActions"] }), ["*"]),
    allow(
      "ScalingRole",
      ["iam:CreateServiceLinkedRole"],
      [`arn:${partition}:iam::${accountId}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/*`],
      { StringEquals: { "iam:AWSServiceName": "sagemaker.application-autoscaling.amazonaws.com" } },
    ),
    allow("WakeAlarms", alarmActions, named(work, "cloudwatch", "alarm:")),
    allow(
      "Alarms",
      alarmActions,
      work.models.map((model) => `arn:${partition}:cloudwatch:${region}:${accountId}:alarm:${work.platform}-${model}-*`),
    ),
  ];
}

function messages(work: DeployerWork): Statement[] {
  const { partition, region, accountId } = work.scope;
  return [
    allow(
      "Topics",
      actions("sns", {
        Create: ["Topic"],
        Delete: ["Topic"],
        Get: ["TopicAttributes"],
        Set: ["TopicAttributes"],
        List: ["TagsForResource"],
        Tag: ["Resource"],
        Untag: ["Resource"],
      }),
      named(work, "sns", ""),
    ),
    allow(
      "Parameters",
      actions("ssm", {
        Put: ["Parameter"],
        Get: ["Parameter", "Parameters"],
        Delete: ["Parameter"],
        Add: ["TagsToResource"],
        Remove: ["TagsFromResource"],
        List: ["TagsForResource"],
      }),
      work.models.map((model) => `arn:${partition}:ssm:${region}:${accountId}:parameter/slipway/${work.platform}/${model}`),
    ),
    allow("FindParameters", ["ssm:DescribeParameters"], ["*"]),
  ];
}

function key({ kmsKeyArn }: DeployerWork): Statement[] {
  if (kmsKeyArn === undefined) {
    return [];
  }
  return [
    allow("UseKey", ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"], [kmsKeyArn]),
    allow("GrantKeyToAws", ["kms:CreateGrant"], [kmsKeyArn], { Bool: { "kms:GrantIsForAWSResource": "true" } }),
  ];
}
