import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";

/** A terminal as far as questions need it. */
export interface Terminal {
  readonly stdin: Readable;
  readonly stderr: Writable;
}

/** A yes/no question; everything but yes is no. */
export async function confirm(question: string, terminal: Terminal, signal: AbortSignal): Promise<boolean> {
  return /^y(es)?$/i.test(await ask(`${question} [y/N] `, terminal, signal));
}

/** A question with numbered answers; a number, a name or the beginning of one answers it, and nothing is `standard`. Asks again until it is understood. */
export async function choose<T extends string>(
  question: string,
  options: readonly { readonly value: T; readonly describe: string }[],
  standard: T,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<T> {
  const width = Math.max(...options.map(({ value }) => value.length));
  terminal.stderr.write(`${question}\n`);
  options.forEach(({ value, describe }, index) => {
    terminal.stderr.write(`  ${index + 1}  ${value.padEnd(width)}  ${describe}\n`);
  });
  for (;;) {
    const answer = await ask(`[${standard}] `, terminal, signal);
    const found = answer === "" ? standard : understood(answer, options);
    if (found !== undefined) return found;
  }
}

function understood<T extends string>(answer: string, options: readonly { readonly value: T }[]): T | undefined {
  const begun = options.filter(({ value }) => value.startsWith(answer.toLowerCase()));
  return options[Number(answer) - 1]?.value ?? (begun.length === 1 ? begun[0]?.value : undefined);
}

/** What is typed after a question, without the space around it. */
export async function ask(question: string, { stdin, stderr }: Terminal, signal: AbortSignal): Promise<string> {
  const terminal = createInterface({ input: stdin, output: stderr });
  const ended = new AbortController();
  terminal.once("close", () => ended.abort(new Error("the input ended before the question was answered")));
  try {
    return (await terminal.question(question, { signal: AbortSignal.any([signal, ended.signal]) })).trim();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    terminal.close();
  }
}
