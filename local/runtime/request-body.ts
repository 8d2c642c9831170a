import type { IncomingMessage } from "node:http";
import { validationError } from "./runtime-error";

/**
 * Reads a request's body up to a limit. What is beyond it is read and dropped: a client that is still sending would see its
 * connection break instead of the error.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
      } else {
        chunks.length = 0;
      }
    });
    request.on("end", () => {
      if (size > limit) {
        reject(
          validationError(
            `1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length less than or equal to ${limit}`,
          ),
        );
      } else {
        resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
      }
    });
    request.on("error", reject);
    request.on("aborted", () => reject(new Error("the client closed the connection")));
  });
}
