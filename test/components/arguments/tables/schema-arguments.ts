import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../../../../components/component";

interface Property {
  readonly $ref?: string;
  readonly items?: Property;
  readonly additionalProperties?: Property | boolean;
}
interface Schema {
  readonly resources: Readonly<Record<string, { readonly inputProperties?: Readonly<Record<string, Property>> }>>;
  readonly types: Readonly<Record<string, { readonly properties: Readonly<Record<string, Property>> }>>;
}

const schema = JSON.parse(readFileSync(join(packageFolder(), "schema.json"), "utf8")) as Schema;
const shortName = (token: string) => token.split(":").at(-1) ?? "";

/** What other components hand over, and is no declaration of the user's. */
const handedOver = new Set(["PlatformExports", "RoutedModel", "ModelDescription"]);

/** Type of an object that an argument is, or is a list or map of. */
function typeOf(property: Property): { readonly name: string; readonly isMap: boolean; readonly isList: boolean } | undefined {
  const inside = property.items ?? (typeof property.additionalProperties === "object" ? property.additionalProperties : undefined);
  const reference = (inside ?? property).$ref;
  if (reference?.startsWith("#/types/slipway:") !== true) return undefined;
  return { name: shortName(reference), isMap: property.additionalProperties !== undefined, isList: property.items !== undefined };
}

function membersOf(name: string): Readonly<Record<string, Property>> {
  const resource = Object.entries(schema.resources).find(([token]) => shortName(token) === name)?.[1];
  const type = Object.entries(schema.types).find(([token]) => shortName(token) === name)?.[1];
  return resource?.inputProperties ?? type?.properties ?? {};
}

/** Every argument of every component, as `<component or type>.<argument>`: those of a type that several components take count once. */
export function everyArgument(): string[] {
  const found = new Set<string>();
  const visit = (name: string): void => {
    for (const [key, property] of Object.entries(membersOf(name))) {
      if (found.has(`${name}.${key}`)) continue;
      found.add(`${name}.${key}`);
      const type = typeOf(property);
      if (type !== undefined && !handedOver.has(type.name)) visit(type.name);
    }
  };
  for (const token of Object.keys(schema.resources)) visit(shortName(token));
  return [...found].sort();
}

/** The arguments on the way of a path, the last one included. */
export function argumentsOf(component: string, path: string): string[] {
  const found: string[] = [];
  const keys = path.split(".");
  let name: string | undefined = component;
  for (let key = keys.shift(); key !== undefined && name !== undefined; key = keys.shift()) {
    const property: Property | undefined = membersOf(name)[key];
    if (property === undefined) throw new Error(`${component} has no argument ${path}: ${name} has no ${key}`);
    found.push(`${name}.${key}`);
    const type = typeOf(property);
    name = type?.name;
    if (type?.isMap === true || type?.isList === true) keys.shift();
  }
  return found;
}
