import { errorJson, errorLines } from "./error-block";
import type { Event, JsonValue } from "./events";
import { finishedLine } from "./phase-line";
import type { Renderer, Sinks } from "./renderer";
import type { Style } from "./style";

/** Version of the object that `--json` prints; a removed or renamed member raises it. */
export const schemaVersion = 1;

/** Exactly one object on standard output, on success and on failure; streamed lines come before it, one object each. Standard error stays empty. */
export class JsonRenderer implements Renderer {
  private data: JsonValue = null;
  private readonly errors: JsonValue[] = [];
  private readonly warnings: string[] = [];
  private streamed = false;

  constructor(
    private readonly command: string,
    private readonly sinks: Sinks,
    private readonly style: Style,
  ) {}

  handle(event: Event): void {
    switch (event.kind) {
      case "result":
        this.data = event.data;
        return;
      case "error":
        this.errors.push(errorJson(event.error));
        for (const line of errorLines(event.error, this.style)) this.sinks.log(line);
        return;
      case "note":
        if (event.level === "warning") this.warnings.push(event.text);
        this.sinks.log(event.text);
        return;
      case "line":
      case "part":
        this.streamed = true;
        this.sinks.stdout(`${JSON.stringify(event.data)}\n`);
        return;
      case "phase-finished":
        this.sinks.log(finishedLine(event, this.style));
        return;
      default:
        return;
    }
  }

  close(exitCode: number): void {
    const [error, ...also] = this.errors;
    const status =
      exitCode === 130 ? "interrupted" : error === undefined && exitCode === 0 ? "ok" : error === undefined ? "attention" : "failed";
    if (this.streamed && status === "ok") return;
    const shown = error === undefined || also.length === 0 ? (error ?? null) : { ...(error as { [key: string]: JsonValue }), also };
    const object = { schemaVersion, command: this.command, status, data: this.data, warnings: this.warnings, error: shown };
    this.sinks.stdout(`${JSON.stringify(object)}\n`);
  }
}
