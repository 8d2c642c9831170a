import { type Shape, shapeOf } from "../service-model/service-model";
import { constraintsOf, javaText, violatedConstraints } from "./constraints";
import { ServiceError } from "./service-error";

/**
 * Checks a request against AWS's service model and returns it with members unknown to the model left out and timestamps as
 * dates. Throws the error AWS gives: `SerializationException` for a value of the wrong type, `ValidationException` that lists
 * every violated constraint.
 */
export function validateRequest(shapeName: string, request: unknown): unknown {
  const violations: string[] = [];
  const value = check(request, shapeOf(shapeName), "", violations);
  if (violations.length > 0) {
    const count = violations.length === 1 ? "1 validation error" : `${violations.length} validation errors`;
    throw new ServiceError("ValidationException", `${count} detected: ${violations.join("; ")}`);
  }
  return value;
}

function check(value: unknown, shape: Shape, path: string, violations: string[]): unknown {
  switch (shape.type) {
    case "structure":
      return checkStructure(value, shape, path, violations);
    case "list":
      return checkList(value, shape, path, violations);
    case "map":
      return checkMap(value, shape, path, violations);
    default: {
      const scalar = readScalar(value, shape, path);
      violate(scalar, shape, path, violations);
      return scalar;
    }
  }
}

function checkStructure(value: unknown, shape: Shape, path: string, violations: string[]): Record<string, unknown> {
  const given = expectObject(value, path);
  const result: Record<string, unknown> = {};
  for (const name of shape.required ?? []) {
    if (given[name] === undefined || given[name] === null) {
      violations.push(`Value null at '${join(path, lowerFirst(name))}' failed to satisfy constraint: Member must not be null`);
    }
  }
  for (const [name, member] of Object.entries(shape.members ?? {})) {
    if (Object.hasOwn(given, name) && given[name] !== undefined && given[name] !== null) {
      result[name] = check(given[name], shapeOf(member), join(path, lowerFirst(name)), violations);
    }
  }
  if (shape.union === true && Object.keys(result).length !== 1) {
    const members = Object.keys(shape.members ?? {}).join(", ");
    violations.push(`Value at '${path}' failed to satisfy constraint: Member must have exactly one of [${members}] set`);
  }
  return result;
}

/** Entries with members of their own are checked one by one; of plain values AWS names the list, with all that an entry must satisfy. */
function checkList(value: unknown, shape: Shape, path: string, violations: string[]): unknown[] {
  if (!Array.isArray(value)) {
    throw wrongType(path, "a list");
  }
  const member = shapeOf(shape.member ?? "");
  violate(value, shape, path, violations);
  if (isNested(member)) {
    return value.map((entry: unknown, index) => check(entry, member, join(path, `${index + 1}.member`), violations));
  }
  const entries = value.map((entry: unknown, index) => readScalar(entry, member, join(path, `${index + 1}.member`)));
  if (entries.some((entry) => violatedConstraints(entry, member).length > 0)) {
    violations.push(violation(entries, shape, path, `Member must satisfy constraint: ${constraintsOf(member)}`));
  }
  return entries;
}

function checkMap(value: unknown, shape: Shape, path: string, violations: string[]): Record<string, unknown> {
  const given = expectObject(value, path);
  const [keyShape, valueShape] = [shapeOf(shape.key ?? ""), shapeOf(shape.value ?? "")];
  const nested = isNested(valueShape);
  violate(given, shape, path, violations);
  const result = Object.fromEntries(
    Object.entries(given).map(([key, entry]) => {
      const place = join(path, `${key}.member`);
      return [key, nested ? check(entry, valueShape, place, violations) : readScalar(entry, valueShape, place)];
    }),
  );
  if (Object.keys(result).some((key) => violatedConstraints(key, keyShape).length > 0)) {
    violations.push(violation(result, shape, path, `Map keys must satisfy constraint: ${constraintsOf(keyShape)}`));
  }
  if (!nested && Object.values(result).some((entry) => violatedConstraints(entry, valueShape).length > 0)) {
    violations.push(violation(result, shape, path, `Map value must satisfy constraint: ${constraintsOf(valueShape)}`));
  }
  return result;
}

function isNested({ type }: Shape): boolean {
  return type === "structure" || type === "list" || type === "map";
}

function violate(value: unknown, shape: Shape, path: string, violations: string[]): void {
  violations.push(...violatedConstraints(value, shape).map((constraint) => violation(value, shape, path, constraint)));
}

function violation(value: unknown, shape: Shape, path: string, constraint: string): string {
  const shown = shape.sensitive === true ? "Value" : `Value '${javaText(value, shape)}'`;
  return `${shown} at '${path}' failed to satisfy constraint: ${constraint}`;
}

function readScalar(value: unknown, shape: Shape, path: string): unknown {
  switch (shape.type) {
    case "string":
      return expect(value, "string", path, "a string");
    case "blob":
      return expect(value, "string", path, "a string of base64");
    case "boolean":
      return expect(value, "boolean", path, "a boolean");
    case "float":
    case "double":
      return expect(value, "number", path, "a number");
    case "integer":
    case "long":
      if (!Number.isInteger(expect(value, "number", path, "a number"))) {
        throw wrongType(path, "a whole number");
      }
      return value;
    case "timestamp":
      return toDate(value, path);
    default:
      return value;
  }
}

function expect(value: unknown, type: "string" | "number" | "boolean", path: string, words: string): unknown {
  if (typeof value !== type) {
    throw wrongType(path, words);
  }
  return value;
}

function expectObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrongType(path, "an object");
  }
  return value as Readonly<Record<string, unknown>>;
}

function toDate(value: unknown, path: string): Date {
  const date = typeof value === "number" ? new Date(value * 1_000) : new Date(typeof value === "string" ? value : Number.NaN);
  if (Number.isNaN(date.getTime())) {
    throw wrongType(path, "a timestamp");
  }
  return date;
}

function wrongType(path: string, expected: string): ServiceError {
  return new ServiceError("SerializationException", `${path === "" ? "The request" : `The value at '${path}'`} is not ${expected}`);
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
