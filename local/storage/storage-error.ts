/** What a connection says that was refused, or broke off. */
const broken = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT"]);

/**
 * An error of S3 in words that tell whose fault it is: the services behind S3 ended and are started again, or the request was refused (which
 * stays as it is). An upload that nobody knows any more was cut off by such an end too. The `code` stays.
 */
export function storageError(error: unknown): Error {
  if (!(error instanceof Error)) {
    return new Error(String(error));
  }
  const code = "code" in error ? String(error.code) : "";
  const metadata = "$metadata" in error ? (error.$metadata as { readonly httpStatusCode?: number } | undefined) : undefined;
  if (error.name !== "NoSuchUpload" && !broken.has(code) && (metadata?.httpStatusCode ?? 0) < 500) {
    return error;
  }
  return Object.assign(new Error(`S3 did not answer, or broke off (${error.message})`, { cause: error }), {
    code: code === "" ? error.name : code,
  });
}
