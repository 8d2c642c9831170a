import { ResponseError } from "./errors";

/** Content type of a request when none is given. */
export const jsonType = "application/json";

/** How values become bytes, and bytes values. */
export interface Codec<T> {
  /** Sent as the content type of a request, and as what is accepted for an answer. */
  readonly contentType: string;
  /** Throws a `TypeError` for what has no such form. */
  encode(value: T): Uint8Array;
  /** Throws `ResponseError` for what is not of the form. `contentType` is the answer's own. */
  decode(bytes: Uint8Array, contentType: string): T;
}

/** JSON of values of type `T`; the type is the caller's word and is not checked. */
export function json<T>(contentType = jsonType): Codec<T> {
  return {
    contentType,
    encode: (value) => {
      const text = JSON.stringify(value);
      if (text === undefined) throw new TypeError(`A value of type ${typeof value} has no JSON form.`);
      return new TextEncoder().encode(text);
    },
    decode: (bytes, given) => {
      try {
        return JSON.parse(new TextDecoder().decode(bytes)) as T;
      } catch (cause) {
        throw new ResponseError(`The answer says ${given} but is not JSON.`, cause);
      }
    },
  };
}

/** UTF-8 text. */
export function text(contentType = "text/plain"): Codec<string> {
  return { contentType, encode: (value) => new TextEncoder().encode(value), decode: (bytes) => new TextDecoder().decode(bytes) };
}

/** Bytes as they are. */
export function bytes(contentType = "application/octet-stream"): Codec<Uint8Array> {
  return { contentType, encode: (value) => value, decode: (value) => value };
}

/** A table of CSV, without a special first row: fields that need it are quoted, rows end with a line feed. Answers are rows of text. */
export function csv(contentType = "text/csv"): Codec<readonly (readonly (string | number)[])[]> {
  return {
    contentType,
    encode: (rows) => new TextEncoder().encode(rows.map((row) => `${row.map(csvField).join(",")}\n`).join("")),
    decode: (value) => csvRows(new TextDecoder().decode(value)),
  };
}

function csvField(value: string | number): string {
  const field = String(value);
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** Rows as RFC 4180 has them; line ends of every kind, the last one optional. */
function csvRows(content: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;
  while (field.lastIndex < content.length || row.length > 0) {
    const start = field.lastIndex;
    const match = field.exec(content);
    if (match === null) throw new ResponseError(`The answer is not CSV: a quote is out of place after character ${start}.`);
    const [, quoted, plain = "", end] = match;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end !== ",") {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

/** Bytes of a request without a codec. Text and bytes go as they are; anything else must be JSON. */
export function encodeBody(value: unknown, contentType: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (isJson(contentType)) return json().encode(value);
  if (typeof value === "string") return text().encode(value);
  throw new TypeError(`A request of type ${contentType} must be a string or a Uint8Array; only JSON is made from other values.`);
}

/** Value of an answer without a codec: parsed when it is JSON, text when it is text, else the bytes. */
export function decodeBody(value: Uint8Array, contentType: string): unknown {
  if (isJson(contentType)) return json().decode(value, contentType);
  return /^text\//i.test(contentType) ? text().decode(value, contentType) : value;
}

function isJson(contentType: string): boolean {
  return /^application\/(json|[\w.-]+\+json)\b/i.test(contentType);
}
