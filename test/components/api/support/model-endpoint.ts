import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as SageMaker's runtime got it. */
export interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** SageMaker's runtime as far as a front's function asks it. */
export class ModelEndpoint {
  readonly asked: Asked[] = [];
  /** Answers the next requests. */
  answer: (response: ServerResponse) => void = (response) => response.end();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ModelEndpoint> {
    const server = createServer();
    const endpoint = new ModelEndpoint(server);
    server.on("request", (request: IncomingMessage, response: ServerResponse) => void endpoint.hear(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return endpoint;
  }

  /** What a function in AWS would find in its environment. */
  get variables(): Readonly<Record<string, string>> {
    return {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      SLIPWAY_ENDPOINT_NAME: "shop-iris",
      SLIPWAY_PATH: "/iris",
      SLIPWAY_MODEL_TIMEOUT_MS: "60000",
    };
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async hear(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    this.asked.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString() });
    this.answer(response);
  }
}
