import { type Agent, request } from "node:http";
import type { Sample } from "./feed";

export interface Answer {
  readonly status: number;
  readonly milliseconds: number;
  readonly text: string;
}

/** No answer: refused, reset, closed early or out of time. */
export interface NoAnswer {
  readonly problem: string;
  readonly refused: boolean;
  readonly milliseconds: number;
}

export interface Asking {
  readonly method?: "GET" | "POST";
  readonly body?: Buffer;
  readonly contentType?: string;
  /** Sends the body in chunks, without a Content-Length. */
  readonly chunked?: true;
  readonly timeoutMilliseconds: number;
  readonly agent?: Agent;
  /** Called when the request has been handed to the network whole. */
  onSent?(): void;
}

const shownCharacters = 120;

/** One HTTP request on a connection of its own unless an agent is given; never rejects. A container that has ended at once has no URL. */
export function ask(url: string | undefined, path: string, asking: Asking): Promise<Answer | NoAnswer> {
  if (url === undefined) {
    return Promise.resolve({ problem: "the container has ended", refused: true, milliseconds: 0 });
  }
  const { method = "GET", body, contentType, chunked, timeoutMilliseconds, agent } = asking;
  const started = performance.now();
  const took = (): number => Math.round(performance.now() - started);
  return new Promise((resolve) => {
    const sending = request(`${url}${path}`, {
      method,
      agent: agent ?? false,
      headers: {
        ...(contentType === undefined ? {} : { "content-type": contentType }),
        ...(body === undefined || chunked === true ? {} : { "content-length": body.length }),
      },
    });
    const fail = (problem: string, refused = false): void => {
      clearTimeout(timer);
      resolve({ problem, refused, milliseconds: took() });
      sending.destroy();
    };
    const timer = setTimeout(() => fail(`no answer within ${timeoutMilliseconds / 1_000} s`), timeoutMilliseconds);
    sending.on("error", (error: NodeJS.ErrnoException) => fail(error.code ?? error.message, error.code === "ECONNREFUSED"));
    sending.on("finish", () => asking.onSent?.());
    sending.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", () => fail("the answer broke off"));
      response.on("end", () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, milliseconds: took(), text: shortened(Buffer.concat(chunks)) });
      });
    });
    if (body === undefined || chunked === undefined) sending.end(body);
    else {
      sending.write(body.subarray(0, body.length / 2));
      sending.end(body.subarray(body.length / 2));
    }
  });
}

/** The request SageMaker makes for a sample. */
export function invoke(
  url: string | undefined,
  sample: Sample,
  timeoutMilliseconds: number,
  more: Partial<Asking> = {},
): Promise<Answer | NoAnswer> {
  return ask(url, "/invocations", { method: "POST", body: sample.body, contentType: sample.contentType, timeoutMilliseconds, ...more });
}

export function isAnswer(given: Answer | NoAnswer): given is Answer {
  return "status" in given;
}

export function succeeded(given: Answer | NoAnswer): boolean {
  return isAnswer(given) && given.status >= 200 && given.status < 300;
}

/** `200 in 3 ms`, `500: {"error":…`, `ECONNRESET`. */
export function told(given: Answer | NoAnswer): string {
  if (!isAnswer(given)) return given.problem;
  return succeeded(given) ? `${given.status} in ${given.milliseconds} ms` : `${given.status}${given.text === "" ? "" : `: ${given.text}`}`;
}

function shortened(body: Buffer): string {
  const text = body.toString("utf8").replaceAll(/\s+/g, " ").trim();
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
}
