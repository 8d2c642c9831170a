import { type CallMode, callerPermissions } from "../../../components/api/policies";
import { dataScientistPermissions } from "../../../components/iam/data-scientist-policies";
import { deployerPermissions } from "../../../components/iam/deployer-policies";
import { invokerPermissions } from "../../../components/iam/invoker-policies";
import { permissions, type RoleKind, type RoleWork } from "../../../components/iam/policies";
import { type PolicyStatement, statementsOf } from "./evaluate";

export const account = "123456789012";
export const region = "eu-central-1";
export const scope = { partition: "aws", region, accountId: account };
export const kmsKeyArn = `arn:aws:kms:${region}:${account}:key/1`;
export const boundary = `arn:aws:iam::${account}:policy/boundary`;
const image = `${account}.dkr.ecr.${region}.amazonaws.com/shop-models@sha256:1`;
/** Values of an environment that name a secret and a parameter. */
const environment = [`arn:aws:secretsmanager:${region}:${account}:secret:hf-1a2B3c`, `arn:aws:ssm:${region}:${account}:parameter/hf`];
const topicArns = [`arn:aws:sns:${region}:${account}:iris-topics-success-1a2b`];
const places = { input: "s3://shop/async/iris/input", output: "s3://shop/async/iris/output", failure: "s3://shop/async/iris/failure" };

/** A role with everything it can be given, so that every statement is there. */
function execution(kind: RoleKind, work: Partial<RoleWork>): string {
  const nothing = { readPaths: [], writePaths: [], topicArns: [], alarmNames: [], logGroup: "/aws/sagemaker/Endpoints/shop-iris" };
  return permissions({ kind, scope, images: [image], kmsKeyArn, vpc: true, ...nothing, ...work });
}

const caller = (mode: CallMode) =>
  callerPermissions({
    scope,
    endpointName: "shop-iris",
    logGroup: "/aws/lambda/shop-iris-api",
    mode,
    places: mode === "submit" ? places : undefined,
    receipts: mode === "submit",
    kmsKeyArn,
  });

const deployer = deployerPermissions({
  scope,
  platform: "shop",
  models: ["iris"],
  bucketName: "shop",
  repositoryArn: `arn:aws:ecr:${region}:${account}:repository/shop-models`,
  kmsKeyArn,
  readsScans: true,
  permissionsBoundaryArn: boundary,
});

export const documents: Readonly<Record<string, readonly string[]>> = {
  training: [
    execution("training", {
      readPaths: ["s3://shop/channels/iris/"],
      writePaths: ["s3://shop/training/iris/"],
      logGroup: "/aws/sagemaker/TrainingJobs",
      environment,
    }),
  ],
  realtime: [
    execution("realtime", { readPaths: ["s3://shop/training/iris/"], writePaths: ["s3://shop/captures/iris/"], alarmNames: ["iris-5xx"] }),
  ],
  serverless: [execution("serverless", { readPaths: ["s3://shop/training/iris/"], environment })],
  async: [
    execution("async", {
      readPaths: ["s3://shop/training/iris/", "s3://shop/async/iris/input/"],
      writePaths: ["s3://shop/async/iris/output/"],
      topicArns,
    }),
  ],
  studio: [
    execution("studio", { images: [], readPaths: ["s3://shop/"], writePaths: ["s3://shop/studio/"], logGroup: "/aws/sagemaker/studio" }),
  ],
  "function that invokes": [caller("invoke")],
  "function that streams": [caller("stream")],
  "function that submits": [caller("submit")],
  "data scientist": [
    dataScientistPermissions({
      scope,
      platform: "shop",
      bucketName: "shop",
      trainingRoleArn: `arn:aws:iam::${account}:role/scientist-training-1a2b`,
      instanceTypes: ["ml.m5.*", "ml.c5.xlarge", "ml.g5.*"],
      maxRuntimeSeconds: 28_800,
      subnetIds: ["subnet-1", "subnet-2"],
      securityGroupIds: ["sg-1"],
      kmsKeyArn,
    }),
  ],
  deployer: [deployer.models, deployer.surroundings],
  invoker: [invokerPermissions({ scope, endpointName: "shop-iris--2", places: undefined, kmsKeyArn })],
  "asynchronous invoker": [invokerPermissions({ scope, endpointName: "shop-iris", places, kmsKeyArn })],
};

/** The statements of every role, by what the role is for. */
export const roles: Readonly<Record<string, readonly PolicyStatement[]>> = Object.fromEntries(
  Object.entries(documents).map(([role, texts]) => [role, texts.flatMap(statementsOf)]),
);
