/** One answered invocation, as the console shows it. */
export interface JournalEntry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly milliseconds: number;
  /** What the caller got. */
  readonly status: number;
  /** The request's body when it is text, cut to `maxTextCharacters`. */
  readonly request?: string;
  /** Message of the error that was answered. */
  readonly error?: string;
}

/** Invocations kept per endpoint: enough for a picture of the last minutes of trying things out. */
const keptEntries = 60;

/** A body longer than this is shown in part. */
export const maxTextCharacters = 2_000;

/** The last invocations of each endpoint, in memory: a help while developing, not a record. */
export class Journal {
  /** Grows with every entry: what changes the console's pages. */
  version = 0;
  private readonly entries = new Map<string, JournalEntry[]>();

  add(endpointArn: string, entry: JournalEntry): void {
    const list = this.entries.get(endpointArn) ?? [];
    list.push(entry);
    if (list.length > keptEntries) {
      list.shift();
    }
    this.entries.set(endpointArn, list);
    this.version++;
  }

  /** Oldest first. */
  of(endpointArn: string): readonly JournalEntry[] {
    return this.entries.get(endpointArn) ?? [];
  }

  clear(): void {
    this.entries.clear();
    this.version++;
  }
}

/** The text of a body for the journal; `undefined` for bytes that are not text. */
export function journalText(body: Buffer): string | undefined {
  const text = body.subarray(0, maxTextCharacters).toString("utf8");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what tells bytes from text.
  return /[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text.slice(0, -3)) ? undefined : text;
}
