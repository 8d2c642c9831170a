import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { catalogue, type ErrorCode } from "./catalogue";
import { likelyCure } from "./known-causes";

/** What a gate found. The log tail is shown line by line; the cure is that of the known cause the failure shows, else the catalogue's. */
export interface Failure {
  readonly code: ErrorCode;
  readonly sentence: string;
  readonly logTail: readonly string[];
  /** Where the whole log is, in words. */
  readonly logPlace: string;
  /** Where AWS's console shows it. */
  readonly logLink?: string | undefined;
}

export function failureMessage({ code, sentence, logTail, logPlace, logLink }: Failure): string {
  const lines = logTail.map((line) => `  log  ${line}`);
  const cure = likelyCure(sentence, logTail) ?? catalogue[code].cure;
  const more = [logPlace, ...(logLink === undefined ? [] : [logLink])].map((place) => `  more ${place}`);
  return [`${code} ${sentence}`, ...lines, `  fix  ${cure}`, ...more].join("\n");
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
