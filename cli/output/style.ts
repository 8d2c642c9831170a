import { createColors } from "picocolors";
import type { Tone } from "./events";

/** How text may be dressed on one stream. */
export interface Style {
  readonly glyphs: { readonly done: string; readonly failed: string; readonly warning: string; readonly running: string };
  /** Glyphs in the colour of their state, as wide as they are without it. */
  tone(text: string, tone: Tone): string;
  bold(text: string): string;
}

const unicode = { done: "✔", failed: "✖", warning: "!", running: "…" };
const ascii = { done: "+", failed: "x", warning: "!", running: "." };

/** Colour only on a terminal that wants it; glyphs beyond ASCII unless the locale or the terminal rules them out. */
export function styleFor(env: NodeJS.ProcessEnv, isTty: boolean): Style {
  const colors = createColors(wantsColor(env, isTty));
  return {
    glyphs: hasUnicode(env) ? unicode : ascii,
    tone: (text, tone) => {
      if (tone === "good") return colors.green(text);
      if (tone === "bad") return colors.red(text);
      return tone === "warning" ? colors.yellow(text) : colors.dim(text);
    },
    bold: (text) => colors.bold(text),
  };
}

function wantsColor(env: NodeJS.ProcessEnv, isTty: boolean): boolean {
  return isTty && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
}

function hasUnicode(env: NodeJS.ProcessEnv): boolean {
  if (env.TERM === "dumb") return false;
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== "");
  return locale === undefined || /utf-?8/i.test(locale);
}
