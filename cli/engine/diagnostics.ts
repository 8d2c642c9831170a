import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import type { ErrorCode } from "../../components/errors/catalogue";
import { isErrorCode, SlipwayError, type SourceLocation } from "../../components/errors/slipway-error";
import { foldLog } from "../errors/fold-log";
import type { DiagnosticEvent } from "./engine-event";
import { inUsersFolder, requirementIn } from "./users-files";

/** An error the engine reported, with the model its resource belongs to. */
export interface EngineError {
  readonly diagnostic: DiagnosticEvent;
  readonly model: string | undefined;
}

/** How gates mark the lines of a container's log. */
const logLine = /^ {2}log {2}/;

/** Sentences of the engine that only say that something else, reported apart, went wrong. */
const echoes = [
  /^update failed$/,
  /^preview failed$/,
  /^\d+ errors? occurred:?$/,
  /^resource registration(s)? failed/i,
  /^one or more errors occurred/i,
];

/** The errors of one update for people: each once, with its catalogue code, the user's own line when one is named, and the cure. */
export function explainEngineErrors(errors: readonly EngineError[], root: string, log: string): SlipwayError[] {
  const seen = new Set<string>();
  const explained: SlipwayError[] = [];
  for (const { diagnostic, model } of errors) {
    for (const part of split(diagnostic.message)) {
      const key = part.replace(/\s+/g, " ");
      if (part === "" || echoes.some((echo) => echo.test(part)) || seen.has(key)) continue;
      seen.add(key);
      const syntax = syntaxErrors(part, root, log);
      explained.push(...(syntax.length > 0 ? syntax : [explain(part, model, root, log)]));
    }
  }
  const known = explained.filter(({ code }) => code !== "SLIP-5012");
  return known.length > 0 ? known : explained;
}

/** One diagnostic may carry several catalogued errors, and words of the Node host around them. */
function split(message: string): string[] {
  const starts = [...message.matchAll(/(^|[\s:])(?=SLIP-\d{4}[ :])/gm)].map((match) => (match.index ?? 0) + (match[1]?.length ?? 0));
  if (starts.length === 0) return [message.trim()];
  return starts.map((start, index) => message.slice(start, starts[index + 1]).trim());
}

function explain(message: string, model: string | undefined, root: string, log: string): SlipwayError {
  const [, code = "", sentence = ""] = /^(SLIP-\d{4})[:\s]+([\s\S]*)$/.exec(message) ?? [];
  if (isErrorCode(code)) return catalogued(code, inUsersFolder(sentence, model, root), model, root);
  return uncatalogued(message, root, log);
}

function catalogued(code: ErrorCode, text: string, model: string | undefined, root: string): SlipwayError {
  const [sentence = "", ...rest] = text.split("\n");
  const details: string[] = [];
  const log: string[] = [];
  const cure: string[] = [];
  const more = [`slipway explain ${code}`, ...(model === undefined ? [] : [`slipway local logs ${model}`])];
  let target = details;
  for (const line of rest) {
    const [, label = "", value = ""] = /^\s*(fix|more)\s+(.*)$/.exec(line) ?? [];
    if (label === "fix") {
      target = cure;
      cure.push(value);
    } else if (label === "more") {
      target = details;
    } else if (logLine.test(line)) log.push(line.replace(logLine, "").trimEnd());
    else if (line.trim() !== "") target.push(target === cure ? line.trim() : line.replace(/^ {2}/, "").trimEnd());
  }
  const folded = foldLog(log);
  details.push(...folded.lines.map((line) => `log  ${line}`));
  if (folded.folded > 0) details.push(`     ${folded.folded} more lines: slipway local logs ${model ?? "<model>"}`);
  const subject = model === undefined || sentence.includes(model) ? sentence : `${model}: ${sentence}`;
  const location = (code === "SLIP-5007" ? requirementIn(text, root) : undefined) ?? locate([sentence, ...rest].join("\n"), model, root);
  // A line that only names the place says nothing beside the code frame.
  const isPlace = (line: string) => location !== undefined && /^\s*\S+:\d+$/.test(line) && line.endsWith(`:${location.line}`);
  return new SlipwayError(code, subject, {
    details: details.filter((line) => !isPlace(line)),
    more,
    ...(cure.length === 0 ? {} : { cure: cure.join("\n") }),
    ...(location === undefined ? {} : { location }),
  });
}

