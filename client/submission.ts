import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { InvokeEndpointAsyncCommand } from "@aws-sdk/client-sagemaker-runtime";
import { attempting, type CallOptions } from "./call";
import type { Connections } from "./connections";
import { Deadline } from "./deadline";
import { InvokeTimeoutError, PayloadTooLargeError, UnsupportedKindError } from "./errors";
import { inlineLimit, payloadLimits, submitTimeoutMs } from "./limits";
import type { DeployedModel } from "./model-outputs";
import { writeObject } from "./storage";

/** An accepted request: plain data, to be waited for by whoever has it. */
export interface Submission {
  readonly model: string;
  readonly endpointName: string;
  readonly inferenceId: string;
  /** Undefined when the input travelled inside the request. */
  readonly inputLocation?: string;
  /** Where the result will be; undefined when the endpoint has no output path, as the next one. */
  readonly outputLocation?: string;
  /** Where the failure will be, should there be one. */
  readonly failureLocation?: string;
  /** ISO 8601. */
  readonly submittedAt: string;
}

/** How far an asynchronous request is. Sizes in bytes; `totalBytes` is undefined for a stream. */
export type AsyncProgress =
  | { readonly state: "uploading"; readonly inputLocation: string; readonly bytes: number; readonly totalBytes: number | undefined }
  | { readonly state: "submitted"; readonly submission: Submission }
  | { readonly state: "waiting"; readonly submission: Submission; readonly milliseconds: number; readonly looks: number };

/** `timeoutMs` is for the upload and the request together, 10 minutes by default. */
export interface SubmitOptions extends CallOptions {
  readonly contentType?: string;
  readonly accept?: string;
  /** Your own name for the request; the result's name follows it. At most 64 printable characters. @default a UUID */
  readonly inferenceId?: string;
  /** Seconds the request may wait for an instance, 60 to 21600. @default SageMaker's, 6 hours */
  readonly requestTTLSeconds?: number;
  /** Seconds the container may work on it, 1 to 3600. @default SageMaker's, 15 minutes */
  readonly invocationTimeoutSeconds?: number;
  /** Passed to the container, at most 1024 printable characters. */
  readonly customAttributes?: string;
  readonly onProgress?: (progress: AsyncProgress) => void;
}

interface TypedOptions extends SubmitOptions {
  readonly contentType: string;
  readonly accept: string;
}

/** Input in memory. It goes to S3 when the model has a place there, else, if it is small, inside the request. */
export async function submitInput(
  model: DeployedModel,
  connections: Connections,
  body: Uint8Array,
  options: TypedOptions,
): Promise<Submission> {
  if (model.inputLocation === undefined && body.byteLength <= inlineLimit) return request(model, connections, { Body: body }, options);
  return upload(model, connections, { body, totalBytes: body.byteLength }, options);
}

export async function submitFile(
  model: DeployedModel,
  connections: Connections,
  source: string | Readable,
  options: TypedOptions,
): Promise<Submission> {
  if (typeof source !== "string") return upload(model, connections, { body: source, totalBytes: undefined }, options);
  const { size } = await stat(source);
  if (size > payloadLimits.async) throw new PayloadTooLargeError(size, payloadLimits.async, "async");
  const body = createReadStream(source);
  try {
    return await upload(model, connections, { body, totalBytes: size }, options);
  } finally {
    body.destroy();
  }
}

export async function submitObject(
  model: DeployedModel,
  connections: Connections,
  location: string,
  options: TypedOptions,
): Promise<Submission> {
  return request(model, connections, { InputLocation: location }, options);
}

async function upload(
  model: DeployedModel,
  connections: Connections,
  { body, totalBytes }: { readonly body: Uint8Array | Readable; readonly totalBytes: number | undefined },
  options: TypedOptions,
): Promise<Submission> {
  if (model.inputLocation === undefined) {
    throw new UnsupportedKindError(
      `There is no known place in S3 for inputs of the model "${model.name}", and only ${inlineLimit} bytes fit into the request itself.`,
      "Give inputLocation where the model is described, or upload the input and use submitObject().",
    );
  }
  const inferenceId = options.inferenceId ?? randomUUID();
  // A name given twice must not overwrite an input that still waits.
  const name = options.inferenceId === undefined ? inferenceId : `${inferenceId.replace(/[^\w.-]/g, "_")}-${randomUUID()}`;
  const inputLocation = `${model.inputLocation.replace(/\/+$/, "")}/${name}`;
  const deadline = new Deadline(options.timeoutMs ?? submitTimeoutMs, options.signal);
  try {
    const content = { body, contentType: options.contentType };
    await writeObject(connections, model.region, inputLocation, content, deadline.signal, (bytes) =>
      options.onProgress?.({ state: "uploading", inputLocation, bytes, totalBytes }),
    );
    return await request(model, connections, { InputLocation: inputLocation }, { ...options, inferenceId }, deadline);
  } catch (error) {
    deadline.throwIfAborted();
    if (!deadline.timedOut) throw error;
    throw new InvokeTimeoutError(
      deadline.timeoutMs,
      error,
      `Give timeoutMs more time: it is for the upload to ${inputLocation} and the request.`,
    );
  } finally {
    deadline.end();
  }
}

async function request(
  model: DeployedModel,
  connections: Connections,
  input: { readonly InputLocation: string } | { readonly Body: Uint8Array },
  options: TypedOptions,
  given?: Deadline,
): Promise<Submission> {
  const deadline = given ?? new Deadline(options.timeoutMs ?? submitTimeoutMs, options.signal);
  const inferenceId = options.inferenceId ?? randomUUID();
  const command = () =>
    new InvokeEndpointAsyncCommand({
      EndpointName: model.endpointName,
      ContentType: options.contentType,
      Accept: options.accept,
      InferenceId: inferenceId,
      CustomAttributes: options.customAttributes,
      RequestTTLSeconds: options.requestTTLSeconds,
      InvocationTimeoutSeconds: options.invocationTimeoutSeconds,
      ...input,
    });
  try {
    const answer = await attempting(model, connections, deadline, options, ({ signal }) =>
      connections.invoking.use(signal, () => connections.runtime(model.region).send(command(), { abortSignal: signal })),
    );
    const submission: Submission = {
      model: model.name,
      endpointName: model.endpointName,
      inferenceId: answer.InferenceId ?? inferenceId,
      ...("InputLocation" in input ? { inputLocation: input.InputLocation } : {}),
      ...(answer.OutputLocation === undefined ? {} : { outputLocation: answer.OutputLocation }),
      ...(answer.FailureLocation === undefined ? {} : { failureLocation: answer.FailureLocation }),
      submittedAt: new Date().toISOString(),
    };
    options.onProgress?.({ state: "submitted", submission });
    return submission;
  } finally {
    if (given === undefined) deadline.end();
  }
}
