import data from "./sagemaker-runtime.data.json";
import type { Shape } from "./service-model";

export type RuntimeOperation = keyof typeof data.operations;

/** One member of a request: its shape, and the header that carries it (lower case; none for the name in the path and the body). */
export interface RuntimeMember {
  readonly name: string;
  readonly shape: Shape;
  readonly header?: string;
}

const shapes: Readonly<Record<string, Shape>> = data.shapes;
const members = new Map<string, readonly RuntimeMember[]>(
  Object.entries(data.operations).map(([operation, { members }]) => [
    operation,
    Object.entries(members).map(([name, member]: [string, { shape: string; header?: string }]) => ({
      name,
      shape: shapeOf(member.shape),
      ...(member.header === undefined ? {} : { header: member.header }),
    })),
  ]),
);

/** The members of an operation's request, in the order of AWS's service model. */
export function requestMembers(operation: RuntimeOperation): readonly RuntimeMember[] {
  return members.get(operation) ?? [];
}

/** HTTP status of an error of the runtime; errors every AWS service has are not in its model and are `undefined`. */
export function errorStatus(code: string): number | undefined {
  for (const { errors } of Object.values(data.operations)) {
    const status = Object.entries(errors).find(([name]) => name === code)?.[1];
    if (typeof status === "number") {
      return status;
    }
  }
  return undefined;
}

const patterns = new Map<string, RegExp>();

/** A pattern of the model as an expression for JavaScript. AWS's are Java's: anchors, and classes of ASCII characters. */
export function runtimePattern(pattern: string): RegExp {
  let compiled = patterns.get(pattern);
  if (compiled === undefined) {
    const translated = pattern
      .replaceAll("\\A", "")
      .replaceAll("\\z", "")
      .replaceAll("[\\p{Print}]", "[\\x20-\\x7e]")
      .replaceAll("\\p{ASCII}", "[\\x00-\\x7f]");
    compiled = new RegExp(`^(?:${translated})$`);
    patterns.set(pattern, compiled);
  }
  return compiled;
}

function shapeOf(name: string): Shape {
  const shape = shapes[name];
  if (shape === undefined) {
    throw new Error(`the service model of the runtime has no shape ${name}`);
  }
  return shape;
}
