import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Checks, count, join, list, oneOf, required, show, text } from "../arguments";
import type { Problems } from "../errors/problems";
import type { PlatformValues } from "../platform/platform-exports";

/** Copies of requests and answers in S3, for monitoring and for data to train on. */
export interface DataCaptureArgs {
  /** Share of the requests that is copied, in percent. Range 0 to 100. */
  samplingPercentage: number;
  /** What is copied of them: Input, Output or both. Default: both. */
  options?: string[];
  /** S3 prefix they go under, by endpoint, variant and hour. Default: `s3://<bucket>/captures/<model>` in the platform's bucket. */
  destination?: pulumi.Input<string>;
  /** Media types that are written as the text they are. 1 to 10, default `["application/json"]`; what is in neither list is written in base64. */
  jsonContentTypes?: string[];
  /** The same for CSV. 1 to 10, default `["text/csv"]`. */
  csvContentTypes?: string[];
}

const mediaTypes = list(
  text({
    pattern: /^[a-zA-Z0-9](-*[a-zA-Z0-9])*\/[a-zA-Z0-9](-*[a-zA-Z0-9.])*$/,
    allowed: "a media type, such as application/json",
    max: 256,
  }),
  { min: 1, max: 10 },
);

export const dataCaptureChecks: Checks<DataCaptureArgs> = {
  samplingPercentage: required(count(0, 100)),
  options: list(oneOf("Input", "Output"), { min: 1, max: 2 }),
  destination: text({ pattern: /^s3:\/\/[^/]+(\/.*)?$/, allowed: "s3://<bucket>/<prefix>", max: 512 }),
  jsonContentTypes: mediaTypes,
  csvContentTypes: mediaTypes,
};

const usualJson = ["application/json"];
const usualCsv = ["text/csv"];

/** Rules between arguments. */
export function checkDataCapture(args: DataCaptureArgs, path: string, problems: Problems): void {
  const { options, jsonContentTypes: json = usualJson, csvContentTypes: csv = usualCsv } = args;
  if (Array.isArray(options) && new Set(options).size < options.length) {
    problems.add(join(path, "options"), `got ${show(options)}; each of Input and Output can be there once`);
  }
  const both = Array.isArray(json) && Array.isArray(csv) ? csv.filter((type) => json.includes(type)) : [];
  if (both.length > 0) {
    problems.add(join(path, "csvContentTypes"), `got ${show(both)}, which jsonContentTypes has too; a media type is written in one way`);
  }
}

/** Where the copies go: an S3 URI without a slash at its end. */
export function captureDestination({ destination }: DataCaptureArgs, platform: PlatformValues, model: string): pulumi.Output<string> {
  return destination === undefined
    ? pulumi.interpolate`s3://${platform.bucketName}/captures/${model}`
    : pulumi.output(destination).apply((uri) => uri.replace(/\/+$/, ""));
}

type DataCaptureConfig = aws.types.input.sagemaker.EndpointConfigurationDataCaptureConfig;

/** The part of an endpoint configuration that captures data. */
export function dataCaptureConfig(args: DataCaptureArgs, platform: PlatformValues, model: string): DataCaptureConfig {
  return {
    enableCapture: true,
    initialSamplingPercentage: args.samplingPercentage,
    destinationS3Uri: captureDestination(args, platform, model),
    kmsKeyId: platform.kmsKeyArn,
    captureOptions: (args.options ?? ["Input", "Output"]).map((captureMode) => ({ captureMode })),
    captureContentTypeHeader: {
      jsonContentTypes: args.jsonContentTypes ?? usualJson,
      csvContentTypes: args.csvContentTypes ?? usualCsv,
    },
  };
}
