import { lineWidth, pad, wrap } from "../output/columns";
import type { Block } from "../output/events";
import { verbs } from "./table";
import type { Verb } from "./verb";

/** The page of `slipway --help`. */
export function overviewHelp(version: string): Block[] {
  const named = verbs.filter(({ name }) => name !== "");
  return [
    {
      kind: "text",
      lines: [
        `slipway ${version}: models on Amazon SageMaker, and here without an account`,
        "",
        ...listing(named.map((verb) => [usageWords(verb), verb.summary])),
        "",
        "slipway alone shows the status; slipway VERB --help shows a verb's options.",
        "Exit codes: 0 done, 1 your code or declaration, 2 usage, 3 this machine, 4 AWS,",
        "130 interrupted.",
      ],
    },
  ];
}

/** The page of `slipway VERB --help`. */
export function verbHelp(verb: Verb): Block[] {
  const options = Object.entries(verb.options).map(([name, spec]): [string, string] => [
    `${spec.short === undefined ? "    " : `-${spec.short}, `}--${name}${spec.value === undefined ? "" : ` ${spec.value}`}`,
    spec.describe,
  ]);
  const lines = [`slipway ${usageWords(verb)}`.trim(), `  ${verb.summary}`, ""];
  if (verb.positionals.length > 0) lines.push(...listing(verb.positionals.map(({ name, describe }) => [name, describe])), "");
  lines.push(...listing(options));
  if (verb.examples.length > 0) lines.push("", ...verb.examples.map((example) => `  $ ${example}`));
  return [{ kind: "text", lines }];
}

/** `invoke MODEL [INPUT]` */
export function usageWords(verb: Verb): string {
  return [verb.name, ...verb.positionals.map(({ name, required }) => (required ? name : `[${name}]`))].join(" ").trim();
}

function listing(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([term]) => term.length));
  return rows.flatMap(([term, text]) =>
    wrap(text, lineWidth - width - 4).map((line, index) => `  ${pad(index === 0 ? term : "", width)}  ${line}`),
  );
}
