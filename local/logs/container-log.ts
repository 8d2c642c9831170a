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
  private readonly held: (() => void)[] = [];
  private readonly last = new Map<OutputSource, string>();

  constructor(path: string, stream: LogStreamWriter, onLine?: (line: string) => void) {
    mkdirSync(dirname(path), { recursive: true });
    this.file = createWriteStream(path, { flags: "a", highWaterMark: 256 * 1_024 });
    for (const event of ["drain", "error", "close"]) {
      this.file.on(event, this.release);
    }
    this.stream = stream;
    this.onLine = onLine;
  }

  /**
   * A line the container printed, or one the platform adds about it (which has no source). Returns a promise when lines come faster than they
   * can be kept: it resolves when there is room for more.
   */
  readonly write = (line: string, source?: OutputSource): Promise<void> | undefined => {
    const event: LogEvent = { timestamp: Date.now(), message: line === "" ? " " : line };
    const hasRoom = this.file.write(`${new Date(event.timestamp).toISOString()} ${line}\n`);
    const sent = this.stream.write(event);
    if (source !== undefined && line.trim() !== "") {
      this.last.set(source, line.trim());
    }
    this.onLine?.(line);
    return hasRoom ? sent : Promise.all([this.drained(), sent]).then(() => undefined);
  };

  /** A file that cannot be written to has all the room there is: its lines are lost, not the container's time. */
  private drained(): Promise<void> {
    if (this.file.destroyed || !this.file.writableNeedDrain) {
      return Promise.resolve();
    }
    return new Promise((resolve) => this.held.push(resolve));
  }

  private readonly release = (): void => {
    for (const resolve of this.held.splice(0)) {
      resolve();
    }
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
