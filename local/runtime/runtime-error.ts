import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { errorStatus } from "../service-model/runtime-model";

/** Longest text of a message in AWS's service model. */
const maxMessageLength = 2_048;

/** An error of the SageMaker runtime: its code goes into a header, its members into the body, as REST-JSON has it. */
export class RuntimeError extends Error {
  readonly statusCode: number;

  constructor(
    readonly code: string,
    message: string,
    /** Further members of the body, such as those of ModelError. */
    readonly members: Readonly<Record<string, string | number>> = {},
  ) {
    super(message);
    this.name = "RuntimeError";
    this.statusCode = errorStatus(code) ?? 400;
  }
}

/** `reason` is the ErrorCode that AWS puts beside the message of some validation errors. */
export function validationError(message: string, reason?: string): RuntimeError {
  return new RuntimeError("ValidationError", message, reason === undefined ? {} : { ErrorCode: reason });
}

/** Where a container's log is, and whose it is. */
export interface LogPlace {
  /** As errors call it. */
  readonly container: string;
  readonly logStreamArn: string;
  readonly account: string;
}

/** The container answered with an error, or failed to answer: the caller's SDK sees its status, message and log stream. */
export function modelError(
  originalStatusCode: number,
  originalMessage: string,
  { container, logStreamArn, account }: LogPlace,
): RuntimeError {
  const group = /log-group:([^:]+)/.exec(logStreamArn)?.[1] ?? "";
  const received = receivedError(originalStatusCode, originalMessage, container);
  return new RuntimeError("ModelError", `${received} See the log group ${group} in account ${account} for more information.`, {
    ErrorCode: isClientError(originalStatusCode) ? "CLIENT_ERROR_FROM_MODEL" : "INTERNAL_FAILURE_FROM_MODEL",
    LogStreamArn: logStreamArn,
    OriginalMessage: originalMessage.slice(0, maxMessageLength),
    OriginalStatusCode: originalStatusCode,
  });
}

/** AWS's words for a container's error. */
function receivedError(status: number, message: string, container: string): string {
  const kind = isClientError(status) ? "client" : "server";
  return `Received ${kind} error (${status}) from ${container} with message "${message.slice(0, maxMessageLength / 2)}".`;
}

export function sendRuntimeError(response: ServerResponse, error: unknown): void {
  const known = error instanceof RuntimeError ? error : new RuntimeError("InternalFailure", String(error));
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = JSON.stringify({ ...known.members, Message: known.message });
  response.writeHead(known.statusCode, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "x-amzn-errortype": known.code,
    "x-amzn-requestid": randomUUID(),
  });
  response.end(body);
}

function isClientError(status: number): boolean {
  return status >= 400 && status < 500;
}
