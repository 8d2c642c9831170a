import { blockLines } from "./columns";
import { errorLines } from "./error-block";
import type { Event } from "./events";
import { finishedLine, runningLine } from "./phase-line";
import type { Renderer, Sinks } from "./renderer";
import type { Style } from "./style";

/** A wait is told once it has lasted this long (milliseconds); shorter ones would only be noise. */
const patience = 3_000;

interface Wait {
  readonly detail: string;
  readonly since: number;
}

/** Lines for a pipe, a file or CI: each is printed once, nothing is rewritten. */
export class PlainRenderer implements Renderer {
  private readonly waits = new Map<string, Wait>();
  private readonly said = new Set<string>();
  private readonly ticker: NodeJS.Timeout;

  constructor(
    private readonly sinks: Sinks,
    private readonly style: Style,
    private readonly now: () => number = Date.now,
  ) {
    this.ticker = setInterval(() => this.tick(), 500).unref();
  }

  handle(event: Event): void {
    this.tick();
    switch (event.kind) {
      case "phase-started":
        this.wait(event.phase, event.detail ?? "");
        break;
      case "phase-progress":
        this.wait(event.phase, event.detail);
        break;
      case "phase-finished":
        this.waits.delete(event.phase);
        this.aside(finishedLine(event, this.style));
        break;
      case "phase-dropped":
        this.waits.delete(event.phase);
        break;
      case "note":
        this.aside(event.level === "warning" ? `${this.style.glyphs.warning} ${event.text}` : event.text);
        break;
      case "line":
        this.answer(event.text);
        break;
      case "part":
        this.sinks.stdout(event.text);
        break;
      case "result":
        for (const line of event.aside ?? []) this.aside(line);
        for (const line of event.blocks.flatMap((block) => blockLines(block, this.style))) this.answer(line);
        break;
      case "error":
        for (const line of errorLines(event.error, this.style)) this.aside(line);
    }
  }

  close(): void {
    clearInterval(this.ticker);
  }

  private wait(phase: string, detail: string): void {
    if (this.waits.get(phase)?.detail !== detail) this.waits.set(phase, { detail, since: this.now() });
  }

  private tick(): void {
    for (const [phase, { detail, since }] of this.waits) {
      // The same wait with another number in it is still the same wait.
      const key = `${phase} ${detail.replace(/\d+/g, "#")}`;
      if (detail === "" || this.said.has(key) || this.now() - since < patience) continue;
      this.said.add(key);
      this.aside(runningLine(phase, detail, undefined, this.style));
    }
  }

  private answer(line: string): void {
    this.sinks.stdout(`${line}\n`);
    this.sinks.log(line);
  }

  private aside(line: string): void {
    this.sinks.stderr(`${line}\n`);
    this.sinks.log(line);
  }
}
