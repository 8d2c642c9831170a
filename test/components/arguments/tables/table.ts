/** What is said of one argument: a value, what it changes in what is planned, and a value that is refused; `undefined` where every value is taken, as of tags. */
export type Row = readonly [given: unknown, effect: string, bad: unknown];

/** Arguments that can be given together, by their paths from the component, such as `realtime.instances.min`. */
export interface Group {
  readonly component: string;
  /** Tells the groups of one component apart. */
  readonly title: string;
  readonly base: Readonly<Record<string, unknown>>;
  readonly rows: Readonly<Record<string, Row>>;
}

/** The base with values set at their paths; keys of maps are part of a path. */
export function withValues(base: object, values: readonly (readonly [path: string, value: unknown])[]): Record<string, unknown> {
  const made = structure(base) as Record<string, unknown>;
  for (const [path, value] of values) {
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    let at = made;
    for (const key of keys) {
      at[key] = typeof at[key] === "object" && at[key] !== null ? at[key] : {};
      at = at[key] as Record<string, unknown>;
    }
    at[last] = value;
  }
  return made;
}

/** Plain objects and lists copied, all else (components, outputs) as it is. */
function structure(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(structure);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, structure(member)]));
}
