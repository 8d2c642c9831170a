import { cut, lineWidth, pad, seconds, widthOf } from "./columns";
import type { PhaseFinished } from "./events";
import type { Style } from "./style";

const nameWidth = 10;

/** `✔ iris       trained 6.4 s, accuracy 0.97         InService               9.1 s` */
export function finishedLine(event: PhaseFinished, style: Style): string {
  const glyph =
    event.outcome === "done"
      ? style.tone(style.glyphs.done, "good")
      : event.outcome === "failed"
        ? style.tone(style.glyphs.failed, "bad")
        : style.tone(style.glyphs.warning, "warning");
  const time = seconds(event.seconds);
  const state = event.state ?? "";
  const lead = `${glyph} ${pad(event.phase, nameWidth)} `;
  const room = lineWidth - widthOf(lead) - widthOf(state) - widthOf(time) - 3;
  const detail = cut(event.detail, room, style.glyphs.running === "…" ? "…" : "...");
  const left = state === "" ? `${lead}${detail}` : `${lead}${pad(detail, Math.min(room, 36))} ${state}`;
  return `${pad(left, lineWidth - 1 - widthOf(time))} ${time}`;
}

/** `… tools      building the Pulumi engine once (0:42)` */
export function runningLine(phase: string, detail: string, counter: string | undefined, style: Style): string {
  const tail = counter === undefined ? "" : ` (${counter})`;
  const lead = `${style.glyphs.running} ${pad(phase, nameWidth)} `;
  return `${lead}${cut(detail, lineWidth - 1 - widthOf(lead) - widthOf(tail), style.glyphs.running === "…" ? "…" : "...")}${tail}`.trimEnd();
}
