import { type Html, html } from "./html";
import type { JournalEntry } from "./journal";

const width = 240;
const height = 44;

/** Latencies of the last invocations as bars; failed ones differ in height as well as in colour. */
export function sparkline(entries: readonly JournalEntry[]): Html {
  if (entries.length === 0) {
    return html`<p class="quiet">No request yet.</p>`;
  }
  const slowest = Math.max(1, ...entries.map(({ milliseconds }) => milliseconds));
  const step = width / Math.max(20, entries.length);
  const bars = entries.map(({ milliseconds, status }, index) => {
    const failed = status >= 400;
    const bar = failed ? height : Math.max(2, (milliseconds / slowest) * (height - 2));
    const place = html`x="${(index * step).toFixed(1)}" y="${(height - bar).toFixed(1)}"`;
    const size = html`width="${Math.max(1, step - 1).toFixed(1)}" height="${bar.toFixed(1)}"`;
    return html`<rect ${place} ${size}${failed ? html` class="failed"` : undefined}/>`;
  });
  return html`<figure><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${summary(entries)}">${bars}</svg>
<figcaption>${summary(entries)}</figcaption></figure>`;
}

/** Median and slowest latency, failures, and requests a second over the last minute of the entries. */
export function summary(entries: readonly JournalEntry[]): string {
  const sorted = entries.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  const failed = entries.filter(({ status }) => status >= 400).length;
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const words = [`last ${entries.length}`, `p50 ${shortMilliseconds(median)}`, `slowest ${shortMilliseconds(sorted.at(-1) ?? 0)}`];
  const rate = requestsPerSecond(entries);
  return [...words, ...(rate === undefined ? [] : [`${rate} a second`]), ...(failed === 0 ? [] : [`${failed} failed`])].join(" · ");
}

export function shortMilliseconds(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

function requestsPerSecond(entries: readonly JournalEntry[]): string | undefined {
  const [first, last] = [entries[0], entries.at(-1)];
  const seconds = first === undefined || last === undefined ? 0 : (last.at - first.at) / 1_000;
  return entries.length < 2 || seconds === 0 ? undefined : ((entries.length - 1) / seconds).toPrecision(2);
}
