import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";

/** The daemon's own log: one line per event, with the time, without colours. */
export class DaemonLog {
  private readonly stream: WriteStream;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.stream = createWriteStream(path, { flags: "a" });
    // A full disk must not end the daemon for the sake of its log.
    this.stream.on("error", () => undefined);
  }

  readonly line = (text: string): void => {
    this.stream.write(`${new Date().toISOString()} ${withoutColours(text)}\n`);
  };

  close(): Promise<void> {
    return new Promise((resolve) => this.stream.end(resolve));
  }
}

/** Removes ANSI escape sequences. */
export function withoutColours(text: string): string {
  return text.replace(new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[ -/]*[@-~]`, "g"), "");
}
