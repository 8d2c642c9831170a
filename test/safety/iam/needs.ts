import type { AwsRequest } from "./evaluate";
import { account, boundary, kmsKeyArn, region } from "./roles";

const arn = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;
const ask = (action: string, resource: string, context: AwsRequest["context"] = {}): AwsRequest => ({ action, resource, context });
const object = (key: string) => `arn:aws:s3:::shop/${key}`;
const list = (prefix: string) => ask("s3:ListBucket", "arn:aws:s3:::shop", { "s3:prefix": prefix });
const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;

const pulls = {
  EcrLogin: ask("ecr:GetAuthorizationToken", "*"),
  PullImages: ask("ecr:BatchGetImage", arn("ecr", "repository/shop-models")),
};
const metrics = { PutMetrics: ask("cloudwatch:PutMetricData", "*", { "cloudwatch:namespace": "/aws/sagemaker/Endpoints" }) };
const encrypts = {
  UseKey: ask("kms:GenerateDataKey", kmsKeyArn),
  GrantKeyToVolumes: ask("kms:CreateGrant", kmsKeyArn, { "kms:GrantIsForAWSResource": "true" }),
};
/** A data scientist's use of the key, which is by services for what they do. */
const encryptsByServices = {
  DescribeKey: ask("kms:DescribeKey", kmsKeyArn),
  UseKeyForObjects: ask("kms:GenerateDataKey", kmsKeyArn, {
    "kms:ViaService": `s3.${region}.amazonaws.com`,
    "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::shop",
  }),
  GrantKeyToVolumes: ask("kms:CreateGrant", kmsKeyArn, {
    "kms:ViaService": `sagemaker.${region}.amazonaws.com`,
    "kms:GrantIsForAWSResource": "true",
  }),
};
const secrets = {
  ReadSecrets: ask("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:hf-1a2B3c")),
  ReadParameters: ask("ssm:GetParameter", arn("ssm", "parameter/hf")),
};
const joins = {
  DescribeNetwork: ask("ec2:DescribeSubnets", "*"),
  JoinNetwork: ask("ec2:CreateNetworkInterface", arn("ec2", "subnet/subnet-1")),
  LendInterface: ask("ec2:CreateNetworkInterfacePermission", arn("ec2", "network-interface/eni-1")),
};
const hosts = {
  WriteLogs: ask("logs:PutLogEvents", arn("logs", "log-group:/aws/sagemaker/Endpoints/shop-iris--2:log-stream:main/i-1")),
  List: list("training/iris/"),
  Read: ask("s3:GetObject", object("training/iris/iris-1/output/model.tar.gz")),
};
const studio = {
  UseStudio: ask("sagemaker:CreateApp", arn("sagemaker", "app/d-1/ada/JupyterLab/default")),
  ListStudio: ask("sagemaker:ListApps", "*"),
  List: list("channels/iris/"),
  Read: ask("s3:GetObject", object("channels/iris/1/data.csv")),
  Write: ask("s3:PutObject", object("studio/ada/notes.ipynb")),
  WriteLogs: ask("logs:CreateLogStream", arn("logs", "log-group:/aws/sagemaker/studio:log-stream:d-1/ada")),
};

/** A request within every limit of a data scientist's training. */
export const experiment = ask("sagemaker:CreateTrainingJob", arn("sagemaker", "training-job/experiment-1"), {
  "sagemaker:InstanceTypes": ["ml.m5.large"],
  "sagemaker:MaxRuntimeInSeconds": "28800",
  "sagemaker:VpcSubnets": ["subnet-1"],
  "sagemaker:VpcSecurityGroupIds": ["sg-1"],
  "sagemaker:OutputKmsKeyArn": kmsKeyArn,
  "sagemaker:VolumeKmsKeyArn": kmsKeyArn,
});

/** The same on instances that encrypt disks of their own. */
export const experimentOnOwnDisks: AwsRequest = {
  ...experiment,
  context: {
    ...Object.fromEntries(Object.entries(experiment.context ?? {}).filter(([key]) => key !== "sagemaker:VolumeKmsKeyArn")),
    "sagemaker:InstanceTypes": ["ml.g5.xlarge"],
  },
};

