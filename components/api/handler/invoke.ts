import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { preflight, withCors } from "./cors";
import { type ApiAnswer, type ApiEvent, type ApiRequest, apiRequest, type RestEvent } from "./event";
import { answerOf, mediaTypeRefusal, modelRequest, problemOf, refusalOf } from "./translate";

const endpointName = process.env.SLIPWAY_ENDPOINT_NAME ?? "";
const modelTimeout = Number(process.env.SLIPWAY_MODEL_TIMEOUT_MS ?? "27000");

/** One client for all requests of this instance of the function: connections are kept. No call is repeated: one that failed may have reached the model. */
const client = new SageMakerRuntimeClient({ maxAttempts: 1 });

/** Hands the body of a request to the endpoint as it is, and the model's answer back as it is. */
export async function handler(event: Partial<ApiEvent> | Partial<RestEvent>): Promise<ApiAnswer> {
  const request = apiRequest(event);
  return withCors(request, preflight(request) ?? (await answer(request)));
}

async function answer(request: ApiRequest): Promise<ApiAnswer> {
  const refusal = mediaTypeRefusal(request) ?? refusalOf(request.body.byteLength);
  if (refusal !== undefined) return refusal;
  try {
    return await invoke(request);
  } catch (error) {
    const problem = problemOf(error, request.body.byteLength);
    console.error(JSON.stringify({ level: "error", endpoint: endpointName, status: problem.statusCode, error: String(error) }));
    return problem;
  }
}

async function invoke(request: ApiRequest): Promise<ApiAnswer> {
  const { body, contentType, accept } = modelRequest(request);
  const answer = await client.send(
    new InvokeEndpointCommand({ EndpointName: endpointName, Body: body, ContentType: contentType, Accept: accept }),
    { abortSignal: AbortSignal.timeout(modelTimeout) },
  );
  return answerOf(answer.Body, answer.ContentType);
}
