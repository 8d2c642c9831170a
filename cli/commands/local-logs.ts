import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { deployedModels } from "../../client/model-outputs";
import { SlipwayError } from "../../components/errors/slipway-error";
import { fileSize, readFrom, tailLines } from "../../local/logs/file-tail";
import { localOutputs } from "../engine/local-stack";
import { localPlace } from "../project/local-place";
import { declaredModels } from "../project/project";
import { stateWords } from "../project/state-words";
import { closest } from "../verbs/closest";
import { usageError } from "../verbs/parse";
import type { VerbCall } from "../verbs/verb";

/** Where logs are, and which endpoint serves which model. */
interface LogPlace {
  readonly folder: string;
  readonly endpoints: ReadonlyMap<string, string>;
}

/** Prints the end of a log; with --follow every new line too, until Ctrl-C. */
export async function run(call: VerbCall): Promise<undefined> {
  const { project, paths } = localPlace(call);
  const count = lineCount(call.arguments.text("lines") ?? "100");
  const [name] = call.arguments.positionals;
  const logs = logNames(paths.logs);
  const endpoints = deployedModels(localOutputs(paths)).map(({ name, endpointName }) => [name, endpointName] as const);
  const place: LogPlace = { folder: paths.logs, endpoints: new Map(endpoints) };
  if (name === undefined) return listLogs(call, logs, paths.logs);
  const files = filesOf(name, place);
  if (files.length === 0 && !call.arguments.flag("follow")) throw noLog(name, logs, declaredModels(project), startCommand(call));
  const tell = (file: string, text: string) =>
    call.emit({ kind: "line", text: files.length > 1 ? `${file}  ${text}` : text, data: { log: file, line: text } });
  const offsets = new Map<string, number>();
  for (const file of files) {
    const path = join(paths.logs, `${file}.log`);
    offsets.set(file, fileSize(path));
    for (const line of tailLines(path, count)) tell(file, line);
  }
  if (call.arguments.flag("follow")) await follow(call, name, place, offsets, tell);
}

async function follow(
  call: VerbCall,
  name: string,
  place: LogPlace,
  offsets: Map<string, number>,
  tell: (file: string, text: string) => void,
): Promise<void> {
  const pending = new Map<string, string>();
  while (!call.signal.aborted) {
    for (const file of filesOf(name, place)) {
      const path = join(place.folder, `${file}.log`);
      const [size, offset] = [fileSize(path), offsets.get(file) ?? 0];
      // A shorter file is a new one: it was set aside, or begun again.
      const text = (pending.get(file) ?? "") + readFrom(path, size < offset ? 0 : offset);
      offsets.set(file, size);
      const lines = text.split("\n");
      pending.set(file, lines.pop() ?? "");
      for (const line of lines) tell(file, line);
    }
    await sleep(200, undefined, { signal: call.signal }).catch(() => undefined);
  }
}

function listLogs(call: VerbCall, logs: readonly string[], folder: string): undefined {
  const lines = logs.length === 0 ? [`No logs yet: ${startCommand(call)}`] : logs;
  call.emit({ kind: "result", data: { folder, logs }, blocks: [{ kind: "text", lines }], aside: [`Logs in ${folder}:`] });
}

/** A log by its own name; else a model's logs: the training job that ran last and the endpoint. */
function filesOf(name: string, place: LogPlace): string[] {
  const logs = logNames(place.folder);
  if (logs.includes(name)) return [name];
  const jobs = logs.filter((log) => log.startsWith(`${name}-`) && /^[0-9a-f]{6,}-\d+$/.test(log.slice(name.length + 1)));
  const lastJob = jobs.sort((a, b) => modifiedAt(place, b) - modifiedAt(place, a)).slice(0, 1);
  const endpoint = place.endpoints.get(name);
  return [...lastJob, ...logs.filter((log) => log === endpoint)];
}

function modifiedAt({ folder }: LogPlace, log: string): number {
  return statSync(join(folder, `${log}.log`), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function logNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".log"))
    .map((file) => file.slice(0, -".log".length))
    .sort();
}

function startCommand(call: VerbCall): string {
  return `npx slipway local up${stateWords(call.arguments.text("state"))}`;
}

function noLog(name: string, logs: readonly string[], models: readonly string[], start: string): SlipwayError {
  if (models.includes(name)) return new SlipwayError("SLIP-4104", `${name} has not logged anything yet`, { cure: start });
  const known = [...new Set([...logs, ...models])].sort();
  const guess = closest(name, known);
  return new SlipwayError("SLIP-4103", `There is no log of "${name}"${guess === undefined ? "" : `; did you mean "${guess}"?`}`, {
    received: name,
    cure: known.length === 0 ? start : `use one of: ${known.join(", ")}`,
  });
}

function lineCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw usageError("--lines is not a number", text, undefined, "a whole number, 0 or more");
  return Number(text);
}
