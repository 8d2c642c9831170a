import { type AwsScope, endpointArn, logGroupArns, sagemakerArn } from "./arns";
import { allow, logsAndMetrics, policyDocument, readAndWrite, type Statement, useKey, useStudio } from "./policies";

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
    train(work),
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
    ...(kmsKeyArn === undefined ? [] : useKey(kmsKeyArn)),
    leaveEndpointsAlone(work),
  ]);
}

/** `ForAllValues` holds for a request that does not name the key at all, so that is refused beside it. */
function train({ scope, instanceTypes, maxRuntimeSeconds, subnetIds }: DataScientistWork): Statement {
  return allow("Train", ["sagemaker:CreateTrainingJob"], [sagemakerArn(scope, `training-job/${experimentPrefix}*`)], {
    "ForAllValues:StringLike": { "sagemaker:InstanceTypes": [...instanceTypes] },
    NumericLessThanEquals: { "sagemaker:MaxRuntimeInSeconds": String(maxRuntimeSeconds) },
    Null: { "sagemaker:InstanceTypes": "false", ...(subnetIds === undefined ? {} : { "sagemaker:VpcSubnets": "false" }) },
    ...(subnetIds === undefined ? {} : { "ForAllValues:StringEquals": { "sagemaker:VpcSubnets": [...subnetIds] } }),
  });
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
