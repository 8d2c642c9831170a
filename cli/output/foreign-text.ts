/** Colours, and every other control character beside tab and line end: of those a terminal makes movements, titles, links and clipboards. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
const controls = /\u001b\[[0-9;]*m|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** What a model has printed or answered, for a terminal: its colours and nothing that could write over what others say. */
export function foreignText(text: string): string {
  return text
    .replace(/\r+$/gm, "")
    .replace(/\r/g, "\n")
    .replace(controls, (found) => (found.length > 1 ? found : ""));
}
