import { hasLocalStorage } from "../instance-storage";
import type { TrainingSpec } from "./training-spec";

/** Values that are known only when resources exist. */
export interface JobValues {
  readonly image: string;
  readonly roleArn: string;
  readonly outputPath: string;
  readonly channels: readonly { readonly name: string; readonly uri: string }[];
  readonly hyperparameters: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly kmsKeyArn?: string | undefined;
  readonly subnetIds?: readonly string[] | undefined;
  readonly securityGroupIds?: readonly string[] | undefined;
}

/** The job's arguments as plain data; all of it goes into the hash in its name, since a change of any makes another job. */
export function jobArguments(spec: TrainingSpec, values: JobValues) {
  const { kmsKeyArn, subnetIds, securityGroupIds } = values;
  return {
    algorithmSpecification: { trainingImage: values.image, trainingInputMode: "File" },
    roleArn: values.roleArn,
    inputDataConfigs: values.channels.map(({ name, uri }) => ({
      channelName: name,
      inputMode: "File",
      dataSource: { s3DataSource: { s3DataType: "S3Prefix", s3DataDistributionType: "FullyReplicated", s3Uri: uri } },
    })),
    outputDataConfig: { s3OutputPath: values.outputPath, ...(kmsKeyArn === undefined ? {} : { kmsKeyId: kmsKeyArn }) },
    resourceConfig: {
      instanceType: spec.instanceType,
      instanceCount: spec.instanceCount,
      volumeSizeInGb: spec.volumeSizeInGb,
      ...(kmsKeyArn === undefined || hasLocalStorage(spec.instanceType) ? {} : { volumeKmsKeyId: kmsKeyArn }),
    },
    stoppingCondition: {
      maxRuntimeInSeconds: spec.maxRuntimeSeconds,
      ...(spec.maxWaitSeconds === undefined ? {} : { maxWaitTimeInSeconds: spec.maxWaitSeconds }),
    },
    hyperParameters: { ...values.hyperparameters },
    environment: { ...values.environment },
    ...(subnetIds === undefined ? {} : { vpcConfig: { subnets: [...subnetIds], securityGroupIds: [...(securityGroupIds ?? [])] } }),
    spot: spec.spot,
    networkIsolation: spec.networkIsolation,
  };
}
