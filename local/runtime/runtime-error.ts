import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";

/** An error of the SageMaker runtime: its code goes into a header, its members into the body, as REST-JSON has it. */
export class RuntimeError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly statusCode: number,
    /** Further members of the body, such as those of ModelError. */
    readonly members: Readonly<Record<string, string | number>> = {},
  ) {
    super(message);
    this.name = "RuntimeError";
  }
}

export function validationError(message: string): RuntimeError {
  return new RuntimeError("ValidationError", message, 400);
}

/** The container answered with an error, or failed to answer: the caller's SDK sees its status, message and log stream. */
export function modelError(originalStatusCode: number, originalMessage: string, logStreamArn: string, account: string): RuntimeError {
  const isClient = originalStatusCode >= 400 && originalStatusCode < 500;
  const kind = isClient ? "client" : "server";
  const shown = originalStatusCode === 0 ? originalMessage : originalMessage.slice(0, 1_024);
  const group = /log-group:([^:]+)/.exec(logStreamArn)?.[1] ?? "";
  const message =
    `Received ${kind} error (${originalStatusCode}) from primary with message "${shown}". ` +
    `See the log group ${group} in account ${account} for more information.`;
  return new RuntimeError("ModelError", message, 424, {
    ErrorCode: isClient ? "CLIENT_ERROR_FROM_MODEL" : "INTERNAL_FAILURE_FROM_MODEL",
    LogStreamArn: logStreamArn,
    OriginalMessage: originalMessage,
    OriginalStatusCode: originalStatusCode,
  });
}

export function sendRuntimeError(response: ServerResponse, error: unknown): void {
  const known = error instanceof RuntimeError ? error : new RuntimeError("InternalFailure", String(error), 500);
  if (response.headersSent) {
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
