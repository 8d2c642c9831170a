import { invalid } from "../control-plane/service-error";

/** Tells whether a schedule was due in the time after `from` until `to` (milliseconds since the epoch); times count from `anchor`. */
export type Schedule = (from: number, to: number, anchor: number) => boolean;

const minute = 60_000;
const units: Readonly<Record<string, number>> = { minute, hour: 60 * minute, day: 24 * 60 * minute };

/** Longer gaps (a laptop that slept) are looked through by their last part only. */
const longestLook = 24 * 60 * minute;

/** The fields of a cron expression with the least and the most they can be, and the names they may have. */
const fields = [
  { name: "minutes", least: 0, most: 59, names: [] },
  { name: "hours", least: 0, most: 23, names: [] },
  { name: "day of month", least: 1, most: 31, names: [] },
  { name: "month", least: 1, most: 12, names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"] },
  { name: "day of week", least: 1, most: 7, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] },
  { name: "year", least: 1970, most: 2199, names: [] },
] as const;

/** An expression `at(…)`, `rate(…)` or `cron(…)` of AWS. Throws its ValidationException for what is none. */
export function parseSchedule(expression: string, timezone = "UTC"): Schedule {
  const clock = wallClock(timezone);
  const [, kind, content = ""] = /^(at|rate|cron)\((.+)\)$/.exec(expression.trim()) ?? [];
  switch (kind) {
    case "at":
      return at(content, clock, expression);
    case "rate":
      return rate(content, expression);
    case "cron":
      return cron(content, clock, expression);
    default:
      throw refused(expression, "it must be at(yyyy-mm-ddThh:mm:ss), rate(value unit) or cron(fields)");
  }
}

function at(content: string, clock: WallClock, expression: string): Schedule {
  const time = Date.parse(`${content}Z`);
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(content) || Number.isNaN(time)) {
    throw refused(expression, "at takes yyyy-mm-ddThh:mm:ss");
  }
  // The zone's offset at about that time; an hour that a change of clocks skips is due after it.
  const due = time - (utcOf(clock(time)) - Math.floor(time / minute) * minute);
  return (from, to) => due > from && due <= to;
}

function rate(content: string, expression: string): Schedule {
  const [, count, unit = ""] = /^([1-9]\d*) (minute|hour|day)s?$/.exec(content) ?? [];
  if (count === undefined) {
    throw refused(expression, "rate takes a positive number and minute, minutes, hour, hours, day or days");
  }
  const interval = Number(count) * (units[unit] ?? minute);
  return (from, to, anchor) => Math.floor((to - anchor) / interval) > Math.floor(Math.max(0, from - anchor) / interval);
}

function cron(content: string, clock: WallClock, expression: string): Schedule {
  const given = content.split(/\s+/);
  if (given.length !== fields.length) {
    throw refused(expression, `cron takes ${fields.length} fields: ${fields.map(({ name }) => name).join(", ")}`);
  }
  const matchers = fields.map((field, index) => matcher(field, given[index] ?? "*", expression));
  return (from, to) => {
    for (let time = Math.ceil((Math.max(from, to - longestLook) + 1) / minute) * minute; time <= to; time += minute) {
      const parts = clock(time);
      if (matchers.every((matches, index) => matches(parts[index] ?? 0))) {
        return true;
      }
    }
    return false;
  };
}

function matcher({ name, least, most, names }: (typeof fields)[number], text: string, expression: string): (value: number) => boolean {
  const numberOf = (part: string): number => {
    const named = (names as readonly string[]).indexOf(part.toUpperCase());
    const value = named >= 0 ? named + least : /^\d+$/.test(part) ? Number(part) : Number.NaN;
    if (!(value >= least && value <= most)) {
      throw refused(
        expression,
        `${name} takes ${least} to ${most}, *, ?, lists, ranges and steps; L, W and # are not served by the local endpoint`,
      );
    }
    return value;
  };
  const tests = text.split(",").map((part) => {
    const [range = "", step] = part.split("/");
    const every = step === undefined ? 1 : Number(step);
    if (!Number.isInteger(every) || every < 1) {
      throw refused(expression, `the step of ${name} must be a whole number from 1`);
    }
    if (range === "*" || range === "?") {
      return (value: number) => (value - least) % every === 0;
    }
    const [first = "", last] = range.split("-");
    const low = numberOf(first);
    const high = last !== undefined ? numberOf(last) : step === undefined ? low : most;
    return (value: number) => value >= low && value <= high && (value - low) % every === 0;
  });
  return (value) => tests.some((test) => test(value));
}

/** Minute, hour, day of month, month, day of week (1 is Sunday) and year in a time zone. */
type WallClock = (time: number) => readonly number[];

function wallClock(timeZone: string): WallClock {
  let format: Intl.DateTimeFormat;
  try {
    const numeric = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const;
    format = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", weekday: "short", ...numeric });
  } catch {
    throw invalid(`Timezone ${timeZone} is not known; allowed are the names of IANA time zones such as Europe/Berlin.`);
  }
  return (time) => {
    const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, value]));
    const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
    const weekday = (fields[4].names as readonly string[]).indexOf((parts.get("weekday") ?? "").toUpperCase()) + 1;
    return [number("minute"), number("hour"), number("day"), number("month"), weekday, number("year")];
  };
}

function utcOf([minutes = 0, hour = 0, day = 1, month = 1, , year = 1970]: readonly number[]): number {
  return Date.UTC(year, month - 1, day, hour, minutes);
}

function refused(expression: string, reason: string): Error {
  return invalid(`Schedule expression ${expression} is not valid: ${reason}.`);
}