function uncatalogued(message: string, root: string, log: string): SlipwayError {
  const lines = message.split("\n").map((line) => line.replace(/^<ref \*\d+> /, "").trimEnd());
  const isProgram = /unhandled exception|Running program|SyntaxError|Cannot find module|TSError/.test(message);
  const meaningful = lines.filter((line) => line !== "" && !/^\s+at /.test(line) && !/^Running program|unhandled exception/.test(line));
  const location = locate(message, undefined, root);
  const [sentence = "The engine ended with an error", ...details] = meaningful;
  return new SlipwayError(isProgram ? "SLIP-5011" : "SLIP-5012", sentence.replace(/^error:\s*/, ""), {
    details: details.slice(0, 12),
    ...(location === undefined ? {} : { location }),
    more: [log],
  });
}

/** Faults the compiler of the program (esbuild) names, each `<file>:<line>:<column>: ERROR: <sentence>`; what follows them is its own insides. */
function syntaxErrors(message: string, root: string, log: string): SlipwayError[] {
  return [...message.matchAll(/^(\/.+?):(\d+):(\d+): ERROR: (.+)$/gm)].flatMap(([, named = "", line = "", column = "", sentence = ""]) => {
    const file = resolveFile(named, undefined, root);
    if (file === undefined) return [];
    const excerpt = excerptAt(join(root, file), Number(line), Number(column));
    const location = { file: join(root, file), line: Number(line), ...(excerpt === "" ? {} : { excerpt }) };
    return [new SlipwayError("SLIP-5011", `Syntax error: ${sentence}`, { location, more: [log] })];
  });
}

/** The word or sign at a column (bytes, from 0); the rest of the line where the same stands earlier in it. */
function excerptAt(file: string, line: number, column: number): string {
  const text = readFileSync(file, "utf8").split(/\r?\n/)[line - 1] ?? "";
  const before = Buffer.from(text).subarray(0, column).toString();
  const rest = text.slice(before.length).trimEnd();
  const [token = ""] = /^([\w$]+|.)/u.exec(rest) ?? [];
  return text.indexOf(token) === before.length ? token : rest;
}

/** The first file of the user that a message names with a line: `models/iris/service.ts:9`, or `model.py:21` of a known model. */
export function locate(message: string, model: string | undefined, root: string): SourceLocation | undefined {
  for (const match of message.matchAll(/((?:file:\/\/)?[\w./@-]*[\w-]+\.(?:py|ts|yaml|txt)):(\d+)/g)) {
    const file = resolveFile(match[1] ?? "", model, root);
    if (file === undefined) continue;
    const excerpt = excerptOf(message, join(root, file), Number(match[2]));
    return { file: join(root, file), line: Number(match[2]), ...(excerpt === undefined ? {} : { excerpt }) };
  }
  return undefined;
}

function resolveFile(named: string, model: string | undefined, root: string): string | undefined {
  const bare = named.replace("file://", "");
  if (bare.includes("node_modules")) return undefined;
  const inside = isAbsolute(bare) ? relative(root, bare) : bare;
  const candidates = [
    inside,
    ...(model === undefined || isAbsolute(bare) ? [] : [join("models", model, inside.replace(/^.*\/code\//, ""))]),
  ];
  return candidates.find((file) => !file.startsWith("..") && !isAbsolute(file) && existsSync(join(root, file)));
}

/** A name that the message quotes and the line contains, such as a missing key. */
function excerptOf(message: string, file: string, line: number): string | undefined {
  const text = readFileSync(file, "utf8").split("\n")[line - 1] ?? "";
  const quoted = [...message.matchAll(/'([^'\n]+)'|"([^"\n]+)"/g)].map((match) => match[1] ?? match[2] ?? "");
  for (const name of quoted) {
    const found = [`"${name}"`, `'${name}'`, name].find((form) => form.length > 1 && text.includes(form));
    if (found !== undefined) return found;
  }
  return undefined;
}
