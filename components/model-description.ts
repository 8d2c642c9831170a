import * as pulumi from "@pulumi/pulumi";
import { asyncLocations } from "./hosting/async-inference";
import type { AsyncArgs } from "./hosting/async-spec";
import { servingSpec } from "./hosting/serving";
import type { ModelService } from "./model-service";
import type { ModelServiceArgs } from "./model-service-args";
import type { PlatformValues } from "./platform/platform-exports";
import type { TrainingJob } from "./training/training-job";

/** What a client needs to call a model. */
export interface ModelDescription {
  endpointName: string;
  endpointArn: string;
  /** realtime, serverless or async */
  kind: string;
  region: string;
  /** URL to `POST` to; left out when the model has no API. */
  apiUrl?: string;
  contentTypes: string[];
  /** S3 prefix for inputs of an asynchronous model; left out for others, as are the next four. */
  inputLocation?: string;
  /** S3 prefix of its results. */
  outputLocation?: string;
  /** S3 prefix of what failed requests leave. */
  failureLocation?: string;
  /** Topic with a message per result, when there is one. */
  successTopicArn?: string;
  /** Topic with a message per failure, when there is one. */
  errorTopicArn?: string;
  /** Name of the job that trained the model; left out when it was not trained here. */
  trainingJobName?: string;
}

/** Known once the model can be called. */
export function describeModel(
  model: string,
  args: ModelServiceArgs,
  platform: PlatformValues,
  service: ModelService,
  training: TrainingJob | undefined,
): pulumi.Output<ModelDescription> {
  const asynchronous = args.async === undefined ? {} : describeAsync(model, args.async, platform);
  return pulumi
    .all([service.endpointName, service.endpointArn, platform.region, service.apiUrl, pulumi.output(training?.jobName), asynchronous])
    .apply(([endpointName, endpointArn, region, apiUrl, trainingJobName, others]) => ({
      endpointName,
      endpointArn,
      kind: servingSpec(args).kind,
      region,
      contentTypes: args.contentTypes ?? ["application/json"],
      ...others,
      ...(apiUrl === undefined ? {} : { apiUrl }),
      ...(trainingJobName === undefined ? {} : { trainingJobName }),
    }));
}

function describeAsync(model: string, args: AsyncArgs, platform: PlatformValues): pulumi.Input<Partial<ModelDescription>> {
  const { input, output, failure } = asyncLocations(args, platform, model);
  const { successTopicArn, errorTopicArn } = args.notifications ?? {};
  return pulumi.output({
    inputLocation: input,
    outputLocation: output,
    failureLocation: failure,
    ...(successTopicArn === undefined ? {} : { successTopicArn }),
    ...(errorTopicArn === undefined ? {} : { errorTopicArn }),
  });
}
