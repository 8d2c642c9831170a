import { randomUUID } from "node:crypto";
import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import type { Region } from "../control-plane/region";
import type { EndpointHost } from "../hosting/endpoint-host";
import type { AnswerObserver, LiveEndpoint } from "../hosting/live-endpoint";
import { type LiveVariant, NotServing } from "../hosting/live-variant";
import type { Invocation } from "../hosting/serving-instance";
import { containerHeaders, single } from "./invocation-headers";
import { readBody } from "./request-body";
import { modelError, RuntimeError, sendRuntimeError, validationError } from "./runtime-error";

/** Largest request bodies in bytes: instances, and serverless. */
const maxBodyBytes = 6_291_456;
const maxServerlessBodyBytes = 4_194_304;

/** The container must have answered within this. */
const invocationMilliseconds = 60_000;

/**
 * An idle connection to a container is closed after this. Servers close theirs after 2 s and more; being first means that no
 * request meets a connection that is just being closed, and none ever has to be sent twice.
 */
const idleMilliseconds = 1_000;

/** The most of an error's body that is read for OriginalMessage. */
const maxErrorBytes = 64 * 1_024;

/** AWS's words when a container takes too long; the status in them is 0. */
const timeoutMessage =
  "Your invocation timed out while waiting for a response from container primary. " +
  "Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.";

/** In these states an endpoint answers invocations. */
const serving: ReadonlySet<string> = new Set(["InService", "Updating", "SystemUpdating", "RollingBack"]);

/** InvokeEndpoint: passes a request to a container of one of the endpoint's variants, with AWS's limits and errors. */
export class InvokeEndpoint {
  private readonly agent = new Agent({ keepAlive: true, maxFreeSockets: 256, noDelay: true, timeout: idleMilliseconds });

  constructor(private readonly endpoints: EndpointHost) {}

  async handle(region: Region, name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedAt = performance.now();
    let endpoint: LiveEndpoint | undefined;
    try {
      endpoint = this.servingEndpoint(region, name);
      const headers = containerHeaders(request.headers);
      const variant = chooseVariant(endpoint, single(request.headers["x-amzn-sagemaker-target-variant"]));
      const body = await readBody(request, variant.serverless ? maxServerlessBodyBytes : maxBodyBytes);
      const invocation = await variant.admit().catch((error: unknown) => {
        throw error instanceof NotServing ? unavailable(error.message) : error;
      });
      await this.forward(region, invocation, headers, body, response, endpoint.observe({ variant, headers, body }));
    } catch (error) {
      // The rest of a refused request must still be read, or the client sees a broken connection.
      request.resume();
      sendRuntimeError(response, error);
    }
    if (endpoint !== undefined) {
      endpoint.lastInvocation = { status: response.statusCode, milliseconds: performance.now() - startedAt, at: new Date().toISOString() };
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private servingEndpoint(region: Region, name: string): LiveEndpoint {
    const record = region.endpoints.get(name);
    const live = this.endpoints.find(region, name);
    if (record === undefined || live === undefined || !serving.has(record.status)) {
      throw validationError(`Endpoint ${name} of account ${region.account} not found.`);
    }
    if (live.config.request.AsyncInferenceConfig !== undefined) {
      throw validationError(`Endpoint ${name} of account ${region.account} is asynchronous: it accepts InvokeEndpointAsync only.`);
    }
    return live;
  }

  private forward(
    region: Region,
    invocation: Invocation,
    headers: Record<string, string>,
    body: Buffer,
    response: ServerResponse,
    observer: AnswerObserver | undefined,
  ): Promise<void> {
    const { logStreamArn } = invocation;
    return new Promise((resolve, reject) => {
      let connected = false;
      let timedOut = false;
      const outgoing = httpRequest(`${invocation.url}/invocations`, {
        method: "POST",
        agent: this.agent,
        headers: { ...headers, "content-length": body.length },
      });
      const timer = setTimeout(() => {
        timedOut = true;
        outgoing.destroy(new Error("timed out"));
      }, invocationMilliseconds);
      const settle = (error?: RuntimeError): void => {
        clearTimeout(timer);
        invocation.end(error === undefined ? "answered" : error.statusCode === 503 ? "refused" : "failed");
        if (error === undefined) {
          resolve();
        } else {
          reject(error);
        }
      };
      outgoing.on("socket", (socket) => {
        connected ||= !socket.connecting;
        socket.once("connect", () => {
          connected = true;
        });
      });
      outgoing.on("error", (error: NodeJS.ErrnoException) => {
        if (timedOut) {
          settle(modelError(0, timeoutMessage, logStreamArn, region.account));
        } else if (!connected || error.code === "ECONNREFUSED") {
          settle(unavailable(new NotServing(invocation.variantName).message));
        } else {
          settle(
            modelError(
              500,
              `the container ended the connection without an answer (${error.code ?? error.message})`,
              logStreamArn,
              region.account,
            ),
          );
        }
      });
      outgoing.on("response", (incoming) => {
        const status = incoming.statusCode ?? 500;
        if (status >= 200 && status < 300) {
          response.writeHead(200, responseHeaders(incoming, invocation));
          if (observer !== undefined) {
            incoming.on("data", (chunk: Buffer) => observer.chunk(chunk));
            incoming.on("end", () => observer.end(incoming.headers["content-type"] ?? "application/octet-stream"));
          }
          pipeline(incoming, response, () => settle());
        } else {
          void readError(incoming).then((message) => settle(modelError(status, message, logStreamArn, region.account)));
        }
      });
      outgoing.end(body);
    });
  }
}

function chooseVariant(endpoint: LiveEndpoint, target: string | undefined): LiveVariant {
  const variant = endpoint.choose(target);
  if (variant === undefined) {
    throw validationError(target === undefined ? "The endpoint has no variant." : `Variant ${target} of endpoint not found.`);
  }
  return variant;
}

function responseHeaders(incoming: IncomingMessage, { variantName }: Invocation): Record<string, string> {
  const attributes = single(incoming.headers["x-amzn-sagemaker-custom-attributes"]);
  const length = incoming.headers["content-length"];
  return {
    "content-type": incoming.headers["content-type"] ?? "application/octet-stream",
    "x-amzn-invoked-production-variant": variantName,
    "x-amzn-requestid": randomUUID(),
    ...(length === undefined ? {} : { "content-length": length }),
    ...(attributes === undefined ? {} : { "x-amzn-sagemaker-custom-attributes": attributes }),
  };
}

function unavailable(message: string): RuntimeError {
  return new RuntimeError("ServiceUnavailable", message, 503);
}

function readError(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxErrorBytes) {
        chunks.push(chunk);
      }
    });
    incoming.on("close", () => resolve(Buffer.concat(chunks).toString("utf8")));
  });
}
