import type { ContainerFailure, FailureKind } from "./container-call";
import { type LogPlace, modelError, type RuntimeError } from "./runtime-error";

/** AWS's words for what goes wrong between it and a container; where there is no status of the container, AWS says 0. */
const words: Readonly<Partial<Record<FailureKind, (container: string) => string>>> = {
  timeout: (container) =>
    `Your invocation timed out while waiting for a response from container ${container}. ` +
    "Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.",
  headers: (container) =>
    `Response received from the ${container} container has headers with length greater than 4096 bytes. ` +
    "Reduce the length of your container's response headers and update your endpoint.",
};

export function failureText(failure: ContainerFailure, container: string): string {
  return words[failure.kind]?.(container) ?? failure.message;
}

/** The ModelError of a container that gave no whole answer. */
export function modelFailure(failure: ContainerFailure, place: LogPlace): RuntimeError {
  const status = failure.kind === "timeout" || failure.kind === "headers" ? 0 : 500;
  return modelError(status, failureText(failure, place.container), place);
}
