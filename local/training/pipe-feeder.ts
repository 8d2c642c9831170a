import { execFile } from "node:child_process";
import { constants, open } from "node:fs";
import { rm } from "node:fs/promises";
import { Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { PipeContent } from "./pipe-content";

const execute = promisify(execFile);
const openFile = promisify(open);

/** How often a pipe is tried until its reader is there. */
const openMilliseconds = 20;

/** Feeds the named pipes `<channel>_0`, `<channel>_1`, … of one host: each is made when the one before it has been read. */
export class PipeFeeder {
  constructor(
    /** Path of the pipes without `_<epoch>`. */
    private readonly stem: string,
    private readonly content: PipeContent,
  ) {}

  /** Makes the first pipe, which a container finds when it starts. */
  prepare(): Promise<void> {
    return this.make(0);
  }

  /** Feeds epoch after epoch until the signal aborts it. Rejects when the data cannot be read. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      for (let epoch = 0; !signal.aborted; epoch++) {
        await this.feed(epoch, signal);
        await this.make(epoch + 1);
        await rm(this.path(epoch), { force: true });
      }
    } catch (error) {
      if (!signal.aborted) {
        throw error;
      }
    }
  }

  private async feed(epoch: number, signal: AbortSignal): Promise<void> {
    const pipe = new Socket({ fd: await this.openForWriting(epoch, signal), readable: false, writable: true });
    try {
      await pipeline(Readable.from(this.content.epoch(epoch), { objectMode: false }), pipe, { signal });
    } catch (error) {
      if (!closedByReader(error)) {
        throw error;
      }
    }
  }

  /** Waits for a reader without holding a thread: opening for writing fails with ENXIO as long as nobody reads. */
  private async openForWriting(epoch: number, signal: AbortSignal): Promise<number> {
    for (;;) {
      signal.throwIfAborted();
      try {
        return await openFile(this.path(epoch), constants.O_WRONLY | constants.O_NONBLOCK);
      } catch (error) {
        if (!hasCode(error, "ENXIO")) {
          throw error;
        }
      }
      await sleep(openMilliseconds, undefined, { signal });
    }
  }

  private async make(epoch: number): Promise<void> {
    await execute("mkfifo", ["-m", "666", this.path(epoch)]);
  }

  private path(epoch: number): string {
    return `${this.stem}_${epoch}`;
  }
}

/** A reader may have seen enough before the end of an epoch. */
function closedByReader(error: unknown): boolean {
  return hasCode(error, "EPIPE") || hasCode(error, "ECONNRESET");
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
