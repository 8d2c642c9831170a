import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { type EngineEvent, parseEngineEvent } from "./engine-event";

/** How often a growing event log is read (milliseconds). */
const interval = 60;

/** Follows an event log that another process writes; it may not exist yet. `stop` reads what is left and ends; a second call does nothing. */
export class EventLogTail {
  private file: number | undefined;
  private readonly decoder = new StringDecoder("utf8");
  private readonly buffer = Buffer.alloc(64 * 1024);
  private pending = "";
  private stopped = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly path: string,
    private readonly onEvent: (event: EngineEvent) => void,
  ) {
    this.timer = setInterval(() => this.read(), interval);
  }

  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    clearInterval(this.timer);
    this.read();
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private read(): void {
    if (this.file === undefined) {
      if (!existsSync(this.path)) return;
      this.file = openSync(this.path, "r");
    }
    for (let count = this.chunk(this.file); count > 0; count = this.chunk(this.file)) {
      const lines = (this.pending + this.decoder.write(this.buffer.subarray(0, count))).split("\n");
      this.pending = lines.pop() ?? "";
      for (const line of lines) {
        const event = parseEngineEvent(line);
        if (event !== undefined) this.onEvent(event);
      }
    }
  }

  private chunk(file: number): number {
    return readSync(file, this.buffer, 0, this.buffer.length, null);
  }
}
