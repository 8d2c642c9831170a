import type { AsyncInferenceOutputConfig } from "@aws-sdk/client-sagemaker";

/** Where the answer of a request goes, and what it leaves when it fails; each only when the endpoint's configuration has a path for it. */
export interface ResultLocations {
  readonly outputLocation?: string;
  readonly failureLocation?: string;
}

export interface ResultName {
  readonly inferenceId: string;
  /** The request's S3OutputPathExtension and Filename. */
  readonly extension?: string | undefined;
  readonly filename?: string | undefined;
}

/** `<path>/<extension>/<id>.out` and `<path>/<extension>/<id>-error.out`, or the file name in place of `<id>.out`. */
export function resultLocations(config: AsyncInferenceOutputConfig | undefined, name: ResultName): ResultLocations {
  const id = encodeURIComponent(name.inferenceId);
  const stem = name.filename?.replace(/\.[^.]*$/, "") ?? id;
  const place = (path: string, file: string) =>
    [path.replace(/\/+$/, ""), name.extension?.replace(/^\/+|\/+$/g, ""), file]
      .filter((part) => part !== undefined && part !== "")
      .join("/");
  return {
    ...(config?.S3OutputPath === undefined ? {} : { outputLocation: place(config.S3OutputPath, name.filename ?? `${id}.out`) }),
    ...(config?.S3FailurePath === undefined ? {} : { failureLocation: place(config.S3FailurePath, `${stem}-error.out`) }),
  };
}

/** An input location as an `s3://` URI. AWS takes the `https://` addresses of S3 objects too, with the bucket in the host or in the path. */
export function inputUri(location: string): string {
  if (location.startsWith("s3://")) {
    return location;
  }
  const { hostname, pathname } = new URL(location);
  const key = decodeURIComponent(pathname.slice(1));
  const bucket = /^(.+)\.s3[.-]/.exec(hostname)?.[1];
  return bucket === undefined ? `s3://${key}` : `s3://${bucket}/${key}`;
}
