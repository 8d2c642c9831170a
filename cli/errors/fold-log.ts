/** Lines of a log that fit in an error: enough to see what happened. */
const limit = 8;

const frame = /^(\s*)File "([^"]+)", line \d+/;
const userCode = /^.*\/(?:context\/|slipway\/)code\//;

/**
 * The lines of a container's log that help: the traceback with the user's own frames (named as in their folder), without the frames of libraries, the
 * structured lines and the marks under code. `folded` counts what was left out.
 */
export function foldLog(lines: readonly string[]): { readonly lines: string[]; readonly folded: number } {
  const kept: string[] = [];
  let foreign = -1;
  for (const line of lines) {
    const indent = line.length - line.trimStart().length;
    const [, space = "", file = ""] = frame.exec(line) ?? [];
    if (file !== "") {
      foreign = userCode.test(file) ? -1 : space.length;
      if (foreign < 0) kept.push(line.replace(file, file.replace(userCode, "")));
      continue;
    }
    if (foreign >= 0 && indent > foreign) continue;
    foreign = -1;
    if (line.trim() === "" || line.startsWith("{") || /^[\s~^]+$/.test(line) || kept.includes(line)) continue;
    kept.push(line);
  }
  const shown = kept.slice(-limit);
  return { lines: shown, folded: lines.length - shown.length };
}
