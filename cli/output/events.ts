import type { SlipwayError } from "../../components/errors/slipway-error";

/** What a verb has to say. A verb emits these and writes nothing; a renderer decides how they look. */
export type Event = PhaseStarted | PhaseProgress | PhaseFinished | PhaseDropped | Note | StreamLine | StreamPart | Result | Failure;

/** A piece of work has begun; at most one of each name runs at a time. */
export interface PhaseStarted {
  readonly kind: "phase-started";
  readonly phase: string;
  readonly detail?: string;
}

/** What a running phase does or waits for. `counter` changes often ("0:42") and is shown only where a line can be rewritten. */
export interface PhaseProgress {
  readonly kind: "phase-progress";
  readonly phase: string;
  readonly detail: string;
  readonly counter?: string;
}

export interface PhaseFinished {
  readonly kind: "phase-finished";
  readonly phase: string;
  readonly outcome: "done" | "failed" | "stopped";
  readonly detail: string;
  /** A state in AWS's word, such as `InService`. */
  readonly state?: string;
  readonly seconds: number;
}

/** A phase ended with nothing worth a line. */
export interface PhaseDropped {
  readonly kind: "phase-dropped";
  readonly phase: string;
}

export interface Note {
  readonly kind: "note";
  readonly level: "info" | "warning";
  readonly text: string;
}

/** One line of a stream that is itself the answer, such as a log. With `--json` it is one JSON object on a line. */
export interface StreamLine {
  readonly kind: "line";
  readonly text: string;
  readonly data: JsonValue;
}

/** A part of an answer that comes bit by bit: written as it is, with no line end of its own. With `--json` it is one JSON object on a line. */
export interface StreamPart {
  readonly kind: "part";
  readonly text: string;
  readonly data: JsonValue;
}

/** The answer. `blocks` go to standard output for people, `data` for `--json`; `aside` goes to standard error. */
export interface Result {
  readonly kind: "result";
  readonly data: JsonValue;
  readonly blocks: readonly Block[];
  readonly aside?: readonly string[];
}

export interface Failure {
  readonly kind: "error";
  readonly error: SlipwayError;
}

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined };

export type Block =
  | { readonly kind: "text"; readonly lines: readonly string[] }
  | { readonly kind: "table"; readonly head: readonly string[]; readonly rows: readonly (readonly Cell[])[] }
  /** `label  value` lines, labels aligned. Values are things to copy: they are never cut. */
  | { readonly kind: "pairs"; readonly rows: readonly (readonly [label: string, value: string])[] };

export type Tone = "good" | "bad" | "warning" | "quiet";

export type Cell = string | { readonly text: string; readonly tone: Tone };

export type Emit = (event: Event) => void;
