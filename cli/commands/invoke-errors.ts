import {
  AsyncInvocationError,
  EndpointNotFoundError,
  InvokeTimeoutError,
  ModelError,
  PayloadTooLargeError,
  SlipwayClientError,
  UnsupportedKindError,
  WaitTimeoutError,
} from "../../client";
import { SlipwayError } from "../../components/errors/slipway-error";
import { locate } from "../engine/diagnostics";
import { closest } from "../verbs/closest";

/** What was asked, for the words of the error. */
export interface Question {
  readonly name: string;
  readonly stack: string | undefined;
  readonly body: Uint8Array;
  /** The project's folder, when the command runs in one. */
  readonly root: string | undefined;
}

/** The catalogued error for what the client threw; anything else passes through. */
export function explainInvokeError(error: unknown, question: Question): unknown {
  const { name, stack, body } = question;
  const logs = stack === undefined ? [`slipway local logs ${name}`] : [];
  if (error instanceof ModelError || error instanceof AsyncInvocationError) return modelError(error, question, logs);
  if (error instanceof EndpointNotFoundError) {
    return new SlipwayError("SLIP-4104", `${name} has no endpoint "${error.endpointName}" any more`, {
      cure: stack === undefined ? "npx slipway local up" : `pulumi up --stack ${stack}`,
      cause: error,
    });
  }
  if (error instanceof PayloadTooLargeError)
    return new SlipwayError("SLIP-4105", error.summary, {
      received: `${error.bytes ?? body.byteLength} bytes`,
      cure: error.advice,
      cause: error,
    });
  if (error instanceof InvokeTimeoutError || error instanceof WaitTimeoutError)
    return new SlipwayError("SLIP-4106", error.summary, { cure: error.advice, cause: error });
  if (error instanceof UnsupportedKindError) return new SlipwayError("SLIP-4105", error.summary, { cure: error.advice, cause: error });
  return error instanceof SlipwayClientError ? new SlipwayError("SLIP-6002", error.summary, { cure: error.advice, cause: error }) : error;
}

function modelError(error: ModelError | AsyncInvocationError, { name, body, root }: Question, logs: readonly string[]): SlipwayError {
  const { detail } = error;
  const said = detail === undefined ? (error.originalMessage ?? "no message").trim() : `${detail.type}: ${detail.message}`;
  const [sentence = "", ...details] = said.split("\n");
  const place = detail?.location === undefined ? "" : ` (${detail.location})`;
  const location = root === undefined ? undefined : locate(`${said}${place}`, name, root);
  const answered = detail === undefined ? `the container answered ${error.originalStatus ?? "with an error"}: ` : "predict() raised ";
  const cure = detail?.type === "KeyError" ? nearMiss(detail.message, body) : undefined;
  return new SlipwayError("SLIP-4102", `${name} could not answer: ${answered}${sentence}${location === undefined ? place : ""}`, {
    details: details.slice(0, 12),
    received: preview(body),
    more: ["slipway explain SLIP-4102", ...logs, ...(detail?.id === undefined ? [] : [`request ${detail.id}`])],
    cause: error,
    ...(cure === undefined ? {} : { cure }),
    ...(location === undefined ? {} : { location }),
  });
}

/** A missing key that the request has under a similar name: nearly always a slip of the pen on one side. */
function nearMiss(message: string, body: Uint8Array): string | undefined {
  const missing = /['"]([^'"]+)['"]/.exec(message)?.[1];
  if (missing === undefined) return undefined;
  try {
    const sent: unknown = JSON.parse(new TextDecoder().decode(body));
    const first: unknown = Array.isArray(sent) ? sent[0] : sent;
    const guess = typeof first === "object" && first !== null ? closest(missing, Object.keys(first)) : undefined;
    return guess === undefined ? undefined : `the model reads "${missing}"; the request has "${guess}"`;
  } catch {
    return undefined;
  }
}

/** The start of what was sent, on one line. */
function preview(body: Uint8Array): string {
  const text = new TextDecoder().decode(body.subarray(0, 200)).replace(/\s+/g, " ").trim();
  return body.byteLength > 200 ? `${text}...` : text;
}
