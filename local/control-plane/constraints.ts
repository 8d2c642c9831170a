import { compilePattern, type Shape, shapeOf } from "../service-model/service-model";

/** What a value violates, each in AWS's words: `Member must have length less than or equal to 63`. */
export function violatedConstraints(value: unknown, shape: Shape): string[] {
  return rulesOf(shape)
    .filter((rule) => !rule.holds(value))
    .map((rule) => rule.text);
}

/** Every constraint of a shape in AWS's words and order, which is what it prints for the members of a list or map. */
export function constraintsOf(shape: Shape): string {
  return `[${rulesOf(shape)
    .map((rule) => rule.text)
    .join(", ")}]`;
}

interface Rule {
  readonly text: string;
  holds(value: unknown): boolean;
}

function rulesOf({ type, min, max, pattern, enum: allowed }: Shape): Rule[] {
  const rules: Rule[] = [];
  const quantity = ["string", "list", "map", "blob"].includes(type) ? "length" : "value";
  if (max !== undefined) {
    rules.push({ text: `Member must have ${quantity} less than or equal to ${max}`, holds: (value) => sizeOf(value) <= max });
  }
  if (min !== undefined) {
    rules.push({ text: `Member must have ${quantity} greater than or equal to ${min}`, holds: (value) => sizeOf(value) >= min });
  }
  if (allowed !== undefined) {
    rules.push({ text: `Member must satisfy enum value set: [${allowed.join(", ")}]`, holds: (value) => allowed.includes(String(value)) });
  }
  if (pattern !== undefined) {
    const text = `Member must satisfy regular expression pattern: ${pattern}`;
    rules.push({ text, holds: (value) => compilePattern(pattern).test(String(value)) });
  }
  return rules;
}

/** Characters of a text (one outside the basic plane counts once), entries of a list or map, a number itself. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") {
    return [...value].length;
  }
  if (Array.isArray(value)) {
    return value.length;
  }
  return typeof value === "object" && value !== null ? Object.keys(value).length : Number(value);
}

/** A value as AWS prints it in an error, which is as Java does: `[a, b]`, `{key=value}`. */
export function javaText(value: unknown, shape: Shape): string {
  if (Array.isArray(value)) {
    const member = shapeOf(shape.member ?? "");
    return `[${value.map((entry) => javaText(entry, member)).join(", ")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const inner = (name: string): Shape => shapeOf(shape.members?.[name] ?? shape.value ?? "String");
    return `{${Object.entries(value)
      .map(([name, entry]) => `${name}=${javaText(entry, inner(name))}`)
      .join(", ")}}`;
  }
  return shape.sensitive === true ? "***" : String(value);
}
