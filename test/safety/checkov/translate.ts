import type { Planned } from "./plan";
import { argumentPath, attributeName, isBlock, isMap, terraformType } from "./terraform";

/** Terraform's JSON: resources by type and name. */
export type Terraform = { readonly resource: Readonly<Record<string, Readonly<Record<string, unknown>>>> };

/** What a text in an argument stands for in Terraform: `${type.name.attribute}`. */
type References = ReadonlyMap<string, string>;

/** Inputs whose value is a file, and what Terraform has in their place. */
const files: Readonly<Record<string, string>> = {
  "aws:lambda/function:Function code": "filename",
  "aws:s3/bucketObjectv2:BucketObjectv2 source": "source",
};

/**
 * The plan as the Terraform provider would have it, which Pulumi's is made from: the same arguments under their names there, and references where one
 * resource has the id, name or ARN of another that it waits for. What policies say is left as it is, as it is judged by ARNs. Whatever Terraform does not
 * know, a type or an argument, is an error.
 */
export function translate(planned: readonly Planned[]): Terraform {
  const resource: Record<string, Record<string, unknown>> = {};
  for (const each of planned) {
    const type = terraformType(each.type);
    if (type === undefined) continue;
    if (resource[type]?.[each.name] !== undefined) throw new Error(`${type}.${each.name} is planned twice`);
    resource[type] = { ...resource[type], [each.name]: translated(each, type, referencesOf(each, planned)) };
  }
  return { resource };
}

function translated({ type: token, inputs }: Planned, type: string, references: References): Record<string, unknown> {
  const its = Object.entries(inputs).filter(([key]) => files[`${token} ${key}`] === undefined);
  const given = Object.keys(inputs).flatMap((key) => files[`${token} ${key}`] ?? []);
  return { ...block(type, "", Object.fromEntries(its), references), ...Object.fromEntries(given.map((name) => [name, "file"])) };
}

function block(type: string, path: string, inputs: object, references: References): Record<string, unknown> {
  const entries = Object.entries(inputs).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(
    entries.map(([key, value]) => {
      const argument = argumentPath(type, path, key);
      return [argument.slice(path.length), argumentValue(type, argument, value, references)];
    }),
  );
}

function argumentValue(type: string, path: string, value: unknown, references: References): unknown {
  if (Array.isArray(value)) return value.map((each) => argumentValue(type, path, each, references));
  if (typeof value === "object" && value !== null) {
    if (isMap(type, path)) return value;
    if (!isBlock(type, path)) throw new Error(`${type} takes no block at ${path}, as is planned: ${JSON.stringify(value)}`);
    return block(type, `${path}.`, value, references);
  }
  if (typeof value !== "string") return value;
  // Of a key's policy checkov reads no text, only what it makes of Terraform's `jsonencode`.
  return type === "aws_kms_key" && path === "policy" ? JSON.parse(value) : (references.get(value) ?? value);
}

/** By their values, the ids, names and ARNs of all that a resource waits for. */
function referencesOf(resource: Planned, planned: readonly Planned[]): References {
  const before = planned.filter(({ type, name, parent }) =>
    resource.dependencies.some((key) => key === `${type} ${name}` || (key.startsWith("awsx:") && key === parent)),
  );
  const references = new Map<string, string>();
  for (const each of before) {
    const type = terraformType(each.type);
    for (const [attribute, value] of type === undefined ? [] : identifying(each, type)) {
      references.set(value, references.get(value) ?? `\${${type}.${each.name}.${attribute}}`);
    }
  }
  return references;
}

/** The texts by which others refer to a resource: its id first, then what else AWS tells of it, and its names. */
function identifying({ inputs, outputs }: Planned, type: string): (readonly [string, string])[] {
  return Object.entries(outputs)
    .filter(
      (entry): entry is [string, string] => typeof entry[1] === "string" && (/name$/i.test(entry[0]) || inputs[entry[0]] === undefined),
    )
    .sort(([one], [other]) => Number(other === "id") - Number(one === "id"))
    .flatMap(([output, value]) => {
      const attribute = attributeName(type, output);
      return attribute === undefined ? [] : [[attribute, value] as const];
    });
}
