import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** A line longer than this is passed on in parts, so that a container cannot fill the daemon's memory. */
const maxLineCharacters = 64 * 1024;

/** Calls `onLine` for each line of a stream, and for what follows the last line break when it ends. */
export function splitLines(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
    }
    if (rest.length > maxLineCharacters) {
      onLine(rest);
      rest = "";
    }
  });
  stream.on("end", () => {
    rest += decoder.end();
    if (rest !== "") {
      onLine(rest);
    }
  });
  stream.on("error", () => undefined);
}
