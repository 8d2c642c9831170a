import type { Readable } from "node:stream";
import { InvokeEndpointCommand } from "@aws-sdk/client-sagemaker-runtime";
import { type AsyncAnswer, readResult, type WaitOptions, waitForResult } from "./async-result";
import { attempting, type CallOptions } from "./call";
import { type Codec, decodeBody, encodeBody, jsonType } from "./codec";
import type { Connections } from "./connections";
import { Deadline } from "./deadline";
import { PayloadTooLargeError, UnsupportedKindError } from "./errors";
import { defaultTimeoutMs, payloadLimits } from "./limits";
import type { DeployedModel } from "./model-outputs";
import { type StreamStart, streamChunks } from "./stream";
import { inForm, type StreamForm, type StreamForms } from "./stream-forms";
import { type Submission, type SubmitOptions, submitFile, submitInput, submitObject } from "./submission";

/** How the requests and answers of a model are written. Without them the content type decides: JSON, text or bytes. */
export interface ModelCodecs<I, O> {
  readonly request?: Codec<I>;
  readonly response?: Codec<O>;
}

/** How one question is asked. */
export interface InvokeOptions extends CallOptions {
  /** Media type of the request. @default that of the codec, else application/json */
  readonly contentType?: string;
  /** Media type wanted back. @default that of the codec, else application/json */
  readonly accept?: string;
}

export interface StreamOptions<F extends StreamForm = "bytes"> extends InvokeOptions {
  /** What the iterator gives. @default bytes */
  readonly as?: F;
  /** Told once, before the first part. */
  readonly onStart?: (start: StreamStart) => void;
}

/** An answer with what is known about it. */
export interface Answer<O> {
  readonly value: O;
  readonly contentType: string;
  /** The bytes as the container sent them. */
  readonly body: Uint8Array;
  /** Milliseconds the last attempt took, network included. */
  readonly milliseconds: number;
  readonly attempts: number;
  readonly requestId: string | undefined;
  /** Which production variant answered. */
  readonly variant: string | undefined;
}

/** One deployed model. `I` and `O` are what it is asked and what it answers. */
export class Model<I = unknown, O = unknown> {
  constructor(
    readonly deployed: DeployedModel,
    private readonly connections: Connections,
    private readonly codecs: ModelCodecs<I, O> = {},
  ) {}

  /** Asks one question and returns the answer's value. Throws a subclass of `SlipwayClientError`, or the reason of an aborted `signal`. */
  async invoke(value: I, options: InvokeOptions = {}): Promise<O> {
    return (await this.ask(value, options)).value;
  }

  /** As `invoke`, with what is known about the answer. */
  async ask(value: I, options: InvokeOptions = {}): Promise<Answer<O>> {
    this.refuseAsync("submit");
    const request = this.encode(value, options);
    const deadline = new Deadline(options.timeoutMs ?? defaultTimeoutMs, options.signal);
    try {
      return await attempting(this.deployed, this.connections, deadline, options, ({ signal, number }) =>
        this.connections.invoking.use(signal, () => this.send(request, signal, number)),
      );
    } finally {
      deadline.end();
    }
  }

  /**
   * Asks one question and iterates over the answer while it comes: `for await (const part of model.invokeStream(value, { as: "text" }))`. The request
   * begins with the first `next()`; leaving the loop ends it.
   */
  invokeStream<F extends StreamForm = "bytes">(value: I, options: StreamOptions<F> = {}): AsyncIterable<StreamForms<O>[F]> {
    this.refuseAsync("submit");
    const chunks = streamChunks(this.deployed, this.connections, { ...options, ...this.encode(value, options) });
    // The caller named the form; what it yields is of the type that belongs to it.
    return inForm(chunks, options.as ?? "bytes") as AsyncIterable<StreamForms<O>[F]>;
  }

