import { createHash } from "node:crypto";
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream";
import {
  type Cors,
  type FunctionConfiguration,
  type FunctionUrlConfig,
  GetFunctionCommand,
  GetFunctionUrlConfigCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import type { ProcessRegister } from "../state/process-register";
import { functionEvent } from "./function-event";
import { StreamingFunction } from "./streaming-function";

const prefix = "/_aws/function-url/";

/** Largest event that Lambda takes, in bytes. */
const maxBodyBytes = 6_291_456;

export interface FunctionUrlsOptions {
  /** The local endpoint, as clients name it and as this process reaches it. */
  readonly endpointUrl: string;
  readonly own: string;
  readonly runDir: string;
  readonly logsDir: string;
  readonly register: ProcessRegister;
  readonly log: (line: string) => void;
  /** Answers what does not stream: MiniStack. */
  pass(request: IncomingMessage, response: ServerResponse): void;
}

/** Function URLs, at `/_aws/function-url/<region>/<function>/<path>`. Those that stream are answered here, part by part; MiniStack answers the others. */
export class FunctionUrls {
  private readonly clients = new Map<string, LambdaClient>();
  /** By region and name: the latest version that was asked for. */
  private readonly running = new Map<string, { readonly version: string; readonly process: StreamingFunction }>();
  /** Versions that end when their calls have. */
  private readonly leaving: StreamingFunction[] = [];

  constructor(private readonly options: FunctionUrlsOptions) {}

  static accepts(request: IncomingMessage): boolean {
    return request.url?.startsWith(prefix) === true;
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.answer(request, response).catch((error: unknown) => {
      this.options.log(`function URL ${request.url}: ${String(error)}`);
      request.resume();
      if (response.headersSent) response.destroy();
      else refuse(response, 502, "Internal Server Error");
    });
  }

  close(): void {
    for (const { process } of this.running.values()) process.end();
    for (const process of this.leaving) process.end();
    for (const client of this.clients.values()) client.destroy();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [region = "", name = "", ...rest] = (request.url ?? "").slice(prefix.length).split("/");
    const path = `/${rest.join("/")}`;
    const client = this.client(region);
    const config = await client.send(new GetFunctionUrlConfigCommand({ FunctionName: name })).catch(() => undefined);
    if (config === undefined) {
      request.resume();
      refuse(response, 404, "Not Found");
      return;
    }
    const urlId = /^https?:\/\/([^.]+)/.exec(config.FunctionUrl ?? "")?.[1] ?? "";
    if (config.InvokeMode !== "RESPONSE_STREAM") {
      request.url = `/_aws/lambda-url/${urlId}${path}`;
      this.options.pass(request, response);
      return;
    }
    for (const [header, value] of Object.entries(corsHeaders(config.Cors, request.headers.origin))) response.setHeader(header, value);
    const refusal = refusalOf(request, config);
    if (refusal !== undefined) {
      request.resume();
      refuse(response, ...refusal);
      return;
    }
    const body = await read(request);
    if (body === undefined) {
      refuse(response, 413, `Request must be smaller than ${maxBodyBytes} bytes for the InvokeFunction operation`);
      return;
    }
    await stream(await this.process(client, region, name), JSON.stringify(functionEvent(request, path, body, urlId)), response);
  }

  private client(region: string): LambdaClient {
    const known = this.clients.get(region);
    if (known !== undefined) return known;
    const client = new LambdaClient({
      endpoint: this.options.own,
      region,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    this.clients.set(region, client);
    return client;
  }

  /** URL of the function's process in its present version. */
  private async process(client: LambdaClient, region: string, name: string): Promise<string> {
    const { Configuration = {}, Code } = await client.send(new GetFunctionCommand({ FunctionName: name }));
    const key = `${region}/${name}`;
    const version = versionOf(Configuration);
    const running = this.running.get(key);
    if (running?.version === version && running.process.alive) return running.process.url;
    if (running !== undefined) {
      running.process.stop();
      this.leaving.push(running.process);
    }
    const { endpointUrl, register, logsDir, runDir } = this.options;
    const process = new StreamingFunction(
      { folder: join(runDir, region, name, version), logPath: join(logsDir, `function-${name}.log`), endpointUrl, region, register },
      Configuration,
      download(Code?.Location ?? ""),
    );
    this.running.set(key, { version, process });
    process.url.catch(() => this.running.delete(key));
    return process.url;
  }
}

function versionOf({ CodeSha256, Environment, Handler, Timeout }: FunctionConfiguration): string {
  return createHash("sha256")
    .update(JSON.stringify([CodeSha256, Environment?.Variables, Handler, Timeout]))
    .digest("hex")
    .slice(0, 16);
}

async function download(location: string): Promise<Buffer> {
  const response = await fetch(location);
  if (!response.ok) throw new Error(`the function's code is not at ${location}: ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

/** Preflights and unsigned requests do not reach the function. Signatures are not verified, as nowhere on this endpoint. */
function refusalOf(request: IncomingMessage, { AuthType, Cors }: FunctionUrlConfig): [number, string] | undefined {
  if (request.method === "OPTIONS" && Cors?.AllowOrigins !== undefined) return [200, ""];
  const { authorization = "" } = request.headers;
  const isSigned = authorization.startsWith("AWS4-HMAC-SHA256") || /[?&]x-amz-signature=/i.test(request.url ?? "");
  return AuthType === "AWS_IAM" && !isSigned ? [403, "Forbidden"] : undefined;
}

function corsHeaders(cors: Cors | undefined, origin: string | undefined): Record<string, string> {
  const { AllowOrigins = [], AllowHeaders, AllowMethods, ExposeHeaders, AllowCredentials, MaxAge } = cors ?? {};
  const everyone = AllowOrigins.includes("*");
  if (origin === undefined || !(everyone || AllowOrigins.includes(origin))) return {};
  return {
    "access-control-allow-origin": everyone ? "*" : origin,
    vary: "origin",
    ...(AllowHeaders === undefined ? {} : { "access-control-allow-headers": AllowHeaders.join(",") }),
    ...(AllowMethods === undefined ? {} : { "access-control-allow-methods": AllowMethods.join(",") }),
    ...(ExposeHeaders === undefined ? {} : { "access-control-expose-headers": ExposeHeaders.join(",") }),
    ...(AllowCredentials === true ? { "access-control-allow-credentials": "true" } : {}),
    ...(MaxAge === undefined ? {} : { "access-control-max-age": String(MaxAge) }),
  };
}

/** Undefined when it is larger than an event may be. */
async function read(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  return bytes > maxBodyBytes ? undefined : Buffer.concat(chunks);
}

function stream(url: string, event: string, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method: "POST" }, (incoming) => {
      const {
        connection: _connection,
        "keep-alive": _keepAlive,
        "transfer-encoding": _encoding,
        date: _date,
        ...headers
      } = incoming.headers;
      response.writeHead(incoming.statusCode ?? 502, headers);
      response.flushHeaders();
      pipeline(incoming, response, () => resolve());
    });
    outgoing.on("error", reject);
    response.on("close", () => outgoing.destroy());
    outgoing.end(event);
  });
}

function refuse(response: ServerResponse, statusCode: number, message: string): void {
  response.writeHead(statusCode, { "content-type": "application/json" }).end(message === "" ? "" : JSON.stringify({ Message: message }));
}
