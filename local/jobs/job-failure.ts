/** A failure whose reason is told to the caller as it stands; AWS starts it with the kind of error. */
export class JobFailure extends Error {}

/** The caller is at fault: a wrong request, or data that is not there. */
export function clientError(message: string): JobFailure {
  return new JobFailure(`ClientError: ${message}`);
}

/** What went wrong with S3: the caller's fault when the request was refused, the platform's own when S3 did not answer. */
export function storageFailure(what: string, error: unknown): Error {
  if (error instanceof JobFailure) {
    return error;
  }
  return refused(error) ? clientError(`${what}: ${String(error)}`) : new Error(`${what}: ${String(error)}`);
}

/** A job's `FailureReason`; what nobody foresaw is the platform's fault. */
export function failureReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof JobFailure ? message : `InternalServerError: ${message}`;
}

/** Errors of the SDK carry the status they came with; those made here (a URI that is none, a key that leads astray) are the caller's. */
function refused(error: unknown): boolean {
  if (typeof error !== "object" || error === null) {
    return true;
  }
  if ("$metadata" in error && typeof error.$metadata === "object" && error.$metadata !== null && "httpStatusCode" in error.$metadata) {
    return Number(error.$metadata.httpStatusCode) < 500;
  }
  // Of the network and the disk: ECONNREFUSED, ENOSPC, ….
  return !("code" in error) && !("$metadata" in error);
}
