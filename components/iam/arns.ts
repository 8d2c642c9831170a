/** Where an ARN belongs: partition, region and account of the AWS provider. */
export interface AwsScope {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

export function sagemakerArn({ partition, region, accountId }: AwsScope, resource: string): string {
  return `arn:${partition}:sagemaker:${region}:${accountId}:${resource}`;
}

/** What follows a service in its name for the condition `kms:ViaService`. */
export function serviceSuffix({ partition, region }: AwsScope): string {
  return `${region}.${partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"}`;
}

/** Endpoint ARNs are lower case, whatever the case of the name; a policy with the name as written would match nothing. */
export function endpointArn(scope: AwsScope, endpointName: string): string {
  return sagemakerArn(scope, `endpoint/${endpointName.toLowerCase()}`);
}

/** The log group itself, for CreateLogGroup, and its streams, for all else. */
export function logGroupArns({ partition, region, accountId }: AwsScope, logGroup: string): string[] {
  const arn = `arn:${partition}:logs:${region}:${accountId}:log-group:${logGroup}`;
  return [arn, `${arn}:*`];
}

/** Bucket and key of an S3 URI; the key is "" for a whole bucket. */
export function parseS3Uri(uri: string): { readonly bucket: string; readonly key: string } {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri);
  return { bucket: match?.[1] ?? "", key: match?.[2] ?? "" };
}

/** ARN of the object, or of every object whose key begins with what stands before a final "/" or "*". */
export function s3ObjectArn({ partition }: AwsScope, uri: string): string {
  const { bucket, key } = parseS3Uri(uri);
  return `arn:${partition}:s3:::${bucket}/${key === "" || key.endsWith("/") ? `${key}*` : key}`;
}

/** The path that names all a training channel reads: SageMaker takes a channel's URI as the beginning of keys, with or without a final "/". */
export function channelPath(uri: string): string {
  return uri.endsWith("/") ? uri : `${uri}*`;
}

/** ARN of the ECR repository an image URI points into, in its own account and region; undefined for other registries. */
export function repositoryArnOfImage({ partition }: AwsScope, imageUri: string): string | undefined {
  const match = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^@:]+)/.exec(imageUri);
  return match === null ? undefined : `arn:${partition}:ecr:${match[2]}:${match[1]}:repository/${match[3]}`;
}
