import { request as httpRequest, type IncomingMessage, type RequestOptions, type ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import type { MiniStack } from "../ministack/ministack";
import { isExecuteApi } from "./gate";

/** Headers that concern one connection only, and `expect`, which the front has answered itself. */
const connectionHeaders = new Set(["connection", "keep-alive", "proxy-connection", "upgrade", "expect"]);

/** MiniStack's own ways to empty it and to change its settings, past what this endpoint keeps of them: they are not for callers. */
const ownControls = ["/_ministack/reset", "/_ministack/config"];

/** What a browser shows of an object or of a deployed API runs apart from this origin, whose pages may use the console and every API. */
const apart = "sandbox allow-scripts";

/** Passes a request on to MiniStack and its response back, as streams: neither is held in memory, and path and headers stay as sent. */
export async function proxyToMiniStack(ministack: MiniStack, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (isOwnControl(request.url)) {
    request.resume();
    const body = { __type: "AccessDeniedException", message: "this is for the platform itself; to empty it, ask POST /_slipway/reset" };
    response.writeHead(403, { "content-type": "application/json" }).end(JSON.stringify(body));
    return;
  }
  let target: URL;
  try {
    target = new URL(await ministack.url());
  } catch (error) {
    unavailable(response, error);
    return;
  }
  const options: RequestOptions = {
    host: target.hostname,
    port: target.port,
    method: request.method,
    path: request.url,
    headers: withoutConnectionHeaders(request.rawHeaders),
    setHost: false,
    agent: ministack.agent,
  };
  const outgoing = httpRequest(options, (incoming) => {
    const headers = withoutConnectionHeaders(incoming.rawHeaders);
    const shown = isExecuteApi(request) ? headers : withoutCors(headers);
    if (request.method === "GET") {
      shown.push("content-security-policy", apart);
    }
    response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, shown);
    pipeline(incoming, response, () => undefined);
    if (mayChange(request)) {
      ministack.changed();
    }
  });
  outgoing.on("error", (error) => unavailable(response, error));
  response.on("close", () => outgoing.destroy());
  pipeline(request, outgoing, () => undefined);
}

/**
 * Whether a request may change what MiniStack keeps, so that it has to be written. Most protocols of AWS read by POST too: those that name their
 * operation outside of the body (JSON in a header, RPC v2 in the path) are known by its verb. Whoever looks at alarms every second writes nothing.
 */
export function mayChange({ method, url = "", headers }: Pick<IncomingMessage, "method" | "url" | "headers">): boolean {
  if (method === "GET" || method === "HEAD") {
    return false;
  }
  const target = headers["smithy-protocol"] === undefined ? String(headers["x-amz-target"] ?? "") : url;
  const operation = /(?:\.|\/operation\/)(\w+)$/.exec(target)?.[1] ?? "";
  return method !== "POST" || !/^(Describe|List|Get|BatchGet|Filter)[A-Z]/.test(operation);
}

/** MiniStack decodes a path before it looks at it. */
function isOwnControl(url = ""): boolean {
  const path = (url.split("?")[0] ?? "").replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return ownControls.includes(path);
}

/** MiniStack opens every answer to every web page; a deployed HTTP API alone says itself who may read it. */
function withoutCors(headers: readonly string[]): string[] {
  return headers.filter((_, index) => !(headers[index - (index % 2)] ?? "").toLowerCase().startsWith("access-control-"));
}

function unavailable(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const message = `the local AWS services do not answer: ${error instanceof Error ? error.message : String(error)}`;
  response.writeHead(503, { "content-type": "application/json" }).end(JSON.stringify({ __type: "ServiceUnavailable", message }));
}

/** Raw name and value pairs, in their order and spelling, repeated ones included. */
function withoutConnectionHeaders(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    if (!connectionHeaders.has(name.toLowerCase())) {
      kept.push(name, raw[index + 1] ?? "");
    }
  }
  return kept;
}
