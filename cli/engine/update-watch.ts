import type { Emit } from "../output/events";
import type { EngineError } from "./diagnostics";
import type { EngineEvent } from "./engine-event";
import { PhaseTracker } from "./phases";

const phase = "stack";

/** Follows one update: its phases, its errors, and whether it changed anything. */
export class UpdateWatch {
  readonly errors: EngineError[] = [];
  /** Resources by what was done, or in a preview would be done, to them. */
  counts: Readonly<Record<string, number>> = {};
  private readonly tracker: PhaseTracker;
  private readonly since: number;
  private open = false;

  constructor(
    private readonly emit: Emit,
    private readonly now: () => number = Date.now,
    recordedParents?: ReadonlyMap<string, string>,
  ) {
    this.tracker = new PhaseTracker(emit, now, recordedParents);
    this.since = now();
  }

  start(): void {
    this.open = true;
    this.emit({ kind: "phase-started", phase, detail: "comparing the declarations with what runs" });
  }

  handle(event: EngineEvent): void {
    const { diagnosticEvent: diagnostic, summaryEvent: summary, policyEvent: policy } = event;
    if (diagnostic?.severity === "error") this.errors.push({ diagnostic, model: this.tracker.modelOf(diagnostic.urn) });
    if (diagnostic?.severity === "warning") this.warn(diagnostic.message);
    if (policy?.enforcementLevel === "advisory") this.warn(`${policy.policyName}: ${policy.message}`);
    this.tracker.handle(event);
    if (summary !== undefined) this.counts = summary.resourceChanges;
  }

  get changed(): boolean {
    return Object.entries(this.counts).some(([op, count]) => op !== "same" && op !== "read" && count > 0);
  }

  /** Ends what is open; a second call does nothing. */
  finish(outcome: "done" | "failed" | "stopped"): void {
    if (!this.open) return;
    this.open = false;
    this.tracker.close(outcome);
    const detail =
      outcome === "done" ? (this.changed ? "as declared" : "nothing changed") : outcome === "failed" ? "not as declared" : "stopped";
    this.emit({ kind: "phase-finished", phase, outcome, detail, seconds: (this.now() - this.since) / 1000 });
  }

  private warn(message: string): void {
    const text = message.trim().split("\n")[0] ?? "";
    if (text !== "") this.emit({ kind: "note", level: "warning", text });
  }
}