  /** Puts the input into S3 and has the model work on it; resolves when the request is accepted. The submission is plain data: it may be kept, and waited for elsewhere. */
  async submit(value: I, options: SubmitOptions = {}): Promise<Submission> {
    this.refuseSync();
    const { body, contentType, accept } = this.encode(value, options);
    return submitInput(this.deployed, this.connections, body, { ...options, contentType, accept });
  }

  /** As `submit`, with a file or a stream as the input, which is never held in memory as a whole. */
  async submitFile(source: string | Readable, options: SubmitOptions = {}): Promise<Submission> {
    this.refuseSync();
    return submitFile(this.deployed, this.connections, source, { ...options, ...this.types(options) });
  }

  /** As `submit`, with an input that is in S3 already: `s3://bucket/key`. */
  async submitObject(inputLocation: string, options: SubmitOptions = {}): Promise<Submission> {
    this.refuseSync();
    return submitObject(this.deployed, this.connections, inputLocation, { ...options, ...this.types(options) });
  }

  /** Looks once: the answer, or undefined while there is none. Throws `AsyncInvocationError` when the request failed. */
  async result(submission: Submission, options: CallOptions = {}): Promise<AsyncAnswer<O> | undefined> {
    return readResult(this.deployed, this.connections, submission, this.decode, options);
  }

  /** Waits for the answer. Throws `AsyncInvocationError` when the request failed, `WaitTimeoutError` when the time was up first. */
  async wait(submission: Submission, options: WaitOptions = {}): Promise<AsyncAnswer<O>> {
    return waitForResult(this.deployed, this.connections, submission, this.decode, options);
  }

  private async send(request: EncodedRequest, signal: AbortSignal, attempts: number): Promise<Answer<O>> {
    const { body, contentType, accept } = request;
    const command = new InvokeEndpointCommand({
      EndpointName: this.deployed.endpointName,
      ContentType: contentType,
      Accept: accept,
      Body: body,
    });
    const began = performance.now();
    const response = await this.connections.runtime(this.deployed.region).send(command, { abortSignal: signal });
    const bytes = response.Body ?? new Uint8Array();
    const answerType = response.ContentType ?? accept;
    return {
      value: this.decode(bytes, answerType),
      contentType: answerType,
      body: bytes,
      milliseconds: performance.now() - began,
      attempts,
      requestId: response.$metadata.requestId,
      variant: response.InvokedProductionVariant,
    };
  }

  private types(options: InvokeOptions): { readonly contentType: string; readonly accept: string } {
    return {
      contentType: options.contentType ?? this.codecs.request?.contentType ?? jsonType,
      accept: options.accept ?? this.codecs.response?.contentType ?? jsonType,
    };
  }

  private encode(value: I, options: InvokeOptions): EncodedRequest {
    const types = this.types(options);
    const body = this.codecs.request?.encode(value) ?? encodeBody(value, types.contentType);
    const limit = payloadLimits[this.deployed.kind];
    if (body.byteLength > limit) throw new PayloadTooLargeError(body.byteLength, limit, this.deployed.kind);
    return { ...types, body };
  }

  /** Without a codec the answer's form is the model's own; the caller states it by `O`. */
  private readonly decode = (bytes: Uint8Array, contentType: string): O =>
    this.codecs.response === undefined ? (decodeBody(bytes, contentType) as O) : this.codecs.response.decode(bytes, contentType);

  private refuseAsync(instead: string): void {
    if (this.deployed.kind !== "async") return;
    throw new UnsupportedKindError(`The model "${this.deployed.name}" answers later, through S3.`, `Use ${instead}() and wait().`);
  }

  private refuseSync(): void {
    if (this.deployed.kind === "async") return;
    throw new UnsupportedKindError(
      `The model "${this.deployed.name}" is ${this.deployed.kind}: it answers at once.`,
      "Use invoke() or invokeStream().",
    );
  }
}

interface EncodedRequest {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly accept: string;
}
