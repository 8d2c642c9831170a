import type { Event } from "./events";

/** Turns events into bytes. Nothing else in the command writes to a stream. */
export interface Renderer {
  handle(event: Event): void;
  /** Called once, after the last event. */
  close(exitCode: number): void;
}

/** Where a renderer writes. */
export interface Sinks {
  stdout(text: string): void;
  stderr(text: string): void;
  /** Gets a copy of every finished line, without colour. */
  log(line: string): void;
}
