import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline, type Readable } from "node:stream";
import { pipeline as pipelineAsync } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { Channel } from "@aws-sdk/client-sagemaker";
import { type JobObject, objectsOf, shardOf } from "../jobs/job-data";
import { clientError } from "../jobs/job-failure";
import type { ObjectStorage } from "../storage/object-storage";
import type { ChannelPart } from "./channels";
import { wrapRecord } from "./record-io";
import { shuffled } from "./shuffle";

/** An augmented manifest is held in memory, since its lines can be shuffled. */
const maxManifestBytes = 256 * 1024 * 1024;

export interface PipeContentOptions {
  readonly channel: Channel;
  readonly part: ChannelPart;
  readonly storage: ObjectStorage;
  readonly region: string;
  /** A file that may be written: an object whose size is known only when it is unpacked waits there. */
  readonly spool: string;
  readonly signal: AbortSignal;
}

/** What one host's pipe of a channel carries, epoch by epoch. Objects are streamed one after the other. */
export class PipeContent {
  private constructor(
    private readonly options: PipeContentOptions,
    private readonly entries: readonly Entry[],
  ) {}

  /** Lists the channel's objects, or reads its augmented manifest. */
  static async open(options: PipeContentOptions): Promise<PipeContent> {
    const { channel, storage, region, signal } = options;
    const source = channel.DataSource?.S3DataSource ?? { S3DataType: undefined, S3Uri: undefined };
    if (source.S3DataType !== "AugmentedManifestFile") {
      return new PipeContent(options, await objectsOf(source, storage, region, signal));
    }
    const lines = (await storage.readText(source.S3Uri ?? "", maxManifestBytes, signal)).split("\n").filter((line) => line.trim() !== "");
    return new PipeContent(
      options,
      lines.map((line, index) => ({
        line: index + 1,
        values: attributes(line, index + 1, source.AttributeNames ?? [], source.S3Uri ?? ""),
      })),
    );
  }

  /** The bytes of an epoch: objects in the order of their keys, or in an order of that epoch's own when the channel is shuffled. */
  async *epoch(epoch: number): AsyncGenerator<Buffer> {
    const { channel, part } = this.options;
    const seed = channel.ShuffleConfig?.Seed;
    const ordered = seed === undefined ? this.entries : shuffled(this.entries, seed, epoch);
    for (const entry of shardOf(ordered, part.index, part.count)) {
      if ("values" in entry) {
        for (const value of entry.values) {
          yield* typeof value === "string" ? this.record([Buffer.from(value)], Buffer.byteLength(value)) : this.object(value.uri);
        }
      } else {
        yield* this.object(entry.uri);
      }
    }
  }

  private async *object(uri: string): AsyncGenerator<Buffer> {
    const { channel, storage, signal, spool } = this.options;
    const { content, size } = await storage.open(uri, signal);
    if (channel.CompressionType !== "Gzip") {
      yield* this.record(content, size);
      return;
    }
    const unpacked = createGunzip();
    if (channel.RecordWrapperType !== "RecordIO") {
      pipeline(content, unpacked, () => undefined);
      yield* unpacked;
      return;
    }
    // The record begins with its length, which a compressed object does not tell.
    await mkdir(dirname(spool), { recursive: true });
    await pipelineAsync(content, unpacked, createWriteStream(spool), { signal });
    yield* this.record(createReadStream(spool), (await stat(spool)).size);
    await rm(spool, { force: true });
  }

  private async *record(content: Readable | Iterable<Buffer>, size: number): AsyncGenerator<Buffer> {
    yield* this.options.channel.RecordWrapperType === "RecordIO" ? wrapRecord(content, size) : content;
  }
}

type Entry = JobObject | { readonly line: number; readonly values: readonly (string | { readonly uri: string })[] };

/** The values of the wanted attributes: an attribute whose name ends in `-ref` names an object, any other is its own value in JSON. */
function attributes(text: string, line: number, names: readonly string[], manifest: string): (string | { readonly uri: string })[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw clientError(`Line ${line} of the augmented manifest ${manifest} is not JSON.`);
  }
  return names.map((name) => {
    const found = typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
    if (found === undefined) {
      throw clientError(`Line ${line} of the augmented manifest ${manifest} has no attribute ${name}.`);
    }
    if (name.endsWith("-ref")) {
      return { uri: String(found) };
    }
    return typeof found === "string" ? found : JSON.stringify(found);
  });
}
