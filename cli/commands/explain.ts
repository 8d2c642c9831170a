import { catalogue } from "../../components/errors/catalogue";
import { isErrorCode } from "../../components/errors/slipway-error";
import { closest } from "../verbs/closest";
import { usageError } from "../verbs/parse";
import type { VerbCall } from "../verbs/verb";

const exitWords = { 1: "your code or declaration", 2: "usage", 3: "this machine", 4: "AWS or a service" };

export async function run(call: VerbCall): Promise<undefined> {
  const given = call.arguments.positionals[0] ?? "";
  const code = /^\d{4}$/.test(given) ? `SLIP-${given}` : given.toUpperCase();
  if (!isErrorCode(code))
    throw usageError(`There is no error ${given}`, given, closest(code, Object.keys(catalogue)), "docs/errors.md lists all codes");
  const { title, cause, cure, retryable, exitCode } = catalogue[code];
  call.emit({
    kind: "result",
    data: { code, title, cause, cure, retryable, exitCode },
    blocks: [
      {
        kind: "pairs",
        rows: [
          [code, title],
          ["cause", cause],
          ["cure", cure],
          ["retry", retryable ? "may help" : "does not help by itself"],
          ["exit code", `${exitCode} (${exitWords[exitCode]})`],
        ],
      },
    ],
  });
}
