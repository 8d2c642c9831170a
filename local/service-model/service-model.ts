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
  readonly members?: Readonly<Record<string, string>>;
  readonly member?: string;
  readonly key?: string;
  readonly value?: string;
}

const shapes: Readonly<Record<string, Shape>> = data.shapes;
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

/** Name of an operation's request shape; `undefined` when the local endpoint does not serve the operation. */
export function inputShapeOf(operation: string): string | undefined {
  return operations[operation];
}

/** Whether AWS has an operation of this name, served here or not. */
export function isKnownOperation(operation: string): boolean {
  return known.has(operation);
}

/** A pattern of the service model as an expression that the whole value must match. */
export function compilePattern(pattern: string): RegExp {
  let compiled = patterns.get(pattern);
  if (compiled === undefined) {
    const translated = pattern.replaceAll("\\p{Alnum}", "a-zA-Z0-9");
    compiled = new RegExp(`^(?:${translated})$`, "u");
    patterns.set(pattern, compiled);
  }
  return compiled;
}

/** All shapes, for checks over the whole model. */
export function allShapes(): ReadonlyMap<string, Shape> {
  return new Map(Object.entries(shapes));
}
