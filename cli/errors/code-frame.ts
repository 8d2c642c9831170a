import { readFileSync } from "node:fs";
import type { SourceLocation } from "../../components/errors/slipway-error";

/** The user's own line with the part that matters underlined; nothing when the file cannot be read (an error must not cause another). */
export function codeFrame(location: SourceLocation): string[] {
  const text = lineOf(location);
  if (text === undefined) return [];
  const number = String(location.line);
  const frame = [`${number} | ${text}`];
  const excerpt = location.excerpt ?? "";
  const start = excerpt === "" ? -1 : text.indexOf(excerpt);
  if (start >= 0) frame.push(`${" ".repeat(number.length)} | ${" ".repeat(start)}${"^".repeat(excerpt.length)}`);
  return frame;
}

function lineOf(location: SourceLocation): string | undefined {
  try {
    const text = readFileSync(location.file, "utf8").split(/\r?\n/)[location.line - 1];
    return text === undefined ? undefined : text.trimEnd().replaceAll("\t", "  ");
  } catch {
    return undefined;
  }
}
