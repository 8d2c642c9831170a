import type { Values } from "./values";

/** Faults of a resource's inputs, shown by the engine at the property each is about. */
export class CheckError extends Error {
  constructor(readonly faults: readonly { readonly property: string; readonly reason: string }[]) {
    super(faults.map((fault) => `${fault.property}: ${fault.reason}`).join("; "));
  }
}

/** The resource exists but is not usable: the engine keeps it in the state and updates it on the next `up`. */
export class PartiallyCreated extends Error {
  constructor(
    message: string,
    readonly id: string,
    readonly outputs: Values,
  ) {
    super(message);
  }
}

/** The AWS error code of a failed SDK call, such as `NoSuchBucket`; `undefined` when it did not come from AWS. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code: unknown = "Code" in error ? error.Code : undefined;
  return typeof code === "string" ? code : error.name;
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("$metadata" in error)) return undefined;
  const metadata: unknown = error.$metadata;
  if (typeof metadata !== "object" || metadata === null || !("httpStatusCode" in metadata)) return undefined;
  return typeof metadata.httpStatusCode === "number" ? metadata.httpStatusCode : undefined;
}

const MISSING = /NotFound|NoSuch|NonExistent|ResourceNotFoundException|RepositoryNotFoundException|QueueDoesNotExist/;

/** Whether AWS says that the thing does not exist; SageMaker says so by a ValidationException "Could not find …". */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (MISSING.test(errorCode(error) ?? "") || statusOf(error) === 404) return true;
  return errorCode(error) === "ValidationException" && /could not find|does not exist/i.test(error.message);
}

/** Runs the call; what does not exist becomes `undefined`. */
export async function orMissing<Result>(call: Promise<Result>): Promise<Result | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** `creating SageMaker AI Model (iris-abc): ValidationException: …`, the form in which the real provider reports. */
export function explained(doing: string, error: unknown): Error {
  if (error instanceof PartiallyCreated || error instanceof CheckError) return error;
  if (!(error instanceof Error)) return new Error(`${doing}: ${String(error)}`);
  const code = statusOf(error) === undefined ? undefined : errorCode(error);
  const refused =
    "code" in error && error.code === "ECONNREFUSED" ? "the local AWS endpoint does not answer: run `slipway local up`" : undefined;
  return new Error(`${doing}: ${code === undefined ? "" : `${code}: `}${refused ?? error.message}`);
}
