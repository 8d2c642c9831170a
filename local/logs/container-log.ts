import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";
import type { OutputSource } from "../containers/container-runner";
import type { LogEvent, LogStreamWriter } from "./log-stream-writer";

/**
 * Everything one container prints: kept in a file of the state folder, and sent to its CloudWatch Logs stream. `onLine` sees each
 * line too (metric definitions are matched there).
 */
export class ContainerLog {
  private readonly file: WriteStream;
  private readonly stream: LogStreamWriter;
  private readonly onLine: ((line: string) => void) | undefined;
  private readonly last = new Map<OutputSource, string>();

  constructor(path: string, stream: LogStreamWriter, onLine?: (line: string) => void) {
    mkdirSync(dirname(path), { recursive: true });
    this.file = createWriteStream(path, { flags: "a" });
    this.file.on("error", () => undefined);
    this.stream = stream;
    this.onLine = onLine;
  }

  /** A line the container printed, or one the platform adds about it (which has no source). */
  readonly write = (line: string, source?: OutputSource): void => {
    const event: LogEvent = { timestamp: Date.now(), message: line === "" ? " " : line };
    this.file.write(`${new Date(event.timestamp).toISOString()} ${line}\n`);
    this.stream.write(event);
    if (source !== undefined && line.trim() !== "") {
      this.last.set(source, line.trim());
    }
    this.onLine?.(line);
  };

  /** A new container writes from here on: what the one before it said last is no longer its last words. */
  startOver(): void {
    this.last.clear();
  }

  /**
   * The last thing the container said, blank lines aside: on standard error when it said anything there, since what goes wrong is told there
   * and the two streams arrive in no certain order.
   */
  lastWords(): string | undefined {
    return this.last.get("stderr") ?? this.last.get("stdout");
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
