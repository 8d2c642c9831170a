import { hasLocalStorage } from "../instance-storage";
import { type AwsScope, endpointArn, logGroupArns, sagemakerArn, serviceSuffix } from "./arns";
import { allow, logsAndMetrics, policyDocument, readAndWrite, type Statement, useStudio } from "./policies";

/** What a data scientist may do in a platform. */
export interface DataScientistWork {
  readonly scope: AwsScope;
  /** Name of the platform, which its endpoints' names begin with. */
  readonly platform: string;
  readonly bucketName: string;
  /** Role that the training jobs of experiments run as. */
  readonly trainingRoleArn: string;
  /** Instance types of those jobs; `*` stands for any text. */
  readonly instanceTypes: readonly string[];
  readonly maxRuntimeSeconds: number;
  /** Subnets those jobs must be in; undefined when the platform has no network. */
  readonly subnetIds: readonly string[] | undefined;
  /** Security groups those jobs must be in, and no other. */
  readonly securityGroupIds: readonly string[] | undefined;
  /** Key that those jobs must encrypt their volumes and results with. */
  readonly kmsKeyArn: string | undefined;
}

/** Names of training jobs of experiments begin so, and what they write is below the prefix of that name. */
export const experimentPrefix = "experiment-";

/**
 * Studio, experiments and their training jobs within limits; reading the platform's data, writing below `studio/` and `experiments/`. Endpoints of the
 * platform are refused in so many words, so that no other policy of the role lets them be changed.
 */
export function dataScientistPermissions(work: DataScientistWork): string {
  const { scope, bucketName, kmsKeyArn } = work;
  const bucket = `s3://${bucketName}/`;
  return policyDocument([
    ...useStudio(scope),
    ...train(work),
    allow(
      "TendTraining",
      ["sagemaker:AddTags", "sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob"],
      [sagemakerArn(scope, `training-job/${experimentPrefix}*`)],
    ),
    allow("PassTrainingRole", ["iam:PassRole"], [work.trainingRoleArn], {
      StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" },
    }),
    ...track(scope),
    ...readAndWrite({ scope, readPaths: [bucket], writePaths: [`${bucket}studio/`, `${bucket}experiments/`] }),
    allow(
      "ReadTrainingLogs",
      ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"],
      logGroupArns(scope, "/aws/sagemaker/TrainingJobs"),
    ),
    ...logsAndMetrics({ kind: "studio", scope, logGroup: "/aws/sagemaker/studio" }),
    ...(kmsKeyArn === undefined ? [] : useKeyThroughServices(work, kmsKeyArn)),
    leaveEndpointsAlone(work),
  ]);
}

/** AWS takes no key for disks that are the instances' own and encrypts these itself: a job on such has the key for its results alone. */
function train(work: DataScientistWork): Statement[] {
  const { instanceTypes, kmsKeyArn } = work;
  if (kmsKeyArn === undefined) {
    return [trainOn("Train", instanceTypes, work, {})];
  }
  const output = { "sagemaker:OutputKmsKeyArn": kmsKeyArn };
  const [own, volumes] = [instanceTypes.filter(hasLocalStorage), instanceTypes.filter((type) => !hasLocalStorage(type))];
  return [
    ...(volumes.length === 0 ? [] : [trainOn("Train", volumes, work, { ...output, "sagemaker:VolumeKmsKeyArn": kmsKeyArn })]),
    ...(own.length === 0 ? [] : [trainOn("TrainOnOwnDisks", own, work, output)]),
  ];
}

/** `ForAllValues` holds for a request that does not name the key at all, so that is refused beside it. */
function trainOn(
  sid: string,
  instanceTypes: readonly string[],
  { scope, maxRuntimeSeconds, subnetIds, securityGroupIds }: DataScientistWork,
  keys: Readonly<Record<string, string>>,
): Statement {
  const places = {
    ...(subnetIds === undefined ? {} : { "sagemaker:VpcSubnets": [...subnetIds] }),
    ...(securityGroupIds === undefined ? {} : { "sagemaker:VpcSecurityGroupIds": [...securityGroupIds] }),
  };
  return allow(sid, ["sagemaker:CreateTrainingJob"], [sagemakerArn(scope, `training-job/${experimentPrefix}*`)], {
    "ForAllValues:StringLike": { "sagemaker:InstanceTypes": [...instanceTypes] },
    NumericLessThanEquals: { "sagemaker:MaxRuntimeInSeconds": String(maxRuntimeSeconds) },
    Null: Object.fromEntries(["sagemaker:InstanceTypes", ...Object.keys(places)].map((key) => [key, "false"])),
    ...(Object.keys(places).length === 0 ? {} : { "ForAllValues:StringEquals": places }),
    ...(Object.keys(keys).length === 0 ? {} : { ArnEquals: keys }),
  });
}

/** The key for objects of the platform's bucket, through S3 alone, and for the volumes of Studio's apps, which AWS grants itself; nothing by KMS directly. */
function useKeyThroughServices({ scope, bucketName }: DataScientistWork, kmsKeyArn: string): Statement[] {
  const via = (...services: string[]) => ({ "kms:ViaService": services.map((service) => `${service}.${serviceSuffix(scope)}`) });
  const bucket = `arn:${scope.partition}:s3:::${bucketName}`;
  return [
    allow("DescribeKey", ["kms:DescribeKey"], [kmsKeyArn]),
    allow("UseKeyForObjects", ["kms:Decrypt", "kms:GenerateDataKey"], [kmsKeyArn], {
      StringEquals: via("s3"),
      // S3 names the bucket where the bucket has a key of its own from KMS, as the platform's has, and the object elsewhere.
      StringLike: { "kms:EncryptionContext:aws:s3:arn": [bucket, `${bucket}/*`] },
    }),
    allow("GrantKeyToVolumes", ["kms:CreateGrant"], [kmsKeyArn], {
      StringEquals: via("ec2", "elasticfilesystem", "sagemaker"),
      Bool: { "kms:GrantIsForAWSResource": "true" },
    }),
  ];
}

function track(scope: AwsScope): Statement[] {
  const tracked = ["experiment/*", "experiment-trial/*", "experiment-trial-component/*"].map((resource) => sagemakerArn(scope, resource));
  return [
    allow(
      "TrackExperiments",
      [
        ...["CreateExperiment", "CreateTrial", "CreateTrialComponent", "AssociateTrialComponent"],
        ...["DescribeExperiment", "DescribeTrial", "DescribeTrialComponent"],
        ...["UpdateExperiment", "UpdateTrial", "UpdateTrialComponent", "BatchPutMetrics"],
      ].map((action) => `sagemaker:${action}`),
      tracked,
    ),
    allow(
      "ListExperiments",
      ["ListExperiments", "ListTrainingJobs", "ListTrialComponents", "ListTrials"].map((action) => `sagemaker:${action}`),
      ["*"],
    ),
  ];
}

function leaveEndpointsAlone({ scope, platform }: DataScientistWork): Statement {
  const actions = ["CreateEndpoint", "DeleteEndpoint", "UpdateEndpoint", "UpdateEndpointWeightsAndCapacities"];
  return {
    Sid: "LeaveEndpointsAlone",
    Effect: "Deny",
    Action: actions.map((action) => `sagemaker:${action}`),
    Resource: [endpointArn(scope, `${platform}-*`)],
  };
}
