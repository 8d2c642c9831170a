import type { Connections } from "./connections";
import type { Deadline } from "./deadline";
import { InvokeTimeoutError } from "./errors";
import type { DeployedModel } from "./model-outputs";
import { withRetries } from "./retry";
import { isRetryable, toClientError } from "./service-errors";

/** What every call may be told. */
export interface CallOptions {
  /** Ends the call, waits between retries included; the call throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds for the whole call, retries included. */
  readonly timeoutMs?: number;
  /** Asking twice does no harm: then a lost connection, a 5xx of the service, and a model that answers 429, 502, 503 or 504 are retried too. @default false */
  readonly idempotent?: boolean;
}

/** A request under way: everything in it belongs to one deadline. */
export interface Attempt {
  readonly signal: AbortSignal;
  /** Counts from 1. */
  readonly number: number;
}

/** Sends until it works, and turns what fails into this client's errors. The deadline is the caller's, and goes on. */
export async function attempting<T>(
  model: DeployedModel,
  connections: Connections,
  deadline: Deadline,
  options: CallOptions,
  send: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const { policy, budget } = connections;
  let attempts = 0;
  try {
    return await withRetries(
      (number) => {
        attempts = number;
        return send({ signal: deadline.signal, number });
      },
      { policy, budget, signal: deadline.signal, isRetryable: (error) => isRetryable(error, options.idempotent === true) },
    );
  } catch (error) {
    deadline.throwIfAborted();
    throw deadline.timedOut ? new InvokeTimeoutError(deadline.timeoutMs, error) : toClientError(error, model, attempts);
  }
}
