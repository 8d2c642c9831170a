import { createHash, randomUUID } from "node:crypto";
import { InvokeEndpointAsyncCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { put, urlToWrite } from "./bucket";
import { preflight, withCors } from "./cors";
import { type ApiAnswer, type ApiEvent, type ApiRequest, apiRequest, json, type RestEvent, refusal } from "./event";
import { idOf } from "./places";
import { once } from "./receipts";
import { stateOf } from "./request-state";
import { mediaTypeRefusal, modelRequest, problemOf } from "./translate";

const endpointName = process.env.SLIPWAY_ENDPOINT_NAME ?? "";
const path = process.env.SLIPWAY_PATH ?? "";
const input = process.env.SLIPWAY_INPUT ?? "";
const prefixes = { output: process.env.SLIPWAY_OUTPUT ?? "", failure: process.env.SLIPWAY_FAILURE ?? "" };
const urlSeconds = Number(process.env.SLIPWAY_URL_SECONDS ?? "900");
const modelTimeout = Number(process.env.SLIPWAY_MODEL_TIMEOUT_MS ?? "27000");
const keepsReceipts = process.env.SLIPWAY_IDEMPOTENCY === "true";

/** No call is repeated: one that failed may have been accepted. */
const client = new SageMakerRuntimeClient({ maxAttempts: 1 });

/** Accepts requests to an asynchronous endpoint, gives places for large inputs, and tells how far a request is. */
export async function handler(event: Partial<ApiEvent> | Partial<RestEvent>): Promise<ApiAnswer> {
  const request = apiRequest(event);
  return withCors(request, preflight(request) ?? (await answer(request)));
}

async function answer(request: ApiRequest): Promise<ApiAnswer> {
  try {
    if (request.method === "GET") return await stateOf(request.id, prefixes, urlSeconds);
    return request.resource === `${path}/uploads` ? await upload() : await accept(request);
  } catch (error) {
    const problem = problemOf(error, request.body.byteLength);
    console.error(JSON.stringify({ level: "error", endpoint: endpointName, status: problem.statusCode, error: String(error) }));
    return problem;
  }
}

/** A place for an input that is larger than a request may be: whoever has the URL may put one object there. */
async function upload(): Promise<ApiAnswer> {
  const name = `uploads/${randomUUID()}`;
  const url = await urlToWrite(`${input}/${name}`, urlSeconds);
  return json(201, { input: name, url, method: "PUT", expiresInSeconds: urlSeconds });
}

async function accept(request: ApiRequest): Promise<ApiAnswer> {
  const refused = mediaTypeRefusal(request) ?? mediaTypeRefusal({ headers: { "content-type": uploadOf(request)?.contentType } });
  if (refused !== undefined) return refused;
  const key = request.headers["idempotency-key"];
  if (key === undefined) return accepted(await submit(request));
  if (!keepsReceipts) {
    return refusal(
      400,
      "IdempotencyKeysNotKept",
      "this API does not keep an Idempotency-Key: send the request without, or declare idempotencyKeys",
    );
  }
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    return refusal(400, "IdempotencyKeyInvalid", "an Idempotency-Key has 1 to 255 visible ASCII characters");
  }
  const { body, contentType, accept: wanted } = modelRequest(request);
  const digest = createHash("sha256").update(`${contentType}\n${wanted}\n`).update(body).digest("hex");
  const result = await once(`${input}/receipts`, key, digest, () => submit(request));
  return "id" in result ? accepted(result.id) : result.answer;
}

/** The place is relative to the URL of the request, which only the caller knows. */
function accepted(id: string): ApiAnswer {
  const location = `${path.slice(path.lastIndexOf("/") + 1)}/${id}`;
  return json(202, { id, status: "pending", location }, { location, "retry-after": "2" });
}

/** Hands the request to the endpoint's queue. Resolves to its id. */
async function submit(request: ApiRequest): Promise<string> {
  const { body, contentType, accept: wanted } = modelRequest(request);
  const uploaded = uploadOf(request);
  const name = uploaded?.input ?? `requests/${randomUUID()}`;
  if (uploaded === undefined) await put(`${input}/${name}`, body, contentType);
  const { OutputLocation, FailureLocation } = await client.send(
    new InvokeEndpointAsyncCommand({
      EndpointName: endpointName,
      InputLocation: `${input}/${name}`,
      ContentType: uploaded?.contentType ?? contentType,
      Accept: wanted,
      InferenceId: randomUUID(),
    }),
    { abortSignal: AbortSignal.timeout(modelTimeout) },
  );
  return idOf(OutputLocation ?? "", FailureLocation ?? "", prefixes);
}

interface Upload {
  readonly input: string;
  readonly contentType: string;
}

const uploadName = /^uploads\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The uploaded input that a body names, alone or with its media type; any other body is an input itself. */
function uploadOf({ body, headers }: ApiRequest): Upload | undefined {
  if (body.byteLength > 1024 || !/^application\/json\b/.test(headers["content-type"] ?? "application/json")) return undefined;
  const given = parsed(Buffer.from(body).toString());
  if (typeof given !== "object" || given === null) return undefined;
  const { input: name, contentType = "application/octet-stream", ...others } = given as Readonly<Record<string, unknown>>;
  const isUpload = typeof name === "string" && uploadName.test(name) && Object.keys(others).length === 0;
  return isUpload && typeof contentType === "string" ? { input: name, contentType } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
