import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { catalogue, type ErrorCode } from "./catalogue";

/** What a gate found. The log tail is shown line by line, the cure comes from the catalogue. */
export interface Failure {
  readonly code: ErrorCode;
  readonly sentence: string;
  readonly logTail: readonly string[];
  /** Where the whole log is, in words. */
  readonly logPlace: string;
}

export function failureMessage({ code, sentence, logTail, logPlace }: Failure): string {
  const lines = logTail.map((line) => `  log  ${line}`);
  return [`${code} ${sentence}`, ...lines, `  fix  ${catalogue[code].cure}`, `  more ${logPlace}`].join("\n");
}

/**
 * Fails the update with a message against one resource. The Node SDK inspects every uncaught error in depth; an error that holds a resource would
 * print the whole resource graph, so this one is inspected as its message.
 */
export class GateError extends pulumi.ResourceError {
  constructor(message: string, resource: pulumi.Resource) {
    super(message, resource, true);
    this.name = "GateError";
    // Component providers print the stack where there is one.
    this.stack = message;
  }

  [inspect.custom](): string {
    return this.message;
  }
}
