import data from "./application-autoscaling.data.json";

const operations: Readonly<Record<string, string>> = data.operations;
const known: ReadonlySet<string> = new Set(data.knownOperations);

/** Name of the request shape of an operation of Application Auto Scaling; `undefined` when it is not served. */
export function scalingInputShapeOf(operation: string): string | undefined {
  return Object.hasOwn(operations, operation) ? operations[operation] : undefined;
}

/** Whether Application Auto Scaling has an operation of this name, served here or not. */
export function isKnownScalingOperation(operation: string): boolean {
  return known.has(operation);
}
