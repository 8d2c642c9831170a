import { join } from "node:path";
import { pipeline, Readable, Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import type { CreateTransformJobCommandInput } from "@aws-sdk/client-sagemaker";
import type { JobObject } from "../jobs/job-data";
import { clientError, storageFailure } from "../jobs/job-failure";
import type { ObjectStorage } from "../storage/object-storage";
import type { DataProcessing } from "./data-processing";
import type { ModelClient, Payload } from "./model-client";
import { miniBatches, splitRecords } from "./record-splitter";
import type { Slots } from "./slots";
import { SpooledBody } from "./spooled-body";
import type { TransformSettings } from "./transform-settings";

/** Answers are put together line by line up to this size; others are passed on as they are. */
const maxProcessedBytes = 100 * 1024 * 1024;

export interface ObjectTransformOptions {
  readonly request: CreateTransformJobCommandInput;
  readonly settings: TransformSettings;
  readonly processing: DataProcessing | undefined;
  readonly client: ModelClient;
  readonly storage: ObjectStorage;
  /** Requests under way at the instance, over all objects. */
  readonly slots: Slots;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Sends an object through the model, and stores the answers in the order of its records as `<path>.out`. */
export async function transformObject(object: JobObject, options: ObjectTransformOptions): Promise<void> {
  const { request, storage } = options;
  const uri = `${(request.TransformOutput?.S3OutputPath ?? "").replace(/\/+$/, "")}/${object.path}.out`;
  let failed: { readonly error: unknown } | undefined;
  const answers = (async function* () {
    try {
      yield* assembled(answersTo(object, options), request.TransformOutput?.AssembleWith === "Line");
    } catch (error) {
      failed = { error };
      throw error;
    }
  })();
  // An object that is not read to its end leaves no output: the upload is given up with its source.
  const kmsKeyId = request.TransformOutput?.KmsKeyId;
  await storage.write(uri, Readable.from(answers, { objectMode: false }), { kmsKeyId }).catch((error: unknown) => {
    throw failed === undefined ? storageFailure(`Output upload failed: cannot write ${uri}`, error) : failed.error;
  });
}

async function* assembled(answers: AsyncIterable<SpooledBody>, lines: boolean): AsyncGenerator<Buffer> {
  for await (const answer of answers) {
    yield* answer.content();
    if (lines && !answer.endsLine) {
      yield Buffer.from("\n");
    }
  }
}

/** The answers in the order of the requests, of which as many are under way as there are slots. */
async function* answersTo(object: JobObject, options: ObjectTransformOptions): AsyncGenerator<SpooledBody> {
  const { slots, signal, settings } = options;
  const pending: Promise<SpooledBody>[] = [];
  const requests = requestsOf(object, options);
  try {
    for (;;) {
      // A request is read from S3 only when it can be sent: what waits in memory stays bounded.
      const release = await slots.take(signal);
      const next = await requests.next().catch((error: unknown) => {
        release();
        throw error;
      });
      if (next.done === true) {
        release();
        break;
      }
      const answer = next.value(join(options.folder, String(slots.number()))).finally(release);
      // The first that fails is told; the others must not count as unhandled.
      answer.catch(() => undefined);
      pending.push(answer);
      const first = pending.length >= settings.maxConcurrentTransforms ? pending.shift() : undefined;
      if (first !== undefined) {
        yield await first;
      }
    }
    for (const answer of pending) {
      yield await answer;
    }
  } finally {
    await requests.return(undefined);
  }
}

type Request = (spool: string) => Promise<SpooledBody>;

async function* requestsOf(object: JobObject, options: ObjectTransformOptions): AsyncGenerator<Request> {
  const { request, settings, processing, client } = options;
  const split = request.TransformInput?.SplitType ?? "None";
  if (split === "None" || (settings.maxPayloadBytes === undefined && !settings.singleRecord && processing === undefined)) {
    const payload = await wholeObject(object, options);
    if (processing === undefined) {
      yield (spool) => client.invoke(payload, spool);
    } else {
      yield async (spool) => processed([await textOf(payload, settings.maxRecordBytes)], processing, client, spool);
    }
    return;
  }
  const { content } = await open(object, options);
  const records = splitRecords(content, split, settings.maxRecordBytes);
  for await (const batch of miniBatches(records, settings.singleRecord, settings.maxRecordBytes)) {
    if (processing !== undefined) {
      yield (spool) =>
        processed(
          batch.map((record) => record.toString("utf8")),
          processing,
          client,
          spool,
        );
      continue;
    }
    const body = split === "Line" ? joinLines(batch) : Buffer.concat(batch);
    yield (spool) => client.invoke(inMemory(body), spool);
  }
}

/** Filters records, asks the model, and joins each record with its answer. */
async function processed(records: readonly string[], processing: DataProcessing, client: ModelClient, spool: string): Promise<SpooledBody> {
  try {
    const body = Buffer.from(records.map((record) => processing.filterInput(record)).join("\n"));
    const answer = await client.invoke(inMemory(body), spool);
    const answers = processing.answers(await answer.text(maxProcessedBytes), records.length);
    return SpooledBody.ofText(records.map((record, index) => processing.join(record, answers[index] ?? "")).join("\n"));
  } catch (error) {
    // Of a path that finds nothing: the data does not fit the filter.
    throw error instanceof Error && error.constructor === Error ? clientError(`DataProcessing failed: ${error.message}`) : error;
  }
}

/** An object as one request, streamed from S3 each time it is sent. */
async function wholeObject(object: JobObject, options: ObjectTransformOptions): Promise<Payload> {
  const limit = options.settings.maxPayloadBytes;
  const { content, size } = await open(object, options);
  if (limit !== undefined && size !== undefined && size > limit) {
    content.destroy();
    throw clientError(`${object.uri} has ${size} bytes, more than the ${limit} that MaxPayloadInMB allows for one request.`);
  }
  let first: Readable | undefined = content;
  const reopened = async (): Promise<Readable> => {
    const opened = first ?? (await open(object, options)).content;
    first = undefined;
    return opened;
  };
  if (size !== undefined || limit === undefined) {
    return { open: async () => ({ content: await reopened(), ...(size === undefined ? {} : { length: size }) }) };
  }
  return {
    open: async () => {
      const unpacked = pipeline(await reopened(), limited(object.uri, limit), () => undefined);
      const body = await SpooledBody.read(unpacked, join(options.folder, String(options.slots.number())));
      return { content: Readable.from(body.content(), { objectMode: false }), length: body.size };
    },
  };
}

/** Of an object that is unpacked on the way the size is known only as it passes. */
function limited(uri: string, limit: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      const message = `${uri} has more than the ${limit} bytes that MaxPayloadInMB allows for one request.`;
      done(size > limit ? clientError(message) : null, chunk);
    },
  });
}

async function open(
  object: JobObject,
  { request, storage, signal }: ObjectTransformOptions,
): Promise<{ content: Readable; size: number | undefined }> {
  try {
    const { content, size } = await storage.open(object.uri, signal);
    if (request.TransformInput?.CompressionType !== "Gzip") {
      return { content, size };
    }
    return { content: pipeline(content, createGunzip(), () => undefined), size: undefined };
  } catch (error) {
    signal.throwIfAborted();
    throw storageFailure(`Cannot read ${object.uri}`, error);
  }
}

function inMemory(body: Buffer): Payload {
  return { open: async () => ({ content: body, length: body.length }) };
}

async function textOf(payload: Payload, maxBytes: number): Promise<string> {
  const { content } = await payload.open();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of Buffer.isBuffer(content) ? [content] : content) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > maxBytes) {
      throw clientError(`An object has more than the ${maxBytes} bytes that MaxPayloadInMB allows for one request.`);
    }
  }
  return Buffer.concat(chunks).toString("utf8");
}

function joinLines(lines: readonly Buffer[]): Buffer {
  return Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [Buffer.from("\n"), line])));
}
