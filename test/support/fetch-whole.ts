import { type IncomingHttpHeaders, request } from "node:http";

export interface Question {
  /** @default GET */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** However slow the machine: what has not answered whole by then never will. Milliseconds. */
const patience = 120_000;

/** What `fetch` says of a text. */
const textType = { "content-type": "text/plain;charset=UTF-8" };

/** Statuses whose answers have no body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * One HTTP request on a connection of its own, answered as `fetch` answers, but whole, and in time or not at all: `fetch` once waited for ever, with no
 * connection open at either end.
 */
export function fetchWhole(url: string, { method = "GET", headers, body }: Question = {}): Promise<Response> {
  return new Promise((resolve, reject) => {
    const length = method === "GET" || method === "HEAD" ? {} : { "content-length": Buffer.byteLength(body ?? "") };
    const type = typeof body === "string" ? textType : {};
    const asked = request(url, { method, agent: false, headers: { ...length, ...type, ...headers } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const status = answer.statusCode ?? 0;
        resolve(new Response(bodiless.has(status) ? null : Buffer.concat(chunks), { status, headers: headersOf(answer.headers) }));
      });
    });
    const timer = setTimeout(() => asked.destroy(new Error(`no whole answer from ${url} within ${patience / 1_000} s`)), patience);
    asked.on("close", () => clearTimeout(timer));
    asked.on("error", reject);
    asked.end(body);
  });
}

function headersOf(headers: IncomingHttpHeaders): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().map((each): [string, string] => [name, each]));
}
