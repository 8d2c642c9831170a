import { ResponseError } from "./errors";

/** Content type of a request when none is given. */
export const jsonType = "application/json";

/** Bytes of a request. Text and bytes go as they are; anything else must be JSON. */
export function encodeBody(value: unknown, contentType: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (isJson(contentType)) {
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError(`A value of type ${typeof value} has no JSON form.`);
    return new TextEncoder().encode(text);
  }
  if (typeof value === "string") return new TextEncoder().encode(value);
  throw new TypeError(`A request of type ${contentType} must be a string or a Uint8Array; only JSON is made from other values.`);
}

/** Value of an answer: parsed when it is JSON, text when it is text, else the bytes. */
export function decodeBody(bytes: Uint8Array, contentType: string): unknown {
  if (isJson(contentType)) {
    try {
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch (cause) {
      throw new ResponseError(`The answer says ${contentType} but is not JSON.`, { cause });
    }
  }
  return /^text\//i.test(contentType) ? new TextDecoder().decode(bytes) : bytes;
}

function isJson(contentType: string): boolean {
  return /^application\/(json|[\w.-]+\+json)\b/i.test(contentType);
}
