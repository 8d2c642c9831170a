import { ResponseError } from "./errors";

/** Forms of the parts of a streamed answer, and what each part is. */
export interface StreamForms<O> {
  /** The chunks as they come. */
  readonly bytes: Uint8Array;
  /** Their text; characters are never cut in two. */
  readonly text: string;
  /** Lines, without their ends. */
  readonly lines: string;
  /** Values of JSON Lines. */
  readonly json: O;
  /** The data of server-sent events. */
  readonly events: string;
}

export type StreamForm = keyof StreamForms<unknown>;

/** Turns chunks into parts of a form, each as soon as it is whole. */
export function inForm(chunks: AsyncIterable<Uint8Array>, form: StreamForm): AsyncIterable<unknown> {
  switch (form) {
    case "bytes":
      return chunks;
    case "text":
      return texts(chunks);
    case "lines":
      return lines(chunks);
    case "json":
      return values(chunks);
    case "events":
      return events(chunks);
  }
}

async function* texts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== "") yield text;
  }
  const rest = decoder.decode();
  if (rest !== "") yield rest;
}

async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of texts(chunks)) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) yield line.replace(/\r$/, "");
  }
  if (rest !== "") yield rest.replace(/\r$/, "");
}

async function* values(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  for await (const line of lines(chunks)) {
    if (line.trim() === "") continue;
    try {
      yield JSON.parse(line) as unknown;
    } catch (cause) {
      throw new ResponseError(`A line of the answer is not JSON: ${line.slice(0, 100)}`, cause);
    }
  }
}

/** Events as the HTML standard has them: `data:` lines up to an empty one; comments and other fields are left out. */
async function* events(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let data: string[] = [];
  for await (const line of lines(chunks)) {
    if (line === "") {
      if (data.length > 0) yield data.join("\n");
      data = [];
    } else if (/^data(:|$)/.test(line)) {
      data.push(line.slice(5).replace(/^ /, ""));
    }
  }
}
