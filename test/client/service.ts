import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** What the service answers once. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds before it answers. @default 0 */
  readonly delay?: number;
}

export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Counts connections from 1. */
  readonly connection: number;
}

/** A loopback service that plays back replies in order, the last one for ever, and keeps what it was sent. */
export class PlaybackService {
  readonly received: Received[] = [];
  /** Most requests that were under way at one time. */
  mostAtOnce = 0;
  private atOnce = 0;
  private readonly server: Server;
  private readonly connections = new Map<object, number>();

  constructor(private readonly replies: readonly (Reply | "hang up")[]) {
    this.server = createServer(async (request, response) => {
      this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
      response.once("close", () => this.atOnce--);
      const connection = this.connections.get(request.socket) ?? this.connections.size + 1;
      this.connections.set(request.socket, connection);
      const body = (await buffer(request)).toString();
      this.received.push({ path: request.url ?? "", headers: request.headers, body, connection });
      const reply = this.replies[Math.min(this.received.length, this.replies.length) - 1] ?? { status: 500 };
      if (reply === "hang up") {
        request.socket.destroy();
        return;
      }
      setTimeout(() => response.writeHead(reply.status, reply.headers).end(reply.body ?? ""), reply.delay ?? 0);
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((settle) => this.server.listen(0, "127.0.0.1", settle));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((settle) => this.server.close(settle));
  }
}

/** An answer of a model. */
export function answer(value: unknown): Reply {
  return {
    status: 200,
    headers: { "content-type": "application/json", "x-amzn-requestid": "r-1", "x-amzn-invoked-production-variant": "AllTraffic" },
    body: JSON.stringify(value),
  };
}

/** An error as SageMaker Runtime writes it: the type in a header, the members in the body. */
export function refusal(status: number, type: string, members: object): Reply {
  return { status, headers: { "content-type": "application/json", "x-amzn-errortype": type }, body: JSON.stringify(members) };
}
