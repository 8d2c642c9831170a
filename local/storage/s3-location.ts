/** Bucket and key of an `s3://bucket/key` URI; the key may be empty. */
export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** A name and nothing else: an ARN of an access point, say, would have the SDK ask another host. */
const bucketName = /^(?!\.+$)[A-Za-z0-9._-]{1,255}$/;

export function parseS3Uri(uri: string): S3Location {
  const match = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(uri);
  if (match?.[1] === undefined || !bucketName.test(match[1])) {
    throw new Error(`${uri} is not an S3 URI such as s3://bucket/key`);
  }
  return { bucket: match[1], key: match[2] ?? "" };
}
