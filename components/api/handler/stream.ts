import type { Writable } from "node:stream";
import { InvokeEndpointWithResponseStreamCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { type ApiAnswer, type ApiEvent, type ApiRequest, apiRequest, refusal } from "./event";
import { mediaTypeRefusal, modelRequest, problemOf, refusalOf } from "./translate";

/** What Lambda's Node.js runtimes have beside Node.js (https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html). */
declare const awslambda: {
  streamifyResponse(handler: (event: Partial<ApiEvent>, response: Writable) => Promise<void>): unknown;
  readonly HttpResponseStream: {
    from(response: Writable, head: { readonly statusCode: number; readonly headers: Readonly<Record<string, string>> }): Writable;
  };
};

const endpointName = process.env.SLIPWAY_ENDPOINT_NAME ?? "";
const path = process.env.SLIPWAY_PATH ?? "";
const modelTimeout = Number(process.env.SLIPWAY_MODEL_TIMEOUT_MS ?? "479000");

/** No call is repeated: one that failed may have reached the model. */
const client = new SageMakerRuntimeClient({ maxAttempts: 1 });

/** Hands the body of a request to the endpoint, and the parts of the model's answer on as they come. An answer that breaks off breaks off for the caller too. */
export const handler = awslambda.streamifyResponse(async (event, response) => {
  const request = apiRequest(event);
  const refused = placeRefusal(request) ?? mediaTypeRefusal(request) ?? refusalOf(request.body.byteLength);
  if (refused !== undefined) {
    send(response, refused);
    return;
  }
  const answer = await ask(request);
  if (!("parts" in answer)) {
    send(response, answer);
    return;
  }
  const out = awslambda.HttpResponseStream.from(response, { statusCode: 200, headers: { "content-type": answer.contentType } });
  for await (const bytes of answer.parts) {
    if (!out.write(bytes)) await new Promise((resolve) => out.once("drain", resolve));
  }
  out.end();
});

/** A function URL takes every path and method. */
function placeRefusal({ method, resource }: ApiRequest): ApiAnswer | undefined {
  if (resource !== path) return refusal(404, "NotFound", "there is no model at this path");
  return method === "POST" ? undefined : refusal(405, "MethodNotAllowed", "models are asked with POST", { allow: "POST" });
}

interface StreamedAnswer {
  readonly contentType: string;
  readonly parts: AsyncIterable<Uint8Array>;
}

async function ask(request: ApiRequest): Promise<StreamedAnswer | ApiAnswer> {
  const { body, contentType, accept } = modelRequest(request);
  try {
    const answer = await client.send(
      new InvokeEndpointWithResponseStreamCommand({ EndpointName: endpointName, Body: body, ContentType: contentType, Accept: accept }),
      { abortSignal: AbortSignal.timeout(modelTimeout) },
    );
    return { contentType: answer.ContentType ?? "application/octet-stream", parts: partsOf(answer.Body) };
  } catch (error) {
    const problem = problemOf(error, request.body.byteLength);
    console.error(JSON.stringify({ level: "error", endpoint: endpointName, status: problem.statusCode, error: String(error) }));
    return problem;
  }
}

/** The bytes of a stream; a failure in it is thrown. */
async function* partsOf(
  events:
    | AsyncIterable<{
        PayloadPart?: { Bytes?: Uint8Array | undefined } | undefined;
        ModelStreamError?: Error | undefined;
        InternalStreamFailure?: Error | undefined;
      }>
    | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const { PayloadPart, ModelStreamError, InternalStreamFailure } of events ?? []) {
    const failure = ModelStreamError ?? InternalStreamFailure;
    if (failure !== undefined) throw failure;
    if (PayloadPart?.Bytes !== undefined) yield PayloadPart.Bytes;
  }
}

function send(response: Writable, { statusCode = 200, headers = {}, body = "" }: ApiAnswer): void {
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  awslambda.HttpResponseStream.from(response, { statusCode, headers: named }).end(body);
}
