import { isList, isValues, UNKNOWN, type Value, type Values } from "./values";

/**
 * How one service's API names differ from the provider's property names. Most differ only in the first letter; Terraform blocks that
 * hold one thing are lists there and single structures in the API.
 */
export interface ShapeRules {
  /** Provider property -> API member, where capitalising the first letter does not give it. */
  readonly renamed: Readonly<Record<string, string>>;
  /** Provider properties that are lists of at most one block, and single structures in the API. */
  readonly single: readonly string[];
  /** Provider properties whose keys are the user's own (environment, hyperparameters). */
  readonly verbatim: readonly string[];
}

/** Provider properties -> the API's request members. Nothing unknown may be inside. */
export function toApi(values: Values, rules: ShapeRules): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const api = apiValue(name, value, rules);
      return api === undefined ? [] : [[rules.renamed[name] ?? capitalised(name), api]];
    }),
  );
}

function apiValue(name: string, value: Value, rules: ShapeRules): unknown {
  if (value === null || value === UNKNOWN) return undefined;
  if (rules.verbatim.includes(name)) return value;
  if (isList(value)) return rules.single.includes(name) ? member(value[0] ?? null, rules) : value.map((one) => member(one, rules));
  return member(value, rules);
}

function member(value: Value, rules: ShapeRules): unknown {
  if (value === null) return undefined;
  return isValues(value) ? toApi(value, rules) : value;
}

/** The API's response members -> provider properties; absent ones stay absent, dates become ISO text. */
export function fromApi(api: object, rules: ShapeRules): Values {
  const properties = new Map(Object.entries(rules.renamed).map(([property, name]) => [name, property]));
  const convert = (members: object): Values =>
    Object.fromEntries(
      Object.entries(members).flatMap(([apiName, value]: [string, unknown]) => {
        const name = properties.get(apiName) ?? uncapitalised(apiName);
        const converted = rules.verbatim.includes(name) ? plain(value) : one(value);
        if (converted === undefined) return [];
        return [[name, rules.single.includes(name) && !isList(converted) ? [converted] : converted]];
      }),
    );
  const one = (value: unknown): Value | undefined => {
    if (Array.isArray(value)) return value.map(one).filter((item): item is Value => item !== undefined);
    if (value instanceof Date) return value.toISOString();
    if (typeof value === "object" && value !== null) return convert(value);
    return plain(value);
  };
  return convert(api);
}

function plain(value: unknown): Value | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(plain).filter((item): item is Value => item !== undefined);
  if (typeof value !== "object") return undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (plain(item) === undefined ? [] : [[key, plain(item) ?? null]])),
  );
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function uncapitalised(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** Only the named properties of the bag. */
export function pick(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)));
}

/** The bag without the named properties. */
export function omit(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}
