import { stripVTControlCharacters } from "node:util";
import { blockLines, clock } from "./columns";
import { errorLines } from "./error-block";
import type { Event } from "./events";
import { foreignText } from "./foreign-text";
import { finishedLine, runningLine } from "./phase-line";
import type { Renderer, Sinks } from "./renderer";
import type { Style } from "./style";

interface Running {
  readonly since: number;
  detail: string;
  counter: string | undefined;
}

/** Lines for a terminal: a running phase is one line that is rewritten in place, a finished one stays. */
export class TerminalRenderer implements Renderer {
  private readonly running = new Map<string, Running>();
  private drawn = 0;
  private readonly ticker: NodeJS.Timeout;

  constructor(
    private readonly sinks: Sinks,
    private readonly style: Style,
    private readonly now: () => number = Date.now,
  ) {
    this.ticker = setInterval(() => this.redraw(), 1_000).unref();
  }

  handle(event: Event): void {
    switch (event.kind) {
      case "phase-started":
        this.running.set(event.phase, { since: this.now(), detail: event.detail ?? "", counter: undefined });
        this.redraw();
        return;
      case "phase-progress":
        this.running.set(event.phase, {
          since: this.running.get(event.phase)?.since ?? this.now(),
          detail: event.detail,
          counter: event.counter,
        });
        this.redraw();
        return;
      case "phase-finished":
        this.running.delete(event.phase);
        this.aside([finishedLine(event, this.style)]);
        return;
      case "phase-dropped":
        this.running.delete(event.phase);
        this.redraw();
        return;
      case "note":
        this.aside([event.level === "warning" ? `${this.style.tone(this.style.glyphs.warning, "warning")} ${event.text}` : event.text]);
        return;
      case "line":
        this.answer([foreignText(event.text)]);
        return;
      case "part":
        this.erase();
        this.sinks.stdout(foreignText(event.text));
        return;
      case "result":
        if (event.aside !== undefined) this.aside(event.aside);
        this.answer(event.blocks.flatMap((block) => blockLines(block, this.style)));
        return;
      case "error":
        this.aside(errorLines(event.error, this.style));
        return;
    }
  }

  close(): void {
    clearInterval(this.ticker);
    this.erase();
  }

  private answer(lines: readonly string[]): void {
    this.erase();
    for (const line of lines) this.sinks.stdout(`${line}\n`);
    this.finish(lines);
  }

  private aside(lines: readonly string[]): void {
    this.erase();
    for (const line of lines) this.sinks.stderr(`${line}\n`);
    this.finish(lines);
  }

  private finish(lines: readonly string[]): void {
    for (const line of lines) this.sinks.log(stripVTControlCharacters(line));
    this.draw();
  }

  private redraw(): void {
    this.erase();
    this.draw();
  }

  private draw(): void {
    for (const [phase, { since, detail, counter }] of this.running) {
      const elapsed = (this.now() - since) / 1000;
      this.sinks.stderr(`${runningLine(phase, detail, counter ?? (elapsed >= 3 ? clock(elapsed) : undefined), this.style)}\n`);
    }
    this.drawn = this.running.size;
  }

  private erase(): void {
    if (this.drawn > 0) this.sinks.stderr(`\u001b[${this.drawn}F\u001b[J`);
    this.drawn = 0;
  }
}
