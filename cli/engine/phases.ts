import type { Emit } from "../output/events";
import { type EngineEvent, nameOfUrn, type StepMetadata, typeOfUrn } from "./engine-event";
import { Work } from "./work";

const modelType = /:ModelService$/;
const stackType = "pulumi:pulumi:Stack";
/** Phase of everything that belongs to no model. */
export const platformPhase = "platform";

/** Turns the engine's events about resources into phases: one for the platform, one per model, and only where something happens. */
export class PhaseTracker {
  private readonly parents = new Map<string, string>();
  private readonly running = new Map<string, Work>();
  private readonly finished = new Map<string, Work>();

  /** `recordedParents` are those of the stack before this update: what is removed is told before its parents are. */
  constructor(
    private readonly emit: Emit,
    private readonly now: () => number = Date.now,
    private readonly recordedParents: ReadonlyMap<string, string> = new Map(),
  ) {}

  /** Models that something happened to. */
  get changed(): string[] {
    return [...this.finished.keys(), ...this.running.keys()].filter((phase) => phase !== platformPhase);
  }

  handle(event: EngineEvent): void {
    if (event.resourcePreEvent !== undefined) this.begin(event.resourcePreEvent.metadata);
    else if (event.resOutputsEvent !== undefined) this.end(event.resOutputsEvent.metadata);
    else if (event.resOpFailedEvent !== undefined) this.fail(event.resOpFailedEvent.metadata.urn);
    else if (event.diagnosticEvent?.severity === "info" && event.diagnosticEvent.ephemeral === true)
      this.tell(event.diagnosticEvent.urn, event.diagnosticEvent.message);
    else if (event.diagnosticEvent?.severity === "error" && event.diagnosticEvent.urn !== undefined) this.fail(event.diagnosticEvent.urn);
  }

  /** Closes what still runs, when the engine has ended. */
  close(outcome: "done" | "failed" | "stopped"): void {
    for (const phase of [...this.running.keys()]) this.finish(phase, outcome);
  }

  /** Name of the model a resource belongs to. */
  modelOf(urn: string | undefined): string | undefined {
    for (let at = urn; at !== undefined && at !== ""; at = this.parents.get(at) ?? this.recordedParents.get(at))
      if (modelType.test(typeOfUrn(at))) return nameOfUrn(at);
    return undefined;
  }

  private begin(step: StepMetadata): void {
    this.remember(step);
    if (!isWork(step)) return;
    const phase = this.phaseOf(step.urn);
    // Leftovers of a replacement are deleted at the very end, after their model was already told to be ready.
    if (this.finished.has(phase)) return;
    const work = this.running.get(phase) ?? this.start(phase);
    const before = work.doing;
    work.begin(step, this.now());
    if (work.doing !== before) this.emit({ kind: "phase-progress", phase, detail: work.doing });
  }

  private end(step: StepMetadata): void {
    const phase = this.phaseOf(step.urn);
    const work = this.running.get(phase);
    if (work === undefined) return;
    if (isWork(step)) work.end(step, this.now());
    // A component reports its outputs once they are all known, gates included: that is when its model is ready.
    if (modelType.test(step.type) && !work.failed) this.finish(phase, "done");
  }

  private fail(urn: string): void {
    const phase = this.phaseOf(urn);
    if (typeOfUrn(urn) === stackType || this.finished.has(phase)) return;
    (this.running.get(phase) ?? this.start(phase)).failed = true;
  }

  /** A gate tells what it waits for; a model whose resources are unchanged may still have one waiting. */
  private tell(urn: string | undefined, message: string): void {
    const model = this.modelOf(urn);
    const detail = message.split("\n")[0]?.trim() ?? "";
    if (model === undefined || detail === "" || this.finished.has(model)) return;
    const work = this.running.get(model) ?? this.start(model);
    work.doing = detail;
    this.emit({ kind: "phase-progress", phase: model, detail });
  }

  private start(phase: string): Work {
    const work = new Work(this.now());
    this.running.set(phase, work);
    this.emit({ kind: "phase-started", phase });
    return work;
  }

  private finish(phase: string, outcome: "done" | "failed" | "stopped"): void {
    const work = this.running.get(phase);
    if (work === undefined) return;
    this.running.delete(phase);
    this.finished.set(phase, work);
    const end = work.failed ? "failed" : outcome;
    this.emit({
      kind: "phase-finished",
      phase,
      outcome: end,
      detail: work.summary(end),
      ...(end === "done" && work.servesEndpoint ? { state: "InService" } : {}),
      seconds: ((phase === platformPhase ? work.lastActivity : this.now()) - work.startedAt) / 1000,
    });
  }

  private phaseOf(urn: string): string {
    return this.modelOf(urn) ?? platformPhase;
  }

  private remember({ urn, new: after, old: before }: StepMetadata): void {
    this.parents.set(urn, after?.parent ?? before?.parent ?? "");
  }
}

/** Steps that change something. Reading, and keeping as it is, is not work worth telling. */
function isWork({ op, type, new: after, old: before }: StepMetadata): boolean {
  if ((after ?? before)?.custom !== true || type.startsWith("pulumi:providers:")) return false;
  return op === "create" || op === "update" || op === "delete" || op === "import" || op.includes("replace");
}
