import { InvokeEndpointCommand, type SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { decodeBody, encodeBody, jsonType } from "./codec";
import { PayloadTooLargeError, UnsupportedKindError } from "./errors";
import { defaultTimeoutMs, payloadLimits } from "./limits";
import type { DeployedModel } from "./model-outputs";
import { type RetryBudget, type RetryPolicy, withRetries } from "./retry";
import { isRetryable, toClientError } from "./service-errors";

/** How one question is asked. */
export interface InvokeOptions {
  /** Media type of the request. @default application/json */
  readonly contentType?: string;
  /** Media type wanted back. @default application/json */
  readonly accept?: string;
  /** Ends the call, waits between retries included. */
  readonly signal?: AbortSignal;
  /** Milliseconds for the whole call, retries included. @default 70000 */
  readonly timeoutMs?: number;
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

/** What a model needs of the client it was made by. */
export interface ModelConnection {
  readonly runtime: SageMakerRuntimeClient;
  readonly policy: RetryPolicy;
  readonly budget: RetryBudget;
}

/** One deployed model. `I` and `O` are what it is asked and what it answers. */
export class Model<I = unknown, O = unknown> {
  constructor(
    readonly deployed: DeployedModel,
    private readonly connection: ModelConnection,
  ) {}

  /** Asks one question and returns the answer's value. Throws a subclass of `SlipwayClientError`, or the reason of an aborted `signal`. */
  async invoke(value: I, options: InvokeOptions = {}): Promise<O> {
    return (await this.ask(value, options)).value;
  }

  /** As `invoke`, with what is known about the answer. */
  async ask(value: I, options: InvokeOptions = {}): Promise<Answer<O>> {
    const contentType = options.contentType ?? jsonType;
    const body = encodeBody(value, contentType);
    this.checkSize(body);
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
    let attempts = 0;
    try {
      return await withRetries(
        (attempt) => {
          attempts = attempt;
          return this.send(body, contentType, options.accept ?? jsonType, signal, attempt);
        },
        { ...this.connection, signal, isRetryable },
      );
    } catch (error) {
      if (options.signal?.aborted === true) throw options.signal.reason;
      throw toClientError(error, this.deployed, { attempts, timeoutMs, timedOut: timeout.aborted, aborted: signal.aborted });
    }
  }

  private async send(body: Uint8Array, contentType: string, accept: string, signal: AbortSignal, attempts: number): Promise<Answer<O>> {
    const command = new InvokeEndpointCommand({
      EndpointName: this.deployed.endpointName,
      ContentType: contentType,
      Accept: accept,
      Body: body,
    });
    const began = performance.now();
    const response = await this.connection.runtime.send(command, { abortSignal: signal });
    const bytes = response.Body ?? new Uint8Array();
    const answerType = response.ContentType ?? accept;
    return {
      // The model's own contract; the caller states it by `O`.
      value: decodeBody(bytes, answerType) as O,
      contentType: answerType,
      body: bytes,
      milliseconds: performance.now() - began,
      attempts,
      requestId: response.$metadata.requestId,
      variant: response.InvokedProductionVariant,
    };
  }

  private checkSize(body: Uint8Array): void {
    const { kind, name } = this.deployed;
    if (kind === "async") {
      throw new UnsupportedKindError(`The model "${name}" answers later, through S3: use InvokeEndpointAsync of the AWS SDK, or its API.`);
    }
    if (body.byteLength > payloadLimits[kind]) throw new PayloadTooLargeError(body.byteLength, payloadLimits[kind], kind);
  }
}
