import { relative } from "node:path";
import { catalogue } from "../../components/errors/catalogue";
import type { SlipwayError } from "../../components/errors/slipway-error";
import { codeFrame } from "../errors/code-frame";
import { lineWidth, pad, wrap } from "./columns";
import type { JsonValue } from "./events";
import type { Style } from "./style";

/** The anatomy of an error for people: sentence and code, the user's own line, what was got, the cure, where more is. */
export function errorLines(error: SlipwayError, style: Style): string[] {
  const room = lineWidth - error.code.length - 4;
  const [first = "", ...rest] = error.message.split("\n").flatMap((line) => wrap(line, room));
  const lines = [`${style.tone(pad(`${style.glyphs.failed} ${first}`, room + 4), "bad")}${error.code}`];
  lines.push(...rest.map((line) => `  ${line}`));
  if (error.location !== undefined) {
    lines.push(`    ${shownPath(error.location.file)}:${error.location.line}`, ...codeFrame(error.location).map((line) => `    ${line}`));
  }
  lines.push(...error.details.map((line) => `  ${line}`.trimEnd()));
  lines.push(...labelled("received", error.received), ...labelled("fix", error.cure));
  if (error.more.length > 0) lines.push(`  ${pad("more", 9)}  ${error.more.join(style.glyphs.running === "…" ? " · " : " | ")}`);
  return lines;
}

/** The same error for programs. */
export function errorJson(error: SlipwayError): JsonValue {
  const { title, retryable, exitCode } = catalogue[error.code];
  return {
    code: error.code,
    title,
    message: error.message,
    details: error.details,
    location: error.location === undefined ? null : { file: error.location.file, line: error.location.line },
    received: error.received ?? null,
    cure: error.cure,
    retryable,
    exitCode,
  };
}

/** Relative to where the user is, when the file is below it. */
function shownPath(file: string): string {
  const near = relative(process.cwd(), file);
  return near.startsWith("..") ? file : near;
}

function labelled(label: string, text: string | undefined): string[] {
  if (text === undefined || text === "") return [];
  return text
    .split("\n")
    .flatMap((line) => wrap(line, lineWidth - 13))
    .map((line, index) => `  ${pad(index === 0 ? label : "", 9)}  ${line}`.trimEnd());
}
