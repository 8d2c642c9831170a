/** An error as the SageMaker API reports it: its code goes on the wire as `__type`, its message as `message`. */
export class ServiceError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly statusCode: number = 400,
  ) {
    super(message);
    this.name = "ServiceError";
  }
}

/** AWS answers most lookups of what is not there with this code, not with `ResourceNotFound`. */
export function notFound(message: string): ServiceError {
  return new ServiceError("ValidationException", message);
}

/**
 * What `find` finds for a request that makes something in it. AWS's model gives the operations that create no `ResourceNotFound`: what they refer to and
 * is not there makes the request itself invalid.
 */
export function referredTo<T>(find: () => T): T {
  try {
    return find();
  } catch (error) {
    throw error instanceof ServiceError && error.code === "ResourceNotFound" ? invalid(error.message) : error;
  }
}

export function invalid(message: string): ServiceError {
  return new ServiceError("ValidationException", message);
}

export function inUse(message: string): ServiceError {
  return new ServiceError("ResourceInUse", message);
}
