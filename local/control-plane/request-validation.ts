import { compilePattern, type Shape, shapeOf } from "../service-model/service-model";
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
    case "string":
      return checkString(expectString(value, path), shape, path, violations);
    case "integer":
    case "long":
      return checkNumber(expectNumber(value, path), shape, path, violations, true);
    case "float":
    case "double":
      return checkNumber(expectNumber(value, path), shape, path, violations, false);
    case "boolean":
      return expectBoolean(value, path);
    case "timestamp":
      return toDate(value, path);
    default:
      return value;
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
    if (given[name] !== undefined && given[name] !== null) {
      result[name] = check(given[name], shapeOf(member), join(path, lowerFirst(name)), violations);
    }
  }
  if (shape.union === true && Object.keys(result).length !== 1) {
    const members = Object.keys(shape.members ?? {}).join(", ");
    violations.push(`Value at '${path}' failed to satisfy constraint: Member must have exactly one of [${members}] set`);
  }
  return result;
}

function checkList(value: unknown, shape: Shape, path: string, violations: string[]): unknown[] {
  if (!Array.isArray(value)) {
    throw wrongType(path, "a list");
  }
  checkLength(value.length, JSON.stringify(value), shape, path, violations);
  const member = shapeOf(shape.member ?? "");
  return value.map((entry: unknown, index) => check(entry, member, join(path, `${index + 1}.member`), violations));
}

function checkMap(value: unknown, shape: Shape, path: string, violations: string[]): Record<string, unknown> {
  const given = expectObject(value, path);
  checkLength(Object.keys(given).length, JSON.stringify(given), shape, path, violations);
  const [keyShape, valueShape] = [shapeOf(shape.key ?? ""), shapeOf(shape.value ?? "")];
  const result: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(given)) {
    checkString(key, keyShape, join(path, "key"), violations);
    result[key] = check(entry, valueShape, join(path, `${key}.member`), violations);
  }
  return result;
}

function checkString(value: string, shape: Shape, path: string, violations: string[]): string {
  checkLength([...value].length, value, shape, path, violations);
  if (shape.enum !== undefined && !shape.enum.includes(value)) {
    violations.push(violation(value, path, `Member must satisfy enum value set: [${shape.enum.join(", ")}]`));
  }
  if (shape.pattern !== undefined && !compilePattern(shape.pattern).test(value)) {
    violations.push(violation(value, path, `Member must satisfy regular expression pattern: ${shape.pattern}`));
  }
  return value;
}

function checkNumber(value: number, shape: Shape, path: string, violations: string[], whole: boolean): number {
  if (whole && !Number.isInteger(value)) {
    throw wrongType(path, "a whole number");
  }
  if (shape.min !== undefined && value < shape.min) {
    violations.push(violation(String(value), path, `Member must have value greater than or equal to ${shape.min}`));
  }
  if (shape.max !== undefined && value > shape.max) {
    violations.push(violation(String(value), path, `Member must have value less than or equal to ${shape.max}`));
  }
  return value;
}

function checkLength(length: number, shown: string, shape: Shape, path: string, violations: string[]): void {
  if (shape.min !== undefined && length < shape.min) {
    violations.push(violation(shown, path, `Member must have length greater than or equal to ${shape.min}`));
  }
  if (shape.max !== undefined && length > shape.max) {
    violations.push(violation(shown, path, `Member must have length less than or equal to ${shape.max}`));
  }
}

function violation(value: string, path: string, constraint: string): string {
  return `Value '${value}' at '${path}' failed to satisfy constraint: ${constraint}`;
}

function expectObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrongType(path, "an object");
  }
  return value as Readonly<Record<string, unknown>>;
}

function expectString(value: unknown, path: string): string {
  if (typeof value !== "string") {
    throw wrongType(path, "a string");
  }
  return value;
}

function expectNumber(value: unknown, path: string): number {
  if (typeof value !== "number") {
    throw wrongType(path, "a number");
  }
  return value;
}

function expectBoolean(value: unknown, path: string): boolean {
  if (typeof value !== "boolean") {
    throw wrongType(path, "a boolean");
  }
  return value;
}

function toDate(value: unknown, path: string): Date {
  const date = typeof value === "number" ? new Date(value * 1_000) : new Date(String(value));
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
