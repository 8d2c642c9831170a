import * as pulumi from "@pulumi/pulumi";
import type { ApiArgs } from "./api/api-args";
import type { InferenceApi } from "./api/inference-api";
import { authorizationOf } from "./api/operations";
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
  /** URL to `POST` to; left out when the model has no API, as are the next three. */
  apiUrl?: string;
  /** http, rest or stream (a function URL) */
  apiKind?: string;
  /** NONE, AWS_IAM or JWT */
  apiAuthorization?: string;
  /** Id of the key whose value callers send in `x-api-key`, when they need one. `aws apigateway get-api-key --include-value` tells the value. */
  apiKeyId?: string;
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
  /** Names of the configurations that `slipway rollback` can go back to, the latest, which serves, first; left out when none is kept. */
  versions?: string[];
}

/** Known once the model can be called. */
export function describeModel(
  model: string,
  args: ModelServiceArgs,
  platform: PlatformValues,
  service: ModelService,
  training: TrainingJob | undefined,
  api: InferenceApi | undefined,
): pulumi.Output<ModelDescription> {
  const asynchronous = args.async === undefined ? {} : describeAsync(model, args.async, platform);
  const described = args.api === undefined || api === undefined ? {} : describeApi(args.api, api);
  return pulumi
    .all([
      service.endpointName,
      service.endpointArn,
      platform.region,
      described,
      pulumi.output(training?.jobName),
      asynchronous,
      service.nodes.endpoint.versions,
    ])
    .apply(([endpointName, endpointArn, region, front, trainingJobName, others, versions]) => ({
      endpointName,
      endpointArn,
      kind: servingSpec(args).kind,
      region,
      contentTypes: args.contentTypes ?? ["application/json"],
      ...others,
      ...front,
      ...(trainingJobName === undefined ? {} : { trainingJobName }),
      ...(versions === undefined ? {} : { versions }),
    }));
}

/** The key's id and not its value: descriptions are no secrets. */
function describeApi(args: ApiArgs, api: InferenceApi): pulumi.Output<Partial<ModelDescription>> {
  const isStream = args.streaming === true;
  const apiKind = isStream ? "stream" : (args.kind ?? "http");
  const apiAuthorization = authorizationOf(args, isStream ? "AWS_IAM" : "NONE");
  return pulumi
    .all([api.url, api.apiKeyId])
    .apply(([apiUrl, apiKeyId]) => ({ apiUrl, apiKind, apiAuthorization, ...(apiKeyId === undefined ? {} : { apiKeyId }) }));
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
