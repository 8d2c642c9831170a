import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SlipwayError } from "../../components/errors/slipway-error";
import { portHolder } from "./port-holder";

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** The listening sockets of the local endpoint: 127.0.0.1 and, where the machine has it, ::1 (both are `localhost`). */
export interface FrontServer {
  readonly port: number;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/** Listens on the loopback addresses only. Port 0 takes a free one. Rejects naming who holds a port that is in use. */
export async function listenOnLoopback(port: number, handler: RequestHandler): Promise<FrontServer> {
  const first = serverFor(handler);
  const actual = await listen(first, port, "127.0.0.1");
  const servers = [first];
  const second = serverFor(handler);
  try {
    await listen(second, actual, "::1");
    servers.push(second);
  } catch (error) {
    if (error instanceof SlipwayError) {
      await close(first);
      throw error;
    }
    // The machine has no IPv6: localhost is 127.0.0.1 alone.
  }
  return {
    port: actual,
    close: async () => {
      await Promise.all(servers.map(close));
    },
  };
}

/** Names under which this machine's own clients reach a loopback port; anything else is a web page that rebinds its DNS name. */
export function isLoopbackHost(host: string | undefined): boolean {
  if (host === undefined) {
    return true;
  }
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name);
}

function serverFor(handler: RequestHandler): Server {
  const server = createServer((request, response) => {
    if (!isLoopbackHost(request.headers.host)) {
      const message = `the host name ${JSON.stringify(request.headers.host)} is refused: this endpoint serves localhost only`;
      response.writeHead(403, { "content-type": "application/json" }).end(JSON.stringify({ __type: "AccessDeniedException", message }));
      return;
    }
    handler(request, response);
  });
  // Uploads of large models and long invocations are legal; the services behind have their own limits.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 75_000;
  server.on("clientError", (_error, socket) => socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n"));
  return server;
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") {
        reject(new SlipwayError("SLIP-5001", `port ${port} is in use by ${portHolder(port) ?? "another process"}`));
      } else if (error.code === "EACCES") {
        reject(new SlipwayError("SLIP-5001", `port ${port} needs rights this user does not have; ports from 1024 to 65535 do not`));
      } else {
        reject(error);
      }
    });
    server.listen({ port, host }, () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
