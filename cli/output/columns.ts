import { stripVTControlCharacters } from "node:util";
import type { Block, Cell } from "./events";
import type { Style } from "./style";

/** The width everything is laid out for. */
export const lineWidth = 80;

/** Printable width of a text. Every glyph used here is one column wide. */
export function widthOf(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** Pads a text on the right, counting what is seen. */
export function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/** Cuts a plain text that is too wide, ending it with an ellipsis of the style. */
export function cut(text: string, width: number, ellipsis: string): string {
  const characters = [...text];
  return characters.length <= width ? text : characters.slice(0, Math.max(0, width - ellipsis.length)).join("") + ellipsis;
}

/** Lines of one block, at most 80 columns where cutting loses nothing that is to be copied. */
export function blockLines(block: Block, style: Style): string[] {
  if (block.kind === "text") return [...block.lines];
  if (block.kind === "pairs") {
    const width = Math.max(...block.rows.map(([label]) => widthOf(label)));
    return block.rows.map(([label, value]) => `${pad(label, width)}  ${value}`.trimEnd());
  }
  return tableLines(block.head, block.rows, style);
}

function tableLines(head: readonly string[], rows: readonly (readonly Cell[])[], style: Style): string[] {
  const all = [head, ...rows.map((row) => row.map(cellText))];
  const last = head.length - 1;
  const widths = head.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ""))));
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0);
  const room = Math.max(8, lineWidth - before);
  const ellipsis = style.glyphs.running === "…" ? "…" : "...";
  const draw = (row: readonly Cell[]) =>
    head
      .map((_, column) => {
        const cell = row[column] ?? "";
        const text = column === last ? cut(cellText(cell), room, ellipsis) : pad(cellText(cell), widths[column] ?? 0);
        return typeof cell === "string" ? text : style.tone(text, cell.tone);
      })
      .join("  ")
      .trimEnd();
  return [draw(head), ...rows.map(draw)];
}

function cellText(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}

/** Seconds as people say them: `0.3 s`, `11.4 s`, `2 min 05 s`. */
export function seconds(value: number): string {
  if (value < 60) return `${value.toFixed(1)} s`;
  return `${Math.floor(value / 60)} min ${String(Math.floor(value % 60)).padStart(2, "0")} s`;
}

/** A running clock: `0:42`. */
export function clock(value: number): string {
  return `${Math.floor(value / 60)}:${String(Math.floor(value % 60)).padStart(2, "0")}`;
}

/** A text in lines of at most `width` characters, broken between words. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
