import type { Readable } from "node:stream";
import type { Emit } from "../output/events";

/** One option of a verb, as `node:util.parseArgs` and the help page both read it. */
export interface OptionSpec {
  readonly type: "string" | "boolean";
  readonly short?: string;
  /** What stands for the value in the help, such as `DIR`. */
  readonly value?: string;
  readonly describe: string;
}

export interface PositionalSpec {
  readonly name: string;
  readonly required: boolean;
  readonly describe: string;
}

/** One verb of the command. Help, parsing, "did you mean" and docs/cli.md are all made from this. */
export interface Verb {
  /** The words that call it, such as `local up`; empty for the command alone. */
  readonly name: string;
  readonly summary: string;
  readonly positionals: readonly PositionalSpec[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly string[];
  /** Loads the code of the verb, so that help and small verbs stay fast. */
  load(): Promise<{ run: VerbRun }>;
}

/** A verb's work. Resolves to the exit code when it is not 0; throws `SlipwayError` on failure. */
export type VerbRun = (call: VerbCall) => Promise<number | undefined>;

/** Everything a verb may use of the process it runs in. */
export interface VerbCall {
  readonly arguments: Arguments;
  readonly emit: Emit;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdin: Readable;
  /** True when both input and error output are a terminal and `--json` was not given: only then may a question be asked. */
  readonly interactive: boolean;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Aborted by the second Ctrl-C: end what still runs at once. */
  readonly force: AbortSignal;
  /** Asks for a line on the terminal. Only when `interactive`. */
  ask(question: string): Promise<string>;
  /** Asks a yes/no question on the terminal; the default is no. */
  confirm(question: string): Promise<boolean>;
  /** Asks which of some options it is to be; an empty answer is `standard`. Only when `interactive`. */
  choose<T extends string>(question: string, options: readonly { readonly value: T; readonly describe: string }[], standard: T): Promise<T>;
}

/** Checked arguments of one call. */
export class Arguments {
  constructor(
    readonly positionals: readonly string[],
    private readonly values: Readonly<Record<string, string | boolean | undefined>>,
  ) {}

  text(option: string): string | undefined {
    const value = this.values[option];
    return typeof value === "string" ? value : undefined;
  }

  flag(option: string): boolean {
    return this.values[option] === true;
  }
}
