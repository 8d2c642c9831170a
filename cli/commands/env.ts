import { SlipwayError } from "../../components/errors/slipway-error";
import { runningDaemon } from "../daemon/admin";
import { readDaemonRecord } from "../daemon/record";
import { clientVariables } from "../project/local-environment";
import { localPaths } from "../project/local-place";
import { stateWords } from "../project/state-words";
import { usageError } from "../verbs/parse";
import type { VerbCall } from "../verbs/verb";

const formats: Readonly<Record<string, (name: string, value: string) => string>> = {
  sh: (name, value) => `export ${name}='${value}'`,
  dotenv: (name, value) => `${name}=${value}`,
};

export async function run(call: VerbCall): Promise<undefined> {
  const format = call.arguments.text("format") ?? "sh";
  if (format !== "json" && formats[format] === undefined) throw usageError("--format is unknown", format, undefined, "sh, dotenv or json");
  const record = readDaemonRecord(localPaths(call));
  if (record === undefined || (await runningDaemon(record)) === undefined)
    throw new SlipwayError("SLIP-5006", "The local platform is not running", {
      cure: `Start it: slipway local up${stateWords(call.arguments.text("state"))}.`,
    });
  const variables = clientVariables(record);
  const lines =
    format === "json"
      ? JSON.stringify(variables, null, 2).split("\n")
      : Object.entries(variables).map(([name, value]) => formats[format]?.(name, value) ?? "");
  call.emit({ kind: "result", data: variables, blocks: [{ kind: "text", lines }] });
}