/** What each role needs, by the one statement that allows it. */
export const needs: Readonly<Record<string, Readonly<Record<string, AwsRequest>>>> = {
  training: {
    ...secrets,
    ...pulls,
    ...metrics,
    ...encrypts,
    ...joins,
    List: list("channels/iris/1/"),
    Read: ask("s3:GetObject", object("channels/iris/1/data.csv")),
    Write: ask("s3:PutObject", object("training/iris/iris-1/output/model.tar.gz")),
    WriteLogs: ask("logs:PutLogEvents", arn("logs", "log-group:/aws/sagemaker/TrainingJobs:log-stream:iris-1/algo-1")),
  },
  realtime: {
    ...pulls,
    ...metrics,
    ...encrypts,
    ...joins,
    ...hosts,
    Write: ask("s3:PutObject", object("captures/iris/shop-iris/main/2026/11/21/1.jsonl")),
    WatchAlarms: ask("cloudwatch:DescribeAlarms", arn("cloudwatch", "alarm:iris-5xx")),
  },
  serverless: { ...secrets, ...pulls, ...metrics, ...encrypts, ...hosts },
  async: {
    ...pulls,
    ...metrics,
    ...encrypts,
    ...joins,
    ...hosts,
    Write: ask("s3:PutObject", object("async/iris/output/1.out")),
    Notify: ask("sns:Publish", arn("sns", "iris-topics-success-1a2b")),
  },
  studio: { ...metrics, ...encrypts, ...joins, ...studio },
  "function that invokes": {
    InvokeModel: ask("sagemaker:InvokeEndpoint", arn("sagemaker", "endpoint/shop-iris")),
    WriteLogs: ask("logs:PutLogEvents", arn("logs", "log-group:/aws/lambda/shop-iris-api:log-stream:1")),
  },
  "function that streams": {
    InvokeModel: ask("sagemaker:InvokeEndpointWithResponseStream", arn("sagemaker", "endpoint/shop-iris--2")),
    WriteLogs: ask("logs:CreateLogStream", arn("logs", "log-group:/aws/lambda/shop-iris-api:log-stream:1")),
  },
  "function that submits": {
    InvokeModel: ask("sagemaker:InvokeEndpointAsync", arn("sagemaker", "endpoint/shop-iris")),
    PutInputs: ask("s3:PutObject", object("async/iris/input/1")),
    ReadResults: ask("s3:GetObject", object("async/iris/output/1.out")),
    UseKey: ask("kms:Decrypt", kmsKeyArn),
    WriteLogs: ask("logs:PutLogEvents", arn("logs", "log-group:/aws/lambda/shop-iris-api:log-stream:1")),
  },
  "data scientist": {
    ...metrics,
    ...encryptsByServices,
    ...studio,
    Train: experiment,
    TrainOnOwnDisks: experimentOnOwnDisks,
    TendTraining: ask("sagemaker:StopTrainingJob", arn("sagemaker", "training-job/experiment-1")),
    PassTrainingRole: ask("iam:PassRole", role("scientist-training-1a2b"), { "iam:PassedToService": "sagemaker.amazonaws.com" }),
    TrackExperiments: ask("sagemaker:CreateTrial", arn("sagemaker", "experiment-trial/flowers")),
    ListExperiments: ask("sagemaker:ListExperiments", "*"),
    ReadTrainingLogs: ask("logs:GetLogEvents", arn("logs", "log-group:/aws/sagemaker/TrainingJobs:log-stream:experiment-1/algo-1")),
  },
  deployer: {
    Host: ask("sagemaker:UpdateEndpoint", arn("sagemaker", "endpoint/shop-iris")),
    MakeRoles: ask("iam:CreateRole", role("iris-serving-role-1a2b"), { "iam:PermissionsBoundary": boundary }),
    TendRoles: ask("iam:GetRole", role("iris-serving-role-1a2b")),
    PassRoles: ask("iam:PassRole", role("iris-serving-role-1a2b"), { "iam:PassedToService": "sagemaker.amazonaws.com" }),
    EcrLogin: pulls.EcrLogin,
    ReadFindings: ask("inspector2:ListFindings", "*"),
    PushImages: ask("ecr:PutImage", arn("ecr", "repository/shop-models")),
    ListObjects: list("channels/iris/1/"),
    PutObjects: ask("s3:PutObject", object("channels/iris/1/data.csv")),
    Functions: ask("lambda:UpdateFunctionCode", arn("lambda", "function:iris-api-function-1a2b")),
    Apis: ask("apigateway:POST", `arn:aws:apigateway:${region}::/apis`),
    LogGroups: ask("logs:CreateLogGroup", arn("logs", "log-group:/aws/lambda/shop-iris-api-function-logs")),
    FindLogGroups: ask("logs:DescribeLogGroups", "*"),
    DeliverAccessLogs: ask("logs:CreateLogDelivery", "*"),
    ReadLogs: ask("logs:GetLogEvents", arn("logs", "log-group:/aws/sagemaker/Endpoints/shop-iris:log-stream:main/i-1")),
    ScaleEndpoints: ask("application-autoscaling:PutScalingPolicy", arn("application-autoscaling", "scalable-target/1a2b"), {
      "application-autoscaling:service-namespace": "sagemaker",
    }),
    FindScaling: ask("application-autoscaling:DescribeScalableTargets", "*"),
    ScalingRole: ask(
      "iam:CreateServiceLinkedRole",
      role("aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRole"),
      {
        "iam:AWSServiceName": "sagemaker.application-autoscaling.amazonaws.com",
      },
    ),
    WakeAlarms: ask("cloudwatch:PutMetricAlarm", arn("cloudwatch", "alarm:iris-endpoint-scaling-wake-1a2b")),
    Alarms: ask("cloudwatch:PutMetricAlarm", arn("cloudwatch", "alarm:shop-iris-errors")),
    Topics: ask("sns:CreateTopic", arn("sns", "iris-topics-error-1a2b")),
    Parameters: ask("ssm:PutParameter", arn("ssm", "parameter/slipway/shop/iris")),
    FindParameters: ask("ssm:DescribeParameters", "*"),
    UseKey: encrypts.UseKey,
    GrantKeyToAws: encrypts.GrantKeyToVolumes,
  },
  invoker: { Invoke: ask("sagemaker:InvokeEndpoint", arn("sagemaker", "endpoint/shop-iris--3")) },
  "asynchronous invoker": {
    Invoke: ask("sagemaker:InvokeEndpointAsync", arn("sagemaker", "endpoint/shop-iris")),
    PutInputs: ask("s3:PutObject", object("async/iris/input/1")),
    ReadResults: ask("s3:GetObject", object("async/iris/failure/1-error.out")),
    UseKey: ask("kms:GenerateDataKey", kmsKeyArn),
  },
};
