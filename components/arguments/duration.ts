const secondsPerUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of a span written as a whole number and a unit ("90s", "30m", "2h", "1d"); undefined when it is not written so. */
export function parseDuration(written: string): number | undefined {
  const match = /^(\d{1,9})(s|m|h|d)$/.exec(written);
  const unit = secondsPerUnit[match?.[2] ?? ""];
  return match?.[1] === undefined || unit === undefined ? undefined : Number(match[1]) * unit;
}

/** As `parseDuration`, with a default for an argument that was left out. Only for values that passed the `duration` check. */
export function seconds(written: string | undefined, fallback: number): number {
  return (written === undefined ? undefined : parseDuration(written)) ?? fallback;
}
