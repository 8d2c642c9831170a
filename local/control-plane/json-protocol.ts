import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { ServiceError } from "./service-error";

/** More than any request of the APIs can need. */
const maxBodyBytes = 4 * 1024 * 1024;

/** What the services that speak JSON 1.1 differ in. */
export interface JsonProtocol {
  /** What the header X-Amz-Target begins with; the operation follows. */
  readonly targetPrefix: string;
  /** Code of an error that is this endpoint's own fault. */
  readonly internalError: string;
  /** How an error calls its message. */
  readonly messageMember: "message" | "Message";
}

/** Whether a request is for the service. */
export function isFor({ targetPrefix }: JsonProtocol, request: IncomingMessage): boolean {
  return String(request.headers["x-amz-target"] ?? "").startsWith(targetPrefix);
}

/** Answers a request in AWS's JSON 1.1 protocol: the header names the operation, bodies are JSON, times seconds. */
export async function answerJson(
  { targetPrefix, internalError, messageMember }: JsonProtocol,
  request: IncomingMessage,
  response: ServerResponse,
  log: (line: string) => void,
  invoke: (operation: string, body: unknown) => Promise<object>,
): Promise<void> {
  const operation = String(request.headers["x-amz-target"]).slice(targetPrefix.length);
  try {
    sendJson(response, 200, wireValue(await invoke(operation, await readJson(request))));
  } catch (error) {
    const known = error instanceof ServiceError ? error : undefined;
    if (known === undefined) {
      log(`${operation} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
    const { code, message, statusCode } = known ?? new ServiceError(internalError, String(error), 500);
    sendJson(response, statusCode, { __type: code, [messageMember]: message });
  }
}

/** The body of a request. Throws AWS's errors for one that is too long or is no JSON. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > maxBodyBytes) {
      throw new ServiceError("RequestEntityTooLargeException", `The request is larger than ${maxBodyBytes} bytes.`, 413);
    }
    chunks.push(bytes);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    throw new ServiceError("SerializationException", "The request body is not JSON.");
  }
}

function sendJson(response: ServerResponse, statusCode: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(statusCode, {
    "content-type": "application/x-amz-json-1.1",
    "content-length": Buffer.byteLength(text),
    "x-amzn-requestid": randomUUID(),
  });
  response.end(text);
}

/** The response as JSON 1.1 has it: dates are seconds since the epoch, members that are not set are left out. */
function wireValue(value: unknown): unknown {
  if (value instanceof Date) {
    return value.getTime() / 1_000;
  }
  if (Array.isArray(value)) {
    return value.map(wireValue);
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([name, member]) => [name, wireValue(member)]),
    );
  }
  return value;
}
