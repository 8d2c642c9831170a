import { DEFAULTS } from "./autoname";
import { Archive, Asset, isList, isValues, Reference, UNKNOWN, type Value, type Values } from "./values";

export type Kind = "add" | "delete" | "update";

/** One property that differs, by its path such as `productionVariants[0].instanceType`. */
export interface Difference {
  readonly path: string;
  readonly kind: Kind;
  readonly replaces: boolean;
}

/** What of a resource type cannot be changed in place. */
export interface ReplaceRule {
  /** Property paths without list indices; a path covers all below it. `"*"` covers everything. */
  readonly replaces: readonly string[];
  /** Exceptions to `replaces`. */
  readonly inPlace?: readonly string[];
  /** The old resource goes before the new one comes, whoever named it. */
  readonly deleteFirst?: boolean;
  /** Paths whose changes do not count at all. */
  readonly ignored?: readonly string[];
}

/** Properties that differ between the inputs last applied and the new ones, in the order of their names. */
export function differences(olds: Values, news: Values, rule: ReplaceRule, ignored: readonly string[] = []): Difference[] {
  const found: Difference[] = [];
  for (const name of [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort()) {
    if (name === DEFAULTS || ignored.includes(name)) continue;
    compare(olds[name], news[name], name, name, (path, bare, kind, value) => {
      if (within(rule.ignored ?? [], bare)) return;
      found.push({ path, kind, replaces: covers(rule, bare) || reaches(rule, bare, value) });
    });
  }
  return found;
}

/** Whether two values are the same to AWS: absent, empty and `false` are alike, `1` and `"1"` too, and JSON text by its content. */
export function sameValue(old: Value | undefined, next: Value | undefined): boolean {
  if (isNothing(old) && isNothing(next)) return true;
  if (isNothing(old) || isNothing(next) || old === UNKNOWN || next === UNKNOWN) return false;
  if (old instanceof Asset || old instanceof Archive) {
    return (next instanceof Asset || next instanceof Archive) && old.source.hash === next.source.hash;
  }
  if (old instanceof Reference) return next instanceof Reference && old.urn === next.urn && old.id === next.id;
  if (isList(old)) return isList(next) && old.length === next.length && old.every((member, index) => sameValue(member, next[index]));
  if (isValues(old))
    return isValues(next) && [...new Set([...Object.keys(old), ...Object.keys(next)])].every((key) => sameValue(old[key], next[key]));
  if (typeof old === "string" && typeof next === "string") return old === next || sameJson(old, next);
  return isScalar(next) && String(old) === String(next);
}

/** `bare` is the path without list indices; `value` is what was added or taken away whole. */
type Report = (path: string, bare: string, kind: Kind, value?: Value) => void;

function compare(old: Value | undefined, next: Value | undefined, path: string, bare: string, report: Report): void {
  if (sameValue(old, next)) return;
  if (isNothing(old)) report(path, bare, "add", next);
  else if (isNothing(next)) report(path, bare, "delete", old);
  else if (isValues(old) && isValues(next)) {
    for (const key of [...new Set([...Object.keys(old), ...Object.keys(next)])].sort()) {
      compare(old[key], next[key], `${path}${segment(key)}`, `${bare}.${key}`, report);
    }
  } else if (isList(old) && isList(next)) {
    for (let index = 0; index < Math.max(old.length, next.length); index += 1) {
      compare(old[index], next[index], `${path}[${index}]`, bare, report);
    }
  } else report(path, bare, "update");
}

function segment(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function covers({ replaces, inPlace = [] }: ReplaceRule, bare: string): boolean {
  return within(replaces, bare) && !within(inPlace, bare);
}

function within(paths: readonly string[], bare: string): boolean {
  return paths.some((path) => path === "*" || bare === path || bare.startsWith(`${path}.`));
}

/** Whether a block that came or went whole contains something that cannot be changed in place. */
function reaches(rule: ReplaceRule, bare: string, value: Value | undefined): boolean {
  if (isList(value)) return value.some((member) => reaches(rule, bare, member));
  if (!isValues(value)) return false;
  return Object.entries(value).some(([key, member]) => {
    if (isNothing(member)) return false;
    return covers(rule, `${bare}.${key}`) || reaches(rule, `${bare}.${key}`, member);
  });
}

function isNothing(value: Value | undefined): value is undefined | null {
  if (value === undefined || value === null || value === false || value === "") return true;
  if (isList(value)) return value.length === 0;
  return isValues(value) && Object.values(value).every(isNothing);
}

function isScalar(value: Value): value is boolean | number | string {
  return typeof value === "boolean" || typeof value === "number" || typeof value === "string";
}

function sameJson(old: string, next: string): boolean {
  if (!old.trimStart().startsWith("{") || !next.trimStart().startsWith("{")) return false;
  try {
    return canonical(JSON.parse(old)) === canonical(JSON.parse(next));
  } catch {
    return false;
  }
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(",")}}`;
}
