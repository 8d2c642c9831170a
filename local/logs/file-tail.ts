import { closeSync, openSync, readSync, statSync } from "node:fs";

/** Bytes in a file; 0 when there is none. */
export function fileSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Text of a file from a byte offset on, at most the last 256 KB of it; empty when there is none. */
export function readFrom(path: string, offset: number): string {
  const size = fileSize(path);
  const start = Math.max(offset, size - 256 * 1024);
  if (size <= start) return "";
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(size - start);
    return buffer.toString("utf8", 0, readSync(file, buffer, 0, buffer.length, start));
  } finally {
    closeSync(file);
  }
}

/** Last lines of a file that are not empty, after a byte offset. */
export function tailLines(path: string, count: number, offset = 0): string[] {
  return readFrom(path, offset)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-count);
}
