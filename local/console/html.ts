/** Text that is HTML already: everything else is escaped where it is put in. */
export class Html {
  constructor(readonly text: string) {}
}

export type HtmlPart = Html | string | number | undefined | readonly Html[];

/** HTML from a template: texts put in are escaped, `undefined` gives nothing. Nothing a container says can become markup. */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Html(strings.map((text, index) => text + textOf(parts[index])).join(""));
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function textOf(part: HtmlPart): string {
  if (part === undefined) {
    return "";
  }
  if (part instanceof Html) {
    return part.text;
  }
  return typeof part === "string" || typeof part === "number" ? escapeHtml(String(part)) : part.map(({ text }) => text).join("");
}
