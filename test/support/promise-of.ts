import * as pulumi from "@pulumi/pulumi";

/** The value of an output, to be awaited: an expectation inside an `apply` that nobody waits for always passes. Rejects when the output does. */
export function promiseOf<T>(value: pulumi.Output<T>): Promise<T> {
  return (value as unknown as { promise(): Promise<T> }).promise();
}

/** The message with which `declare` refuses a declaration; fails when it does not. */
export function refusalOf(declare: () => unknown): string {
  try {
    declare();
  } catch (error) {
    if (error instanceof pulumi.InputPropertiesError) {
      return error.message;
    }
    throw error;
  }
  throw new Error("the declaration was accepted");
}

/** A refusal line by line: its title, then its faults. Left out is the line between, which names the place of the declaration when it is known. */
export function faultsOf(declare: () => unknown): string[] {
  return refusalOf(declare)
    .split("\n")
    .map((line) => line.trim())
    .filter((line, index) => index !== 1 || !/:\d+$/.test(line));
}
