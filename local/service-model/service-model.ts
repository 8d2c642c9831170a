import scaling from "./application-autoscaling.data.json";
import data from "./sagemaker.data.json";

/** One shape of AWS's service model, with the constraints on its values. */
export interface Shape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  /** Exactly one member may be set. */
  readonly union?: boolean;
  /** Its value is never repeated in an error. */
  readonly sensitive?: boolean;
  readonly members?: Readonly<Record<string, string>>;
  readonly member?: string;
  readonly key?: string;
  readonly value?: string;
}

const shapes: Readonly<Record<string, Shape>> = { ...data.shapes, ...scaling.shapes };
const operations: Readonly<Record<string, string>> = data.operations;
const known: ReadonlySet<string> = new Set(data.knownOperations);
const patterns = new Map<string, RegExp>();

export function shapeOf(name: string): Shape {
  const shape = shapes[name];
  if (shape === undefined) {
    throw new Error(`the service model has no shape ${name}`);
  }
  return shape;
}

/** Name of an operation's request shape; `undefined` when the service model here does not hold it. */
export function inputShapeOf(operation: string): string | undefined {
  return Object.hasOwn(operations, operation) ? operations[operation] : undefined;
}

/** Whether AWS has an operation of this name, served here or not. */
export function isKnownOperation(operation: string): boolean {
  return known.has(operation);
}

/** A pattern of the service model as an expression that the whole value must match. */
export function compilePattern(pattern: string): RegExp {
  let compiled = patterns.get(pattern);
  if (compiled === undefined) {
    compiled = new RegExp(`^(?:${fromJava(pattern)})$`, "u");
    patterns.set(pattern, compiled);
  }
  return compiled;
}

/**
 * AWS's patterns are written for Java. What JavaScript spells otherwise, and is in use: POSIX classes, escapes that escape nothing, and a count
 * after `$`, which says nothing (an end is an end however often). A test compiles every pattern and fails by name on one that needs more.
 */
function fromJava(pattern: string): string {
  return pattern
    .replaceAll("\\p{Alnum}", "a-zA-Z0-9")
    .replaceAll("\\p{Print}", "[\\x20-\\x7e]")
    .replace(/\$\{\d+(,\d*)?\}/g, "$$")
    .replace(/\\(.)/gs, (pair, escaped: string) => (escaped === "-" ? "\\x2d" : " _".includes(escaped) ? escaped : pair));
}

/** All shapes, for checks over the whole model. */
export function allShapes(): ReadonlyMap<string, Shape> {
  return new Map(Object.entries(shapes));
}
