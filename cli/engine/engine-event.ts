/** The engine's own events (`pulumi … --event-log`), as far as they are used here. */
export interface EngineEvent {
  readonly sequence: number;
  readonly diagnosticEvent?: DiagnosticEvent;
  readonly resourcePreEvent?: { readonly metadata: StepMetadata };
  readonly resOutputsEvent?: { readonly metadata: StepMetadata };
  readonly resOpFailedEvent?: { readonly metadata: StepMetadata };
  readonly summaryEvent?: { readonly durationSeconds: number; readonly resourceChanges: Readonly<Record<string, number>> };
  readonly policyEvent?: PolicyEvent;
}

export interface DiagnosticEvent {
  readonly urn?: string;
  readonly message: string;
  readonly severity: "debug" | "info" | "info#err" | "warning" | "error";
  readonly ephemeral?: boolean;
}

export interface PolicyEvent {
  readonly resourceUrn?: string;
  readonly message: string;
  readonly policyName: string;
  readonly enforcementLevel: string;
}

export interface StepMetadata {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  readonly new?: StepState | null;
  readonly old?: StepState | null;
}

export interface StepState {
  readonly parent?: string;
  /** Absent for components. */
  readonly custom?: boolean;
}

/** Reads one line of an event log; undefined for an empty line or one that was cut off. */
export function parseEngineEvent(line: string): EngineEvent | undefined {
  if (line.trim() === "") return undefined;
  try {
    const event: unknown = JSON.parse(line);
    return typeof event === "object" && event !== null && "sequence" in event ? (event as EngineEvent) : undefined;
  } catch {
    return undefined;
  }
}

/** The logical name of a resource: the last part of its URN. */
export function nameOfUrn(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** The type of a resource, without those of its parents: the last part of the chain in its URN. */
export function typeOfUrn(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}
