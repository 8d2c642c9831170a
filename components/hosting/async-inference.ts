import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { PlatformValues } from "../platform/platform-exports";
import type { AsyncArgs } from "./async-spec";

/** S3 URIs of an asynchronous endpoint, without a slash at the end. */
export interface AsyncLocations {
  readonly input: pulumi.Output<string>;
  readonly output: pulumi.Output<string>;
  readonly failure: pulumi.Output<string>;
}

/** Where inputs, results and failures lie: as given, or below the model's own prefix in the platform's bucket. */
export function asyncLocations(args: AsyncArgs, platform: PlatformValues, model: string): AsyncLocations {
  const place = (given: pulumi.Input<string> | undefined, name: string) =>
    given === undefined
      ? pulumi.interpolate`s3://${platform.bucketName}/async/${model}/${name}`
      : pulumi.output(given).apply((uri) => uri.replace(/\/+$/, ""));
  return { input: place(args.input, "input"), output: place(args.output, "output"), failure: place(args.failurePath, "failure") };
}

type AsyncInferenceConfig = aws.types.input.sagemaker.EndpointConfigurationAsyncInferenceConfig;

/** The part of an endpoint configuration that makes it asynchronous. */
export function asyncInferenceConfig(args: AsyncArgs, platform: PlatformValues, model: string): AsyncInferenceConfig {
  const { output, failure } = asyncLocations(args, platform, model);
  const { maxConcurrentInvocationsPerInstance, notifications } = args;
  return {
    ...(maxConcurrentInvocationsPerInstance === undefined ? {} : { clientConfig: { maxConcurrentInvocationsPerInstance } }),
    outputConfig: {
      s3OutputPath: output,
      s3FailurePath: failure,
      kmsKeyId: platform.kmsKeyArn,
      ...(notifications === undefined
        ? {}
        : {
            notificationConfig: {
              successTopic: notifications.successTopicArn,
              errorTopic: notifications.errorTopicArn,
              includeInferenceResponseIns: notifications.includeResponseIn,
            },
          }),
    },
  };
}
