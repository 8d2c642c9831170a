import type { IncomingHttpHeaders } from "node:http";
import { type RuntimeMember, type RuntimeOperation, requestMembers, runtimePattern } from "../service-model/runtime-model";
import { validationError } from "./runtime-error";

/** The members of a request that the caller has set, the body aside, by their name in the API. Numbers are still text. */
export type RequestMembers = Readonly<Record<string, string>>;

/** Members that reach the container, by the header it finds them in; AWS strips all other headers of a request. */
const passedOn: readonly (readonly [member: string, header: string])[] = [
  ["ContentType", "content-type"],
  ["Accept", "accept"],
  ["CustomAttributes", "x-amzn-sagemaker-custom-attributes"],
  ["InferenceId", "x-amzn-sagemaker-inference-id"],
  ["SessionId", "x-amzn-sagemaker-session-id"],
];

/** Reads a request's members as AWS's service model says where they are. Throws AWS's validation error, which lists every violation. */
export function readMembers(operation: RuntimeOperation, endpointName: string, headers: IncomingHttpHeaders): RequestMembers {
  const result: Record<string, string> = {};
  const violations: string[] = [];
  for (const member of requestMembers(operation)) {
    const value = member.name === "EndpointName" ? endpointName : member.header === undefined ? undefined : single(headers[member.header]);
    if (value !== undefined && value !== "") {
      result[member.name] = value;
      violated(member, value, violations);
    }
  }
  if (violations.length > 0) {
    const count = violations.length === 1 ? "1 validation error" : `${violations.length} validation errors`;
    throw validationError(`${count} detected: ${violations.join("; ")}`);
  }
  return result;
}

/** The headers for the container. */
export function containerHeaders(members: RequestMembers): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, header] of passedOn) {
    const value = members[name];
    if (value !== undefined) {
      result[header] = value;
    }
  }
  return result;
}

export function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}

function violated({ name, shape }: RuntimeMember, value: string, violations: string[]): void {
  const constraints: string[] = [];
  if (shape.type === "integer") {
    const number = Number(value);
    if (!/^-?\d+$/.test(value)) {
      constraints.push("Member must be a whole number");
    } else if (shape.min !== undefined && number < shape.min) {
      constraints.push(`Member must have value greater than or equal to ${shape.min}`);
    } else if (shape.max !== undefined && number > shape.max) {
      constraints.push(`Member must have value less than or equal to ${shape.max}`);
    }
  } else {
    if (shape.min !== undefined && value.length < shape.min) {
      constraints.push(`Member must have length greater than or equal to ${shape.min}`);
    }
    if (shape.max !== undefined && value.length > shape.max) {
      constraints.push(`Member must have length less than or equal to ${shape.max}`);
    }
    if (shape.pattern !== undefined && !runtimePattern(shape.pattern).test(value)) {
      constraints.push(`Member must satisfy regular expression pattern: ${shape.pattern}`);
    }
  }
  if (constraints.length === 0) {
    return;
  }
  const shown = shape.sensitive === true ? "Value" : `Value '${value}'`;
  const path = name.charAt(0).toLowerCase() + name.slice(1);
  violations.push(...constraints.map((constraint) => `${shown} at '${path}' failed to satisfy constraint: ${constraint}`));
}
