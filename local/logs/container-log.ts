import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";
import type { LogEvent, LogStreamWriter } from "./log-stream-writer";

/**
 * Everything one container prints: kept in a file of the state folder, and sent to its CloudWatch Logs stream. `onLine` sees each
 * line too (metric definitions are matched there).
 */
export class ContainerLog {
  private readonly file: WriteStream;
  private readonly stream: LogStreamWriter;
  private readonly onLine: ((line: string) => void) | undefined;
  private readonly recent: string[] = [];

  constructor(path: string, stream: LogStreamWriter, onLine?: (line: string) => void) {
    mkdirSync(dirname(path), { recursive: true });
    this.file = createWriteStream(path, { flags: "a" });
    this.file.on("error", () => undefined);
    this.stream = stream;
    this.onLine = onLine;
  }

  /** A line the container printed, or one the platform adds about it. */
  readonly write = (line: string): void => {
    const event: LogEvent = { timestamp: Date.now(), message: line === "" ? " " : line };
    this.file.write(`${new Date(event.timestamp).toISOString()} ${line}\n`);
    this.stream.write(event);
    this.recent.push(line);
    if (this.recent.length > tailLength) {
      this.recent.shift();
    }
    this.onLine?.(line);
  };

  /** The last lines, oldest first. */
  tail(): readonly string[] {
    return this.recent;
  }

  /** Resolves when all lines so far can be read from CloudWatch Logs (or have been given up, when it does not answer). */
  flush(): Promise<void> {
    return this.stream.flush();
  }

  async close(): Promise<void> {
    await this.stream.close();
    await new Promise<void>((resolve) => this.file.end(() => resolve()));
  }
}

const tailLength = 50;
