import { type CatalogueEntry, catalogue, type ErrorCode } from "./catalogue";

/** A place in a file the user wrote. `line` counts from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  /** The part of the line to underline, when it is known. */
  readonly excerpt?: string;
}

/** What is known beyond the catalogue's own words. */
export interface SlipwayErrorDetails {
  /** Lines worth reading before anything else: log tails, a list of faults, known names. */
  readonly details?: readonly string[];
  readonly location?: SourceLocation;
  /** What was given, as the user wrote or sent it. */
  readonly received?: string;
  /** The cure for this very case; the catalogue's general cure stands in when it is absent. */
  readonly cure?: string;
  /** Commands that tell more. */
  readonly more?: readonly string[];
  readonly cause?: unknown;
}

/** An error a user can act on: a catalogue code, one sentence in the user's words, and what to do. */
export class SlipwayError extends Error {
  readonly code: ErrorCode;
  readonly details: readonly string[];
  readonly location: SourceLocation | undefined;
  readonly received: string | undefined;
  readonly cure: string;
  readonly more: readonly string[];

  constructor(code: ErrorCode, message: string, known: SlipwayErrorDetails = {}) {
    super(message, known.cause === undefined ? undefined : { cause: known.cause });
    this.name = "SlipwayError";
    this.code = code;
    this.details = known.details ?? [];
    this.location = known.location;
    this.received = known.received;
    this.cure = known.cure ?? catalogue[code].cure;
    this.more = known.more ?? [`slipway explain ${code}`];
  }

  get entry(): CatalogueEntry {
    return catalogue[this.code];
  }
}

/** Whether a text is a code of the catalogue. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(catalogue, text);
}
