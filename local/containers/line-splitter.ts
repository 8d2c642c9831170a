import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as sleep } from "node:timers/promises";

/** A line longer than this is passed on in parts, so that a container cannot fill the daemon's memory. */
const maxLineCharacters = 64 * 1024;

/** Takes a line; a promise that it returns holds back the lines that follow until it is settled. */
export type LineSink = (line: string) => unknown;

/** Lines that are being read from a stream. */
export interface Lines {
  /** Resolves when the stream has ended and its last line was taken; never rejects. */
  readonly ended: Promise<void>;
  /** Resolves, and reads no further, when everything that came was taken and nothing more has come for a while; or when it ended. */
  quiet(milliseconds: number): Promise<void>;
}

/** Calls `onLine` for each line of a stream, and for what follows the last line break when it ends; reads no faster than lines are taken. */
export function splitLines(stream: Readable, onLine: LineSink): Lines {
  let reads = 0;
  let busy = false;
  const follow = async (): Promise<void> => {
    const decoder = new StringDecoder("utf8");
    let rest = "";
    try {
      for await (const chunk of stream) {
        reads++;
        busy = true;
        const lines = (rest + decoder.write(chunk as Buffer)).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          await onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
        }
        if (rest.length > maxLineCharacters) {
          await onLine(rest);
          rest = "";
        }
        busy = false;
      }
    } catch {
      // A stream that breaks has ended: what came of it is passed on.
    }
    rest += decoder.end();
    if (rest !== "") {
      await onLine(rest);
    }
  };
  let over = false;
  const ended = follow()
    .catch(() => undefined)
    .finally(() => {
      over = true;
    });
  const quiet = async (milliseconds: number): Promise<void> => {
    for (let before = -1; !over && (busy || before !== reads || stream.readableLength > 0); ) {
      before = reads;
      await Promise.race([ended, sleep(milliseconds)]);
    }
    stream.destroy();
    await ended;
  };
  return { ended, quiet };
}
