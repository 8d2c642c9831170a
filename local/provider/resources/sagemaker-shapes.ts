import { fromApi, type ShapeRules, toApi } from "../shapes";
import type { Values } from "../values";

/** Where SageMaker's API names differ from the provider's (@pulumi/aws sagemaker inputs against the SageMaker API reference). */
const rules: ShapeRules = {
  renamed: {
    containerEntrypoints: "ContainerEntrypoint",
    efsFileSystemConfig: "EFSFileSystemConfig",
    enableSagemakerMetricsTimeSeries: "EnableSageMakerMetricsTimeSeries",
    enableSsmAccess: "EnableSSMAccess",
    includeInferenceResponseIns: "IncludeInferenceResponseIn",
    inputDataConfigs: "InputDataConfig",
    memorySizeInMb: "MemorySizeInMB",
    routingConfigs: "RoutingConfig",
    s3DataSources: "S3DataSource",
    sagemakerImageArn: "SageMakerImageArn",
    sagemakerImageVersionAlias: "SageMakerImageVersionAlias",
    sagemakerImageVersionArn: "SageMakerImageVersionArn",
    volumeSizeInGb: "VolumeSizeInGB",
  },
  single: ["s3DataSources", "routingConfigs"],
  verbatim: ["environment", "hyperParameters", "hookParameters", "collectionParameters", "ruleParameters", "profilingParameters"],
};

/** Provider properties -> members of a SageMaker request. */
export function sagemakerRequest(values: Values): Record<string, unknown> {
  return toApi(values, rules);
}

/** Members of a SageMaker response -> provider properties. */
export function sagemakerProperties(response: object): Values {
  return fromApi(response, rules);
}

/** The same for a training job, whose S3 data sources are blocks and not lists of one. */
export function trainingProperties(response: object): Values {
  const { s3DataSources: _, ...renamed } = rules.renamed;
  return fromApi(response, { ...rules, renamed, single: [] });
}
