import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type Check, type Checks, count, isLater, join, map, object, required, sagemakerName, show, text } from "../arguments";
import type { Problems } from "../errors/problems";

/** Other bounds for the number of instances at a time, or again and again. What is left out stays as it is then. */
export interface ScheduledActionArgs {
  /** `cron(<minutes> <hours> <day of month> <month> <day of week> <year>)`, such as `cron(0 8 ? * MON-FRI *)`, `at(2026-12-24T08:00:00)` or `rate(6 hours)`. */
  schedule: string;
  /** Time zone of `cron` and `at`, such as `Europe/Berlin`. Default: UTC. */
  timezone?: string;
  /** Least from then on. */
  min?: number;
  /** Most from then on. */
  max?: number;
  /** When a `cron` or `rate` begins, such as `2026-12-01T00:00:00Z`. */
  startTime?: string;
  /** When a `cron` or `rate` ends. */
  endTime?: string;
}

const expression =
  /^(cron\(\S+( \S+){5}\)|at\(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\)|rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\))$/;

const timezone: Check = (value, path, problems) => {
  if (typeof value !== "string" || !isTimezone(value)) {
    problems.add(path, `got ${show(value)}; allowed is a time zone by its IANA name, such as "Europe/Berlin" or "UTC"`);
  }
};

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    // Offsets such as "+01:00" are time zones to the language, and none to AWS.
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

const instant = text({
  pattern: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/,
  allowed: 'a time with its offset, such as "2026-12-01T08:00:00Z"',
});

/** @param least fewest instances the kind of endpoint may have */
export function scheduledActionsCheck(least: 0 | 1): Check {
  const checks: Checks<ScheduledActionArgs> = {
    schedule: required(
      text({ pattern: expression, allowed: "cron(<six fields>), at(yyyy-mm-ddThh:mm:ss) or rate(<number> minutes|hours|days)" }),
    ),
    timezone,
    min: count(least, 1000),
    max: count(least, 1000),
    startTime: instant,
    endTime: instant,
  };
  return map(object(checks), { min: 1, max: 200, key: sagemakerName });
}

type Actions = Readonly<Record<string, ScheduledActionArgs>>;

/** Rules between the members of each action, and between them and the bounds outside of the schedule. */
export function checkScheduledActions(actions: Actions, { min, max }: Range, path: string, problems: Problems): void {
  for (const [name, action] of Object.entries(actions)) {
    if (typeof action === "object" && action !== null && !isLater(action)) {
      checkAction(action, { min, max }, join(path, name), problems);
    }
  }
}

interface Range {
  readonly min: number;
  readonly max: number;
}

function checkAction(action: ScheduledActionArgs, range: Range, path: string, problems: Problems): void {
  const { schedule, timezone: zone, min, max, startTime, endTime } = action;
  if (min === undefined && max === undefined) {
    problems.add(path, "changes nothing; give min, max or both");
  } else if (typeof (min ?? 0) === "number" && typeof (max ?? 0) === "number" && (min ?? range.min) > (max ?? range.max)) {
    problems.add(
      join(path, max === undefined ? "min" : "max"),
      `got ${show(max ?? min)}; from then on there would be at least ${min ?? range.min} and at most ${max ?? range.max} instances: give both min and max`,
    );
  }
  const kind = String(schedule).split("(")[0];
  if (zone !== undefined && kind === "rate") {
    problems.add(join(path, "timezone"), `got ${show(zone)} with ${show(schedule)}; a rate has no time of day: remove it`);
  }
  for (const [key, value] of Object.entries({ startTime, endTime })) {
    if (value !== undefined && kind === "at") {
      problems.add(join(path, key), `got ${show(value)} with ${show(schedule)}, which happens once; remove it`);
    }
  }
  if (startTime !== undefined && endTime !== undefined && Date.parse(endTime) <= Date.parse(startTime)) {
    problems.add(join(path, "endTime"), `got ${show(endTime)}; it must be after startTime, ${startTime}`);
  }
}

/** The bounds outside of a schedule, widened to all that the schedule ever allows. */
export function widest({ min, max }: Range, actions: Actions = {}): Range {
  const bounds = Object.values(actions).flatMap((action) => [action.min, action.max].filter((each) => each !== undefined));
  return { min: Math.min(min, ...bounds), max: Math.max(max, ...bounds) };
}

/** The registered variant that the actions are of. */
export interface RegisteredVariant {
  readonly serviceNamespace: pulumi.Input<string>;
  readonly scalableDimension: pulumi.Input<string>;
  readonly resourceId: pulumi.Input<string>;
}

export function createScheduledActions(
  name: string,
  actions: Actions,
  variant: RegisteredVariant,
  options: pulumi.CustomResourceOptions,
): Readonly<Record<string, aws.appautoscaling.ScheduledAction>> {
  return Object.fromEntries(
    Object.entries(actions).map(([key, { schedule, timezone: zone, min, max, startTime, endTime }]) => [
      key,
      new aws.appautoscaling.ScheduledAction(
        `${name}-${key}`,
        {
          ...variant,
          schedule,
          timezone: zone,
          startTime,
          endTime,
          scalableTargetAction: {
            ...(min === undefined ? {} : { minCapacity: min }),
            ...(max === undefined ? {} : { maxCapacity: max }),
          },
        },
        options,
      ),
    ]),
  );
}
