import type { Block } from "../output/events";
import { overviewHelp, usageWords, verbHelp } from "../verbs/help";
import { verbs } from "../verbs/table";

/** Markdown of docs/cli.md: what the verbs' own help says. */
export function cliPage(): string {
  const intro = [
    "# The `slipway` command",
    "In a checkout, run it as `npx slipway`. The answer goes to standard output, everything else to standard error; `--json` prints exactly one object `{schemaVersion, command, status, data, warnings, error}`, also on failure. Everything printed is also in `.slipway/logs/slipway.log`. Colour follows `NO_COLOR` and the terminal.",
  ];
  const sections = verbs.map((verb) => `## \`${`slipway ${usageWords(verb)}`.trim()}\`\n\n${fenced(verbHelp(verb))}`);
  return `${[...intro, fenced(overviewHelp("VERSION")), ...sections].join("\n\n")}\n`;
}

function fenced(blocks: readonly Block[]): string {
  const lines = blocks.flatMap((block) => (block.kind === "text" ? block.lines : []));
  return ["```text", ...lines.map((line) => line.trimEnd()), "```"].join("\n");
}
