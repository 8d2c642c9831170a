import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { answerOf, type ModelRequest, problemOf, refusalOf, requestOf } from "./translate";

const endpointName = process.env.SLIPWAY_ENDPOINT_NAME ?? "";
const modelTimeout = Number(process.env.SLIPWAY_MODEL_TIMEOUT_MS ?? "27000");

/** One client for all requests of this instance of the function: connections are kept. No call is repeated: one that failed may have reached the model. */
const client = new SageMakerRuntimeClient({ maxAttempts: 1 });

/** Hands the body of an HTTP API request to the endpoint as it is, and the model's answer back as it is. */
export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const request = requestOf(event);
  const refusal = refusalOf(request);
  if (refusal !== undefined) return refusal;
  try {
    return await invoke(request);
  } catch (error) {
    const problem = problemOf(error, request.body.byteLength);
    console.error(JSON.stringify({ level: "error", endpoint: endpointName, status: problem.statusCode, error: String(error) }));
    return problem;
  }
}

async function invoke(request: ModelRequest): Promise<APIGatewayProxyStructuredResultV2> {
  const answer = await client.send(
    new InvokeEndpointCommand({ EndpointName: endpointName, Body: request.body, ContentType: request.contentType, Accept: request.accept }),
    { abortSignal: AbortSignal.timeout(modelTimeout) },
  );
  return answerOf(answer.Body, answer.ContentType);
}
