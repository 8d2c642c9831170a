import { setTimeout as sleep } from "node:timers/promises";
import type { CallOptions } from "./call";
import type { Connections } from "./connections";
import { Deadline } from "./deadline";
import { SlipwayClientError, UnsupportedKindError } from "./errors";
import { defaultTimeoutMs, waitTimeoutMs } from "./limits";
import { AsyncInvocationError, WaitTimeoutError } from "./model-errors";
import type { DeployedModel } from "./model-outputs";
import type { Notification } from "./result-queue";
import { readObject } from "./storage";
import type { AsyncProgress, Submission } from "./submission";

/** `timeoutMs` is one hour by default. */
export interface WaitOptions extends Omit<CallOptions, "idempotent"> {
  /**
   * URL of an SQS queue that is subscribed to the endpoint's success and error topics: then a message ends the wait, and S3 is looked at twice a minute
   * only. The client deletes what it receives, so the queue is to be for it alone.
   */
  readonly queueUrl?: string;
  /** Longest time between two looks into S3 without a queue, in milliseconds; the first is 250 and they grow by half. @default 5000 */
  readonly maxPollMs?: number;
  /** Told after each look that found nothing. */
  readonly onProgress?: (progress: AsyncProgress) => void;
}

/** The answer to an asynchronous request. */
export interface AsyncAnswer<O> {
  readonly value: O;
  readonly contentType: string;
  /** The bytes as the container sent them. */
  readonly body: Uint8Array;
  readonly inferenceId: string;
  readonly outputLocation: string;
}

type Decode<O> = (bytes: Uint8Array, contentType: string) => O;

const firstPollMs = 250;
const queuePollMs = 30_000;

/** Looks once at both places. */
export async function readResult<O>(
  model: DeployedModel,
  connections: Connections,
  submission: Submission,
  decode: Decode<O>,
  { signal, timeoutMs = defaultTimeoutMs }: CallOptions,
): Promise<AsyncAnswer<O> | undefined> {
  const deadline = new Deadline(timeoutMs, signal);
  try {
    return await look(model, connections, submission, decode, deadline.signal);
  } catch (error) {
    deadline.throwIfAborted();
    throw deadline.timedOut ? new WaitTimeoutError(timeoutMs, submission.inferenceId, submission.outputLocation, error) : error;
  } finally {
    deadline.end();
  }
}

export async function waitForResult<O>(
  model: DeployedModel,
  connections: Connections,
  submission: Submission,
  decode: Decode<O>,
  options: WaitOptions,
): Promise<AsyncAnswer<O>> {
  const timeoutMs = options.timeoutMs ?? waitTimeoutMs;
  const deadline = new Deadline(timeoutMs, options.signal);
  const began = performance.now();
  // Listening begins before the first look, so that no message comes in between.
  const listening = new AbortController();
  let message =
    options.queueUrl === undefined
      ? undefined
      : connections.queue(options.queueUrl, model.region).message(submission.inferenceId, listening.signal);
  let last: unknown;
  try {
    for (let looks = 1, interval = firstPollMs; ; looks++, interval = Math.min(interval * 1.5, options.maxPollMs ?? 5_000)) {
      try {
        const answer = await look(model, connections, submission, decode, deadline.signal);
        if (answer !== undefined) return answer;
      } catch (error) {
        // S3 that cannot answer now may answer next time; the request does not depend on it.
        if (!(error instanceof SlipwayClientError) || !error.retryable) throw error;
        last = error;
      }
      options.onProgress?.({ state: "waiting", submission, milliseconds: performance.now() - began, looks });
      const pause = message === undefined ? interval * (0.75 + Math.random() / 2) : queuePollMs;
      const told = await pauseUntil(message, pause, deadline.signal);
      if (told?.status === "Failed") throw await failure(model, connections, submission, deadline.signal, told);
      // The message has come: should the result be late, it is looked for as without a queue.
      if (told !== undefined) message = undefined;
    }
  } catch (error) {
    deadline.throwIfAborted();
    throw deadline.timedOut ? new WaitTimeoutError(timeoutMs, submission.inferenceId, submission.outputLocation, last ?? error) : error;
  } finally {
    listening.abort();
    deadline.end();
  }
}

/** Waits for the message, or for so many milliseconds. */
async function pauseUntil(
  message: Promise<Notification> | undefined,
  milliseconds: number,
  signal: AbortSignal,
): Promise<Notification | undefined> {
  const ended = new AbortController();
  const end = () => ended.abort();
  signal.addEventListener("abort", end, { once: true });
  const pause = sleep(milliseconds, undefined, { signal: ended.signal }).catch(() => signal.throwIfAborted());
  try {
    return (await (message === undefined ? pause : Promise.race([pause, message]))) ?? undefined;
  } finally {
    signal.removeEventListener("abort", end);
    ended.abort();
  }
}

async function look<O>(
  model: DeployedModel,
  connections: Connections,
  submission: Submission,
  decode: Decode<O>,
  signal: AbortSignal,
): Promise<AsyncAnswer<O> | undefined> {
  const { inferenceId, outputLocation, failureLocation } = submission;
  if (outputLocation === undefined) {
    throw new UnsupportedKindError(
      `The endpoint "${submission.endpointName}" has no output path in S3: its results are in its notifications alone.`,
      "Give the endpoint an output path, or read its topics.",
    );
  }
  const output = await readObject(connections, model.region, outputLocation, signal);
  if (output !== undefined) {
    const contentType = output.contentType ?? "application/octet-stream";
    return { value: decode(output.body, contentType), contentType, body: output.body, inferenceId, outputLocation };
  }
  const failed = failureLocation === undefined ? undefined : await readObject(connections, model.region, failureLocation, signal);
  if (failed === undefined) return undefined;
  throw new AsyncInvocationError(model.name, inferenceId, { message: new TextDecoder().decode(failed.body), location: failureLocation });
}

/** The failure as the notification tells it, with what the failure object says besides. */
async function failure(
  model: DeployedModel,
  connections: Connections,
  { inferenceId, failureLocation }: Submission,
  signal: AbortSignal,
  { reason }: Notification,
): Promise<AsyncInvocationError> {
  const object = failureLocation === undefined ? undefined : await readObject(connections, model.region, failureLocation, signal);
  return new AsyncInvocationError(model.name, inferenceId, {
    message: new TextDecoder().decode(object?.body),
    reason,
    location: failureLocation,
  });
}
