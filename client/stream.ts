import {
  InvokeEndpointWithResponseStreamCommand,
  type InvokeEndpointWithResponseStreamCommandOutput,
} from "@aws-sdk/client-sagemaker-runtime";
import { attempting, type CallOptions } from "./call";
import type { Connections } from "./connections";
import { Deadline } from "./deadline";
import { InvokeTimeoutError, SlipwayClientError } from "./errors";
import { streamTimeoutMs } from "./limits";
import { ModelStreamError } from "./model-errors";
import type { DeployedModel } from "./model-outputs";
import { describe, isConnectionFailure } from "./service-errors";

/** What is known of a streamed answer when it begins. */
export interface StreamStart {
  readonly contentType: string;
  readonly requestId: string | undefined;
  /** Which production variant answers. */
  readonly variant: string | undefined;
  readonly attempts: number;
}

export interface StreamRequest extends CallOptions {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly accept: string;
  readonly onStart?: ((start: StreamStart) => void) | undefined;
}

/**
 * The chunks of a streamed answer, as they come. Retries end with the first chunk. Whoever stops reading ends the request. Throws `ModelStreamError` for
 * an answer that breaks off.
 */
export async function* streamChunks(model: DeployedModel, connections: Connections, request: StreamRequest): AsyncGenerator<Uint8Array> {
  const deadline = new Deadline(request.timeoutMs ?? streamTimeoutMs, request.signal);
  let release: (() => void) | undefined;
  let bytes = 0;
  let isWhole = false;
  try {
    release = await connections.invoking.take(deadline.signal);
    const { answer, attempts } = await begin(model, connections, deadline, request);
    request.onStart?.({
      contentType: answer.ContentType ?? request.accept,
      requestId: answer.$metadata.requestId,
      variant: answer.InvokedProductionVariant,
      attempts,
    });
    for await (const { PayloadPart } of answer.Body ?? []) {
      if (PayloadPart?.Bytes === undefined) continue;
      bytes += PayloadPart.Bytes.byteLength;
      yield PayloadPart.Bytes;
    }
    isWhole = true;
  } catch (error) {
    deadline.throwIfAborted();
    if (error instanceof SlipwayClientError) throw error;
    if (deadline.timedOut)
      throw new InvokeTimeoutError(deadline.timeoutMs, error, "SageMaker gives a streamed answer 8 minutes; timeoutMs may be as long.");
    throw brokenOff(model, error, bytes);
  } finally {
    if (isWhole) deadline.end();
    else deadline.cancel();
    release?.();
  }
}

function begin(
  model: DeployedModel,
  connections: Connections,
  deadline: Deadline,
  request: StreamRequest,
): Promise<{ readonly answer: InvokeEndpointWithResponseStreamCommandOutput; readonly attempts: number }> {
  const command = () =>
    new InvokeEndpointWithResponseStreamCommand({
      EndpointName: model.endpointName,
      ContentType: request.contentType,
      Accept: request.accept,
      Body: request.body,
    });
  return attempting(model, connections, deadline, request, async ({ signal, number }) => ({
    answer: await connections.runtime(model.region).send(command(), { abortSignal: signal }),
    attempts: number,
  }));
}

function brokenOff(model: DeployedModel, error: unknown, bytes: number): unknown {
  const { code, message, fields } = describe(error);
  const isTransient = isConnectionFailure(error) || code === "InternalStreamFailure";
  if (code !== "ModelStreamError" && !isTransient) return error;
  const own = typeof fields.ErrorCode === "string" ? fields.ErrorCode : code;
  return new ModelStreamError(model.name, message, own, bytes, { retryable: isTransient, cause: error });
}
