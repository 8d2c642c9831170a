import { createHash } from "node:crypto";
import type { Autoname } from "./spec";
import { isList, isValues, text, UNKNOWN, type Value, type Values } from "./values";

/** The input that lists which properties the provider filled in by itself, as the Terraform bridge keeps it. */
export const DEFAULTS = "__defaults";

const SUFFIX_LENGTH = 7;

export interface NameRequest {
  /** The resource's logical name in the program. */
  readonly logicalName: string;
  /** The engine's random seed for this resource; the same seed gives the same name. */
  readonly seed: Uint8Array;
  /** The stack's `pulumi:autonaming` configuration, when there is one. */
  readonly configured?: { readonly mode: "propose" | "enforce" | "disable"; readonly name: string };
}

/**
 * The inputs with a physical name: the given one, else the automatic one of the state before, else `<logical name>-<7 hex>`.
 * A given `<property>Prefix` takes the place of the logical name.
 */
export function named(news: Values, olds: Values, rule: Autoname | undefined, request: NameRequest): Values {
  if (rule === undefined) return { ...news, [DEFAULTS]: [] };
  const { property } = rule;
  if (news[property] !== undefined) return { ...news, [DEFAULTS]: [] };
  const old = olds[property];
  const prefix = news[`${property}Prefix`];
  if (isAutonamed(olds, property) && old !== undefined && prefix === olds[`${property}Prefix`]) return filled(news, property, old);
  if (prefix === UNKNOWN) return filled(news, property, UNKNOWN);
  return filled(news, property, newName(rule, typeof prefix === "string" ? prefix : undefined, request));
}

/** Whether the property's value was made by the provider and not given by the program. */
export function isAutonamed(inputs: Values, property: string): boolean {
  const defaults = inputs[DEFAULTS];
  return isList(defaults) && defaults.includes(property);
}

/**
 * Whether a replacement must delete first: the program gave the name itself, so old and new could not exist together. An automatic
 * name is made anew by the engine's second check, so there the new one comes first.
 */
export function deletesFirst(news: Values, rule: Autoname | undefined): boolean {
  return rule !== undefined && news[rule.property] !== undefined && isList(news[DEFAULTS]) && !isAutonamed(news, rule.property);
}

function filled(news: Values, property: string, name: Value): Values {
  return { ...news, [property]: name, [DEFAULTS]: [property] };
}

function newName(rule: Autoname, prefix: string | undefined, request: NameRequest): string {
  const { configured, logicalName } = request;
  if (configured?.mode === "disable")
    throw new Error(
      `automatic names are disabled by this stack's pulumi:autonaming configuration: give ${rule.property} of ${logicalName}`,
    );
  if (configured !== undefined && prefix === undefined) return configured.name;
  const stem = prefix ?? `${rule.prefix ?? ""}${rule.lowercase === true ? logicalName.toLowerCase() : logicalName}-`;
  const suffix = createHash("sha256").update(request.seed).update(logicalName).digest("hex").slice(0, SUFFIX_LENGTH);
  const room = rule.maxLength - SUFFIX_LENGTH;
  if (stem.length > room)
    throw new Error(
      `the name ${logicalName} is too long to be made unique: ${stem.length - 1} characters, at most ${room - 1}; shorten it or give ${rule.property}`,
    );
  return stem + suffix;
}

/** Tags as the real provider shows them: the provider's default ones overlaid by the resource's own. */
export function allTags(inputs: Values, defaults: Readonly<Record<string, string>>): Record<string, string> {
  const own = isValues(inputs.tags) ? inputs.tags : {};
  return { ...defaults, ...Object.fromEntries(Object.keys(own).map((key) => [key, text(own, key) ?? ""])) };
}
