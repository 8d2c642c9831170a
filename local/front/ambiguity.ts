import type { IncomingMessage } from "node:http";

/** Why a request is not passed on, and the status that says so. */
export interface Ambiguity {
  readonly statusCode: 400 | 501;
  readonly message: string;
}

/**
 * What the server's parser lets pass, and who reads the request next could read otherwise: where it goes to, or where its body ends. `undefined`
 * for a request that has one reading.
 */
export function ambiguityOf({ method, url = "", headers, rawHeaders }: IncomingMessage): Ambiguity | undefined {
  if (!url.startsWith("/") && !(method === "OPTIONS" && url === "*")) {
    return { statusCode: 400, message: `the request asks for ${JSON.stringify(url.slice(0, 200))}: this is no proxy, ask for a path` };
  }
  if (countOf("host", rawHeaders) > 1) {
    return { statusCode: 400, message: "the request has more than one Host header" };
  }
  const coding = headers["transfer-encoding"];
  return coding === undefined || coding.toLowerCase() === "chunked"
    ? undefined
    : { statusCode: 501, message: `the transfer encoding ${JSON.stringify(coding)} is not supported: send chunked, or a Content-Length` };
}

function countOf(name: string, rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    // Most names differ in length already.
    if (rawHeaders[index]?.length === name.length && rawHeaders[index]?.toLowerCase() === name) {
      count++;
    }
  }
  return count;
}
