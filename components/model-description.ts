import * as pulumi from "@pulumi/pulumi";
import { servingSpec } from "./hosting/serving";
import type { ModelService } from "./model-service";
import type { ModelServiceArgs } from "./model-service-args";
import type { PlatformValues } from "./platform/platform-exports";
import type { TrainingJob } from "./training/training-job";

/** What a client needs to call a model. */
export interface ModelDescription {
  endpointName: string;
  endpointArn: string;
  /** realtime or serverless */
  kind: string;
  region: string;
  /** URL to `POST` to; left out when the model has no API. */
  apiUrl?: string;
  contentTypes: string[];
  /** Name of the job that trained the model; left out when it was not trained here. */
  trainingJobName?: string;
}

/** Known once the model can be called. */
export function describeModel(
  args: ModelServiceArgs,
  platform: PlatformValues,
  service: ModelService,
  training: TrainingJob | undefined,
): pulumi.Output<ModelDescription> {
  return pulumi
    .all([service.endpointName, service.endpointArn, platform.region, service.apiUrl, pulumi.output(training?.jobName)])
    .apply(([endpointName, endpointArn, region, apiUrl, trainingJobName]) => ({
      endpointName,
      endpointArn,
      kind: servingSpec(args).kind,
      region,
      contentTypes: args.contentTypes ?? ["application/json"],
      ...(apiUrl === undefined ? {} : { apiUrl }),
      ...(trainingJobName === undefined ? {} : { trainingJobName }),
    }));
}
