import { find, readText, urlToRead } from "./bucket";
import { type ApiAnswer, json, refusal } from "./event";
import { namesOf, type ResultPrefixes } from "./places";

/** Of what a failed request leaves, as much as an answer carries. */
const failureBytes = 16_384;

/** How far a request is. One that nobody handed in is pending for ever: the function sees results, not requests. */
export async function stateOf(id: string | undefined, prefixes: ResultPrefixes, urlSeconds: number): Promise<ApiAnswer> {
  const names = id === undefined ? undefined : namesOf(id);
  if (names === undefined) {
    return refusal(404, "UnknownRequest", "this is not the id of a request; it is the `id` of the answer 202");
  }
  const output = `${prefixes.output}/${names.output}`;
  const found = await find(output);
  if (found !== undefined) {
    const url = await urlToRead(output, urlSeconds);
    return json(200, { id, status: "completed", result: { url, ...found, expiresInSeconds: urlSeconds } });
  }
  const failure = await readText(`${prefixes.failure}/${names.failure}`, failureBytes);
  return failure === undefined
    ? json(200, { id, status: "pending" }, { "retry-after": "2" })
    : json(200, { id, status: "failed", error: failureOf(failure) });
}

/** The kit's own error, or else the text with the kind of error that SageMaker writes before it. */
function failureOf(text: string): { readonly type: string; readonly message: string } {
  const { type, message } = kitError(text) ?? {};
  if (typeof type === "string" && typeof message === "string") {
    return { type, message };
  }
  const [, named = "ModelError"] = /^([A-Z]\w*Error): /.exec(text) ?? [];
  return { type: named, message: text };
}

function kitError(text: string): { readonly type?: unknown; readonly message?: unknown } | undefined {
  try {
    const { error } = JSON.parse(text) as { readonly error?: unknown };
    return typeof error === "object" && error !== null ? error : undefined;
  } catch {
    return undefined;
  }
}
