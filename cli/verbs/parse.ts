import { parseArgs } from "node:util";
import { SlipwayError } from "../../components/errors/slipway-error";
import { closest } from "./closest";
import { verbs } from "./table";
import { Arguments, type Verb } from "./verb";

/** A command line that names a verb; `help` and `version` are asked for before anything else is checked. */
export interface ParsedCall {
  readonly verb: Verb;
  readonly arguments: Arguments;
  readonly json: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

/** Finds the verb and checks options and positionals; throws SLIP-5010 naming what was given and the closest allowed word. */
export function parseCall(argv: readonly string[]): ParsedCall {
  const { verb, rest } = findVerb(argv);
  const { values, positionals } = parseOptions(verb, rest);
  const help = values.help === true;
  const version = values.version === true;
  if (!help && !version) checkPositionals(verb, positionals);
  return { verb, arguments: new Arguments(positionals, values), json: values.json === true, help, version };
}

/** True when the caller wants JSON, even when the rest of the line cannot be parsed. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end < 0 ? argv : argv.slice(0, end)).includes("--json");
}

function findVerb(argv: readonly string[]): { verb: Verb; rest: readonly string[] } {
  const lead = leadingOptions(argv);
  const words: string[] = [];
  for (const word of argv.slice(lead, lead + 2)) {
    if (word.startsWith("-")) break;
    words.push(word);
  }
  for (let count = words.length; count >= 0; count--) {
    const name = words.slice(0, count).join(" ");
    const verb = verbs.find((candidate) => candidate.name === name);
    if (verb !== undefined && (count > 0 || words.length === 0))
      return { verb, rest: [...argv.slice(0, lead), ...argv.slice(lead + count)] };
  }
  throw unknownVerb(words);
}

/** How many words before the verb are options of the command itself, such as `--state DIR`. */
function leadingOptions(argv: readonly string[]): number {
  const options = verbs.find(({ name }) => name === "")?.options ?? {};
  for (let at = 0; at < argv.length; ) {
    const word = argv[at] ?? "";
    const spec = word.startsWith("--") ? options[word.slice(2).split("=", 1)[0] ?? ""] : undefined;
    if (spec === undefined) return at;
    at += spec.type === "string" && !word.includes("=") ? 2 : 1;
  }
  return argv.length;
}

function unknownVerb(words: readonly string[]): SlipwayError {
  const names = verbs.map(({ name }) => name).filter((name) => name !== "");
  const first = words[0] ?? "";
  const family = names.filter((name) => name.startsWith(`${first} `));
  if (family.length > 0) {
    const second = words[1];
    const guess = second === undefined ? undefined : closest(`${first} ${second}`, family);
    const message = second === undefined ? `"${first}" needs a verb after it` : `"${first} ${second}" is not a verb`;
    return usageError(message, words.join(" "), guess, `use one of: ${family.join(", ")}`);
  }
  const shortcuts = new Map(names.map((name) => [name.split(" ").at(-1) ?? name, name]));
  const guess = closest(words.join(" "), names) ?? closest(first, [...names, ...shortcuts.keys()]);
  return usageError(
    `"${first}" is not a verb`,
    words.join(" "),
    guess === undefined ? undefined : (shortcuts.get(guess) ?? guess),
    "slipway --help lists the verbs",
  );
}

function parseOptions(
  verb: Verb,
  rest: readonly string[],
): { values: Record<string, string | boolean | undefined>; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries(verb.options).map(([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }]),
  );
  const { tokens, values, positionals } = parseArgs({ args: [...rest], options, allowPositionals: true, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const spec = verb.options[token.name];
    if (spec === undefined) throw unknownOption(verb, token.rawName);
    if (
      spec.type === "string" &&
      (token.value === undefined || token.value === "" || (!token.inlineValue && token.value.startsWith("--")))
    ) {
      throw usageError(
        `${token.rawName} needs a value`,
        token.rawName,
        undefined,
        `${token.rawName} ${spec.value ?? "VALUE"}: ${spec.describe}`,
      );
    }
    if (spec.type === "boolean" && token.value !== undefined) {
      throw usageError(`${token.rawName} takes no value`, `${token.rawName}=${token.value}`, undefined, `write ${token.rawName} alone`);
    }
  }
  return { values: values as Record<string, string | boolean | undefined>, positionals };
}

function unknownOption(verb: Verb, raw: string): SlipwayError {
  const allowed = Object.entries(verb.options).flatMap(([name, { short }]) =>
    short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`],
  );
  const title = `slipway ${verb.name}`.trim();
  return usageError(`${title} has no option ${raw}`, raw, closest(raw, allowed), `${title} takes: ${allowed.join(", ")}`);
}

function checkPositionals(verb: Verb, positionals: readonly string[]): void {
  const missing = verb.positionals.filter((spec, index) => spec.required && positionals[index] === undefined);
  const title = `slipway ${verb.name}`.trim();
  if (missing.length > 0) {
    const words = missing.map(({ name, describe }) => `${name}: ${describe}`);
    throw usageError(`${title} needs ${missing.map(({ name }) => name).join(" and ")}`, positionals.join(" "), undefined, words.join("\n"));
  }
  const extra = positionals.slice(verb.positionals.length);
  if (extra.length > 0) {
    throw usageError(
      `${title} does not take "${extra.join(" ")}"`,
      extra.join(" "),
      undefined,
      `${title} --help shows what it takes; put JSON in single quotes`,
    );
  }
}

/** SLIP-5010 with what was given and, when one is close, the word that was probably meant. */
export function usageError(message: string, received: string, guess: string | undefined, cure: string): SlipwayError {
  return new SlipwayError("SLIP-5010", guess === undefined ? message : `${message}; did you mean "${guess}"?`, {
    received,
    cure,
    more: ["slipway --help"],
  });
}
