import * as pulumi from "@pulumi/pulumi";
import type { Problems } from "../errors/problems";
import { closestName } from "./closest-name";
import { parseDuration } from "./duration";

/** Looks at one given value and reports what is wrong with it. `undefined` means the argument was left out. */
export interface Check {
  (value: unknown, path: string, problems: Problems): void;
  readonly required?: true;
}

/** One check per argument of `A`; a new argument does not compile until it has one. */
export type Checks<A> = { readonly [K in keyof Required<A>]: Check };

/** Names that somebody may well expect among the arguments and that cannot be there, each with why and what to do. */
export type Excluded = Readonly<Record<string, string>>;

/** Checks every argument by name, and reports names that `A` does not have with the closest one that it has. */
export function checkArguments<A>(checks: Checks<A>, given: unknown, path: string, problems: Problems, excluded: Excluded = {}): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    problems.add(path === "" ? "args" : path, `got ${show(given)}; expected an object with ${Object.keys(checks).join(", ")}`);
    return;
  }
  const table: Readonly<Record<string, Check>> = checks;
  const values: Readonly<Record<string, unknown>> = { ...given };
  for (const key of Object.keys(values).filter((name) => !Object.hasOwn(table, name))) {
    if (Object.hasOwn(excluded, key)) {
      problems.add(join(path, key), `got ${show(values[key])}; ${excluded[key]}`);
      continue;
    }
    const closest = closestName(key, Object.keys(table));
    const allowed = `allowed are ${Object.keys(table).join(", ")}`;
    problems.add(join(path, key), `is not an argument; ${closest === undefined ? allowed : `did you mean ${closest}? (${allowed})`}`);
  }
  for (const [key, check] of Object.entries(table)) {
    const value = values[key];
    if (value === undefined || value === null) {
      if (check.required) {
        problems.add(join(path, key), "is missing; it is required");
      }
    } else if (!isLater(value)) {
      check(value, join(path, key), problems);
    }
  }
}

/** Makes an argument mandatory. */
export function required(check: Check): Check {
  return Object.assign((value: unknown, path: string, problems: Problems) => check(value, path, problems), { required: true as const });
}

/** A nested object with its own arguments. */
export function object<A>(checks: Checks<A>, excluded?: Excluded): Check {
  return (value, path, problems) => checkArguments(checks, value, path, problems, excluded);
}

/** A value that this library only hands on. */
export const anything: Check = () => {};

export const flag: Check = (value, path, problems) => {
  if (typeof value !== "boolean") {
    problems.add(path, `got ${show(value)}; expected true or false`);
  }
};

/** What a text may look like. `pattern` comes with `allowed`, its meaning in words. */
export interface TextLimits {
  readonly pattern?: RegExp;
  readonly allowed?: string;
  readonly max?: number;
}

export function text(limits: TextLimits = {}): Check {
  return (value, path, problems) => {
    if (typeof value !== "string" || value === "") {
      const quoted = typeof value === "number" || typeof value === "boolean" ? `: write it in quotes, "${value}"` : "";
      problems.add(path, `got ${show(value)}; expected ${limits.allowed ?? "a text that is not empty"}${quoted}`);
    } else if (limits.pattern !== undefined && !limits.pattern.test(value)) {
      problems.add(path, `got ${show(value)}; allowed is ${limits.allowed ?? String(limits.pattern)}`);
    } else if (limits.max !== undefined && value.length > limits.max) {
      problems.add(path, `got ${value.length} characters (${show(value)}); at most ${limits.max} are allowed`);
    }
  };
}

/** A whole number from `min` to `max`. */
export function count(min: number, max: number): Check {
  return (value, path, problems) => {
    if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
      problems.add(path, `got ${show(value)}; allowed is a whole number from ${min} to ${max}`);
    }
  };
}

/** A number from `min` to `max`, fractions included. */
export function amount(min: number, max: number): Check {
  return (value, path, problems) => {
    if (typeof value !== "number" || !Number.isFinite(value) || value < min || value > max) {
      problems.add(path, `got ${show(value)}; allowed is a number from ${min} to ${max}`);
    }
  };
}

export function oneOf(...allowed: readonly string[]): Check {
  return (value, path, problems) => {
    if (typeof value !== "string" || !allowed.includes(value)) {
      const closest = typeof value === "string" ? closestName(value, allowed) : undefined;
      problems.add(
        path,
        `got ${show(value)}; allowed are ${allowed.join(", ")}${closest === undefined ? "" : `; did you mean ${closest}?`}`,
      );
    }
  };
}

/** A span of time such as "2h", "30m" or "90s", from `min` to `max` (written the same way). */
export function duration(min: string, max: string): Check {
  return (value, path, problems) => {
    const seconds = typeof value === "string" ? parseDuration(value) : undefined;
    if (seconds === undefined) {
      problems.add(path, `got ${show(value)}; write a number and a unit, such as "90s", "30m", "2h" or "1d"`);
    } else if (seconds < (parseDuration(min) ?? 0) || seconds > (parseDuration(max) ?? Number.POSITIVE_INFINITY)) {
      problems.add(path, `got ${show(value)}; allowed is ${min} to ${max}`);
    }
  };
}

/** How many entries a list or map may have. */
export interface SizeLimits {
  readonly min?: number;
  readonly max?: number;
}

export function list(item: Check, limits: SizeLimits = {}): Check {
  return (value, path, problems) => {
    if (!Array.isArray(value)) {
      problems.add(path, `got ${show(value)}; expected a list`);
      return;
    }
    checkSize(value.length, limits, path, problems);
    value.forEach((entry, index) => {
      if (!isLater(entry)) {
        item(entry, `${path}[${index}]`, problems);
      }
    });
  };
}

export function map(item: Check, limits: SizeLimits & { readonly key?: TextLimits } = {}): Check {
  return (value, path, problems) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      problems.add(path, `got ${show(value)}; expected names with values`);
      return;
    }
    const entries = Object.entries(value);
    checkSize(entries.length, limits, path, problems);
    for (const [key, entry] of entries) {
      if (limits.key !== undefined) {
        text(limits.key)(key, join(path, key), problems);
      }
      if (!isLater(entry)) {
        item(entry, join(path, key), problems);
      }
    }
  };
}

function checkSize(size: number, limits: SizeLimits, path: string, problems: Problems): void {
  const { min = 0, max = Number.POSITIVE_INFINITY } = limits;
  if (size < min || size > max) {
    problems.add(path, `has ${size} entries; allowed are ${min} to ${max}`);
  }
}

/** True for values that are known only once something has been created; AWS itself checks those. */
export function isLater(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}

/** The given value as a reader of the error would write it, cut to one short line. */
export function show(value: unknown): string {
  if (isLater(value)) {
    return "a value that is known later";
  }
  const line = written(value) ?? "nothing";
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
}

function written(value: unknown): string | undefined {
  if (typeof value === "bigint" || typeof value === "symbol" || typeof value === "function") {
    return typeof value;
  }
  try {
    return JSON.stringify(value);
  } catch {
    // Something in it has no JSON, or contains itself.
    return typeof value;
  }
}

export function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
