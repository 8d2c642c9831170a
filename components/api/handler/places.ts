/** Bucket and key of an S3 URI. */
export interface S3Place {
  readonly bucket: string;
  readonly key: string;
}

export function placeOf(uri: string): S3Place {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri) ?? [];
  return { bucket, key };
}

/** Where a request leaves its result or its failure, below the model's own prefixes. */
export interface ResultNames {
  readonly output: string;
  readonly failure: string;
}

/** The prefixes of results and failures, without a slash at the end. */
export interface ResultPrefixes {
  readonly output: string;
  readonly failure: string;
}

/**
 * What callers know a request by: the name SageMaker gave its result, which nobody can guess. Should the names of result and failure not be of the usual form
 * (`<id>.out`, `<id>-error.out`), the id holds both.
 */
export function idOf(outputLocation: string, failureLocation: string, prefixes: ResultPrefixes): string {
  const output = below(outputLocation, prefixes.output);
  const failure = below(failureLocation, prefixes.failure);
  const id = /^([A-Za-z0-9-]{8,80})\.out$/.exec(output)?.[1];
  return id !== undefined && failure === `${id}-error.out`
    ? id
    : `~${Buffer.from(JSON.stringify([output, failure])).toString("base64url")}`;
}

/** The names an id stands for; undefined for what is no id. No id leads out of the prefixes. */
export function namesOf(id: string): ResultNames | undefined {
  if (/^[A-Za-z0-9-]{8,80}$/.test(id)) {
    return { output: `${id}.out`, failure: `${id}-error.out` };
  }
  const names = id.startsWith("~") ? parsed(Buffer.from(id.slice(1), "base64url").toString()) : undefined;
  if (!Array.isArray(names) || names.length !== 2) {
    return undefined;
  }
  const [output, failure]: unknown[] = names;
  return isName(output) && isName(failure) ? { output, failure } : undefined;
}

function isName(name: unknown): name is string {
  return typeof name === "string" && /^[\w.%~-]+(\/[\w.%~-]+)*$/.test(name) && !name.split("/").includes("..");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function below(location: string, prefix: string): string {
  if (!location.startsWith(`${prefix}/`)) {
    throw new Error(`SageMaker puts a result to ${location}, which is not below ${prefix}`);
  }
  return location.slice(prefix.length + 1);
}
