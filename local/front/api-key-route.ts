import type { IncomingMessage } from "node:http";
import type { MiniStack } from "../ministack/ministack";
import { isFromThisMachine } from "./gate";

const route = /^\/_slipway\/api-keys\/([A-Za-z0-9]+)(?:\?region=([a-z0-9-]+))?$/;

export interface ApiKeyAnswer {
  readonly statusCode: number;
  /** The bare value of the key, for a command line to put into a header; else a sentence. */
  readonly text: string;
}

/** `GET /_slipway/api-keys/<id>?region=<region>`: the value of a REST API's key, to this machine alone. Undefined for another request. */
export function answerApiKey(
  { ministack }: { readonly ministack: MiniStack },
  request: IncomingMessage,
): Promise<ApiKeyAnswer> | undefined {
  const [, id, region] = request.method === "GET" ? (route.exec(request.url ?? "") ?? []) : [];
  if (id === undefined) {
    return undefined;
  }
  return isFromThisMachine(request)
    ? read(ministack, id, region ?? "us-east-1")
    : Promise.resolve({ statusCode: 403, text: "keys are told to their own machine only, and not to a web page" });
}

async function read(ministack: MiniStack, id: string, region: string): Promise<ApiKeyAnswer> {
  const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/apigateway/aws4_request, SignedHeaders=host, Signature=0`;
  const answer = await fetch(`${await ministack.url()}/apikeys/${id}?includeValue=true`, { headers: { authorization } });
  const { value } = (await answer.json()) as { readonly value?: string };
  return value === undefined ? { statusCode: 404, text: `there is no API key ${id} in ${region}` } : { statusCode: 200, text: value };
}
