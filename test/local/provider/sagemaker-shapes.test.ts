import { describe, expect, it } from "vitest";
import { sagemakerProperties, sagemakerRequest, trainingProperties } from "../../../local/provider/resources/sagemaker-shapes";

const properties = {
  trainingJobName: "iris-1",
  algorithmSpecification: { trainingImage: "image", trainingInputMode: "File", containerEntrypoints: ["train"] },
  hyperParameters: { max_depth: "3", C: "1" },
  environment: { lower: "1" },
  inputDataConfigs: [{ channelName: "train", dataSource: { s3DataSource: { s3Uri: "s3://b/k", s3DataType: "S3Prefix" } } }],
  resourceConfig: { instanceType: "ml.m5.large", instanceCount: 1, volumeSizeInGb: 30 },
  vpcConfig: { subnets: ["subnet-1"], securityGroupIds: ["sg-1"] },
};
const request = {
  TrainingJobName: "iris-1",
  AlgorithmSpecification: { TrainingImage: "image", TrainingInputMode: "File", ContainerEntrypoint: ["train"] },
  HyperParameters: { max_depth: "3", C: "1" },
  Environment: { lower: "1" },
  InputDataConfig: [{ ChannelName: "train", DataSource: { S3DataSource: { S3Uri: "s3://b/k", S3DataType: "S3Prefix" } } }],
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 30 },
  VpcConfig: { Subnets: ["subnet-1"], SecurityGroupIds: ["sg-1"] },
};

describe("provider properties and SageMaker's API", () => {
  it("differ in names only, and keys that are the user's own stay", () => {
    expect(sagemakerRequest(properties)).toEqual(request);
    expect(trainingProperties(request)).toEqual(properties);
  });

  it("hold one block as a list here and as a structure there", () => {
    const variants = {
      productionVariants: [
        { routingConfigs: [{ routingStrategy: "RANDOM" }], serverlessConfig: { memorySizeInMb: 2048, maxConcurrency: 1 } },
      ],
    };
    const api = {
      ProductionVariants: [{ RoutingConfig: { RoutingStrategy: "RANDOM" }, ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 1 } }],
    };
    expect(sagemakerRequest(variants)).toEqual(api);
    expect(sagemakerProperties(api)).toEqual(variants);
    const source = {
      primaryContainer: { modelDataSource: { s3DataSources: [{ s3Uri: "s3://b/m/", compressionType: "None", s3DataType: "S3Prefix" }] } },
    };
    expect(sagemakerRequest(source)).toEqual({
      PrimaryContainer: { ModelDataSource: { S3DataSource: { S3Uri: "s3://b/m/", CompressionType: "None", S3DataType: "S3Prefix" } } },
    });
  });

  it("keep a zero, which is a weight", () => {
    expect(sagemakerRequest({ productionVariants: [{ initialVariantWeight: 0 }] })).toEqual({
      ProductionVariants: [{ InitialVariantWeight: 0 }],
    });
  });
});
