// `npm test`: runs every part, or those named (`npm test -- unit engine`, `npm test -- lint`), and ends with `N passed, N failed`.
import { SlipwayError } from "../../components/errors/slipway-error";
import { TestContext } from "./context";
import { failedOnce, isGreen, type Outcome, summarize } from "./outcome";
import { type Part, parts } from "./parts";

async function main(names: readonly string[]): Promise<number> {
  const chosen = choose(names);
  if (typeof chosen === "string") {
    process.stderr.write(`${chosen}\n`);
    return 2;
  }
  const context = new TestContext();
  const outcomes: { part: Part; outcome: Outcome; seconds: string }[] = [];
  const stop = () => {
    context.close();
    process.exit(130);
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    for (const part of chosen) {
      context.say(`-- ${part.name}`);
      const started = Date.now();
      const outcome = await part.run(context).catch((error: unknown) => failedOnce(explain(error)));
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      outcomes.push({ part, outcome, seconds });
      context.say(line(part, outcome, seconds));
    }
  } finally {
    context.close();
  }
  context.say("");
  for (const { part, outcome, seconds } of outcomes) context.say(line(part, outcome, seconds));
  const all = outcomes.map(({ outcome }) => outcome);
  for (const name of all.flatMap(({ unsteady }) => unsteady ?? [])) context.say(`UNSTEADY: passed only the second time, alone: ${name}`);
  context.say(summarize(all));
  return isGreen(all) ? 0 : 1;
}

function choose(names: readonly string[]): readonly Part[] | string {
  const known = [...parts.map((part) => part.name), "lint"];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) return `Unknown part of the tests: ${unknown.join(", ")}. Parts: ${known.join(", ")}.`;
  if (names.length === 0) return parts;
  return parts.filter((part) => names.includes(part.name) || (part.lint && names.includes("lint")));
}

function line(part: Part, outcome: Outcome, seconds: string): string {
  const verdict = outcome.failed > 0 ? "FAILED " : outcome.passed === 0 ? "NOT RUN" : "ok     ";
  const note = outcome.note === undefined ? "" : `: ${outcome.note}`;
  const unsteady = outcome.unsteady === undefined ? "" : `, ${outcome.unsteady.length} of them unsteady`;
  return `${verdict} ${part.name.padEnd(12)} ${summarize([outcome])}${unsteady}, ${seconds} s${note}`;
}

function explain(error: unknown): string {
  if (error instanceof SlipwayError) return [error.message, ...error.details, error.cure].join("\n  ");
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = 1;
  },
);
