import type { IncomingHttpHeaders } from "node:http";
import { validationError } from "./runtime-error";

/** Headers of a request that reach the container; AWS strips all others. */
const passedOn = [
  "content-type",
  "accept",
  "x-amzn-sagemaker-custom-attributes",
  "x-amzn-sagemaker-inference-id",
  "x-amzn-sagemaker-session-id",
  "x-amzn-sagemaker-target-model",
] as const;

/** Longest values, in characters. */
const limits: Readonly<Record<string, { readonly member: string; readonly max: number; readonly pattern: RegExp }>> = {
  "x-amzn-sagemaker-custom-attributes": { member: "customAttributes", max: 1_024, pattern: /^[\x20-\x7e\t]*$/ },
  "x-amzn-sagemaker-inference-id": { member: "inferenceId", max: 64, pattern: /^\S[\x20-\x7e]*$/ },
  "x-amzn-sagemaker-target-variant": { member: "targetVariant", max: 63, pattern: /^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/ },
  "content-type": { member: "contentType", max: 1_024, pattern: /^[\x20-\x7e\t]*$/ },
  accept: { member: "accept", max: 1_024, pattern: /^[\x20-\x7e\t]*$/ },
};

/** The headers for the container. Throws AWS's validation error for a value that is too long or has characters it must not have. */
export function containerHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, { member, max, pattern }] of Object.entries(limits)) {
    const value = single(headers[name]);
    if (value !== undefined && value.length > max) {
      throw violation(value, member, `Member must have length less than or equal to ${max}`);
    }
    if (value !== undefined && !pattern.test(value)) {
      throw violation(value, member, `Member must satisfy regular expression pattern: ${pattern.source}`);
    }
  }
  for (const name of passedOn) {
    const value = single(headers[name]);
    if (value !== undefined) {
      result[name] = value;
    }
  }
  return result;
}

export function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}

function violation(value: string, member: string, constraint: string): Error {
  return validationError(`1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`);
}
