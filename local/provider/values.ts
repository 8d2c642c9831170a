/** A value the engine does not know yet: an output of a resource that a preview has not created. */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** One file of the program, by its text, its path or its URI; `hash` is the engine's SHA-256 of its bytes. */
export class Asset {
  constructor(readonly source: { readonly hash: string; readonly text?: string; readonly path?: string; readonly uri?: string }) {}
}

/** A folder, an archive file, or a map of assets; `hash` is the engine's SHA-256 over its content. */
export class Archive {
  constructor(
    readonly source: {
      readonly hash: string;
      readonly assets?: Readonly<Record<string, Asset | Archive>>;
      readonly path?: string;
      readonly uri?: string;
    },
  ) {}
}

/** Another resource, passed whole as a property. `id` is UNKNOWN in a preview and absent for a component. */
export class Reference {
  constructor(
    readonly urn: string,
    readonly id?: string | typeof UNKNOWN,
  ) {}
}

/** A property value with its secret and output wrappings taken off. */
export type Value = null | boolean | number | string | typeof UNKNOWN | Asset | Archive | Reference | readonly Value[] | Values;

/** A property bag by property name. A missing property is absent, never `undefined`. */
export interface Values {
  readonly [name: string]: Value;
}

export function isValues(value: Value | undefined): value is Values {
  return typeof value === "object" && value !== null && !isList(value) && !isLeafObject(value);
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

function isLeafObject(value: object): value is Asset | Archive | Reference {
  return value instanceof Asset || value instanceof Archive || value instanceof Reference;
}

/** Whether an UNKNOWN stands anywhere inside. */
export function hasUnknown(value: Value | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (isList(value)) return value.some(hasUnknown);
  if (isValues(value)) return Object.values(value).some(hasUnknown);
  return value instanceof Reference && value.id === UNKNOWN;
}

/** The property as text; numbers and booleans are written out, anything else is `undefined`. */
export function text(values: Values | undefined, name: string): string | undefined {
  const value = values?.[name];
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** The property as text; throws naming it when it is missing. */
export function requiredText(values: Values, name: string): string {
  const value = text(values, name);
  if (value === undefined) throw new Error(`property ${name} is missing: give it as text`);
  return value;
}

export function number(values: Values | undefined, name: string): number | undefined {
  const value = values?.[name];
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : undefined;
}

export function flag(values: Values | undefined, name: string): boolean | undefined {
  const value = values?.[name];
  if (typeof value === "boolean") return value;
  return value === "true" ? true : value === "false" ? false : undefined;
}

export function block(values: Values | undefined, name: string): Values | undefined {
  const value = values?.[name];
  return isValues(value) ? value : undefined;
}

/** The members of a list property that are property bags. */
export function blocks(values: Values | undefined, name: string): readonly Values[] {
  const value = values?.[name];
  return isList(value) ? value.filter(isValues) : [];
}

/** The members of a list property that are text. */
export function texts(values: Values | undefined, name: string): string[] | undefined {
  const value = values?.[name];
  return isList(value) ? value.filter((member): member is string => typeof member === "string") : undefined;
}

/** A map of text to text, such as tags or an environment. */
export function textMap(values: Values | undefined, name: string): Record<string, string> | undefined {
  const bag = block(values, name);
  if (bag === undefined) return undefined;
  return Object.fromEntries(Object.keys(bag).flatMap((key) => (text(bag, key) === undefined ? [] : [[key, requiredText(bag, key)]])));
}

/** The bag without its absent members, so that optional outputs can be written inline. */
export function present(values: Record<string, Value | undefined>): Values {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, Value] => entry[1] !== undefined && entry[1] !== null),
  );
}
