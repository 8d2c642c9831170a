import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ModelClientConfig } from "@aws-sdk/client-sagemaker";
import { JobFailure } from "../jobs/job-failure";
import { SpooledBody } from "./spooled-body";

/** AWS's own defaults. */
const defaultTimeoutSeconds = 600;
const defaultRetries = 3;

/** Of an error the container answered with, this much is told. */
const shownCharacters = 500;

/** The body of one request; it is opened again when the request is tried again. */
export interface Payload {
  /** The bytes, and how many they are when that is known. */
  open(): Promise<{ readonly content: Buffer | Readable; readonly length?: number }>;
}

/** An answer that is none: an error of the model, a connection that broke, or silence. */
export class InvocationError extends Error {
  constructor(
    message: string,
    /** HTTP status of the answer, when there was one. */
    readonly status?: number,
    /** The connection ended without an answer, as it does when the container dies. */
    readonly broken: boolean = false,
  ) {
    super(message);
  }
}

export interface ModelClientOptions {
  /** Base URLs of the containers of one instance, in the order a request passes them. */
  readonly urls: readonly string[];
  readonly contentType: string | undefined;
  readonly accept: string | undefined;
  readonly config: ModelClientConfig | undefined;
  readonly signal: AbortSignal;
}

/** Sends requests to the containers of one instance. */
export class ModelClient {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(private readonly options: ModelClientOptions) {}

  /** The model's answer, read to its end. What may pass by itself (no answer, a server error, 429) is tried again. */
  async invoke(payload: Payload, spoolPath: string): Promise<SpooledBody> {
    const { config, signal } = this.options;
    const retries = config?.InvocationsMaxRetries ?? defaultRetries;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.once(payload, spoolPath);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof InvocationError) || attempt >= retries || !mayPass(error)) {
          throw error;
        }
      }
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private async once(payload: Payload, spoolPath: string): Promise<SpooledBody> {
    const { urls, contentType, accept, config, signal } = this.options;
    const seconds = config?.InvocationsTimeoutInSeconds ?? defaultTimeoutSeconds;
    const silence = AbortSignal.timeout(seconds * 1_000);
    const either = AbortSignal.any([signal, silence]);
    let { content: body, length } = await payload.open();
    let type = contentType;
    try {
      for (const [index, url] of urls.entries()) {
        const last = index === urls.length - 1;
        const answer = await this.post(`${url}/invocations`, body, { length, type, accept: last ? accept : undefined }, either);
        if (answer.statusCode !== 200) {
          const text = (await SpooledBody.read(answer, spoolPath)).text(64 * 1024 * 1024);
          throw new InvocationError(`Bad HTTP status received from algorithm: ${answer.statusCode}. ${cut(await text)}`, answer.statusCode);
        }
        const read = await SpooledBody.read(answer, `${spoolPath}.${index}`);
        if (last) {
          return read;
        }
        // With its length: not every server reads a body that comes in chunks.
        [body, length, type] = [Readable.from(read.content(), { objectMode: false }), read.size, answer.headers["content-type"]];
      }
    } catch (error) {
      if (!Buffer.isBuffer(body)) {
        body.destroy();
      }
      // A JobFailure comes from the body itself: it is too large, say.
      if (error instanceof InvocationError || error instanceof JobFailure || signal.aborted) {
        throw error;
      }
      if (silence.aborted) {
        throw new InvocationError(`The model did not answer within ${seconds} seconds.`);
      }
      throw new InvocationError(`The model broke the connection: ${String(error)}`, undefined, true);
    }
    throw new Error("the model has no container");
  }

  private post(
    url: string,
    body: Buffer | Readable,
    {
      length,
      type,
      accept,
    }: { readonly length: number | undefined; readonly type: string | undefined; readonly accept: string | undefined },
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const size = Buffer.isBuffer(body) ? body.length : length;
      const headers = {
        ...(type === undefined ? {} : { "content-type": type }),
        ...(accept === undefined ? {} : { accept }),
        ...(size === undefined ? {} : { "content-length": size }),
      };
      const request = httpRequest(url, { method: "POST", headers, agent: this.agent, signal });
      request.on("response", resolve);
      request.on("error", reject);
      if (Buffer.isBuffer(body)) {
        request.end(body);
      } else {
        // A model may answer (with an error, say) before it has read everything.
        pipeline(body, request).catch(reject);
      }
    });
  }
}

function mayPass({ status }: InvocationError): boolean {
  return status === undefined || status >= 500 || status === 429;
}

function cut(text: string): string {
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
}
