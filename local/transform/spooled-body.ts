import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Answers up to this size wait for their turn in memory, larger ones in a file. */
const memoryBytes = 1024 * 1024;

/** An answer of the model that was read to its end; the answers before it may still be missing from the output. */
export class SpooledBody {
  private constructor(
    private readonly chunks: readonly Buffer[],
    private readonly path: string | undefined,
    readonly size: number,
    /** Whether it ends with a line break. */
    readonly endsLine: boolean,
  ) {}

  static ofText(text: string): SpooledBody {
    const bytes = Buffer.from(text);
    return new SpooledBody([bytes], undefined, bytes.length, text.endsWith("\n"));
  }

  /** Reads a body to its end; `path` is a file that may be written. */
  static async read(body: AsyncIterable<Buffer>, path: string): Promise<SpooledBody> {
    const chunks: Buffer[] = [];
    let size = 0;
    let last: number | undefined;
    const counted = (async function* () {
      for await (const chunk of body) {
        size += chunk.length;
        last = chunk.at(-1) ?? last;
        yield chunk;
      }
    })();
    for await (const chunk of { [Symbol.asyncIterator]: () => ({ next: () => counted.next() }) }) {
      chunks.push(chunk);
      if (size > memoryBytes) {
        await pipeline(Readable.from(joined(chunks, counted), { objectMode: false }), createWriteStream(path));
        return new SpooledBody([], path, size, last === 0x0a);
      }
    }
    return new SpooledBody(chunks, undefined, size, last === 0x0a);
  }

  /** The content, once; the file is removed afterwards. */
  async *content(): AsyncGenerator<Buffer> {
    yield* this.chunks;
    if (this.path !== undefined) {
      yield* createReadStream(this.path);
      await rm(this.path, { force: true });
    }
  }

  /** The content as text. Throws when it is larger than `maxBytes`. */
  async text(maxBytes: number): Promise<string> {
    if (this.size > maxBytes) {
      throw new Error(`the answer has ${this.size} bytes; at most ${maxBytes} can be processed`);
    }
    const chunks: Buffer[] = [];
    for await (const chunk of this.content()) {
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
  }
}

async function* joined(first: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* first;
  yield* rest;
}
