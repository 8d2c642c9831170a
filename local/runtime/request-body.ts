import type { IncomingMessage } from "node:http";
import { type RuntimeError, validationError } from "./runtime-error";

/** The client closed its connection before its request was whole: there is nobody to answer. */
export class ClientGone extends Error {
  constructor() {
    super("the client closed the connection");
    this.name = "ClientGone";
  }
}

/**
 * Reads a request's body up to a limit. What is beyond it is read and dropped: a client that is still sending would see its
 * connection break instead of the error.
 */
export function readBody(request: IncomingMessage, limit: number, oversize: () => RuntimeError = () => tooLong(limit)): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let whole = false;
    // An error has a stack, which costs more than the rest of a small request: made only when it is told.
    const gone = (): void => {
      if (!whole) {
        reject(new ClientGone());
      }
    };
    if (request.destroyed) {
      gone();
    }
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
      } else {
        chunks.length = 0;
      }
    });
    request.on("end", () => {
      whole = true;
      if (size > limit) {
        reject(oversize());
      } else {
        resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
      }
    });
    request.on("error", gone);
    request.on("close", gone);
  });
}

function tooLong(limit: number): RuntimeError {
  return validationError(
    `1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length less than or equal to ${limit}`,
  );
}
