import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { SlipwayError } from "../../components/errors/slipway-error";
import { ambiguityOf } from "./ambiguity";
import { ConsoleSessions } from "./console-sessions";
import { type Gate, refusal } from "./gate";
import { portHolder } from "./port-holder";
import { answerSignIn } from "./sign-in";

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** The listening sockets of the local endpoint: 127.0.0.1, where the machine has it ::1 (both are `localhost`), and the gate's host. */
export interface FrontServer {
  readonly port: number;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/** Listens on the loopback addresses, and on the gate's host when it has one. Port 0 takes a free one. Rejects naming who holds a port in use. */
export async function listenAtGate(port: number, gate: Gate, handler: RequestHandler): Promise<FrontServer> {
  const servers: Server[] = [];
  const guarded: Gate = gate.token === undefined ? gate : { ...gate, sessions: gate.sessions ?? new ConsoleSessions() };
  const open = async (address: string, number: number): Promise<number> => {
    const server = serverFor(guarded, handler);
    const actual = await listen(server, number, address);
    servers.push(server);
    return actual;
  };
  try {
    // A wildcard address takes the loopback addresses of its family with it.
    const first = gate.host === "0.0.0.0" || gate.host === "::" ? gate.host : "127.0.0.1";
    const actual = await open(first, port);
    if (gate.host !== undefined && gate.host !== first) {
      await open(gate.host, actual);
    }
    await open("::1", actual).catch((error: unknown) => {
      // The machine has no IPv6, or :: has it already: localhost is what there is.
      if (error instanceof SlipwayError && first !== "::") {
        throw error;
      }
    });
    return {
      port: actual,
      close: async () => {
        await Promise.all(servers.map(close));
      },
    };
  } catch (error) {
    await Promise.all(servers.map(close));
    throw error;
  }
}

function serverFor(gate: Gate, handler: RequestHandler): Server {
  /** Connections that had an ambiguous request: nothing of theirs is read as a request any more. */
  const distrusted = new WeakSet<Duplex>();
  /** The answer that a connection had last, or has now. */
  const answers = new WeakMap<Duplex, ServerResponse>();
  const server = createServer((request, response) => {
    if (distrusted.has(request.socket)) {
      return;
    }
    answers.set(request.socket, response);
    const ambiguity = ambiguityOf(request);
    if (ambiguity !== undefined) {
      distrusted.add(request.socket);
      refuse(request, response, ambiguity.statusCode, "SerializationException", ambiguity.message);
      return;
    }
    if (answerSignIn(gate, request, response)) {
      return;
    }
    const reason = refusal(request, gate);
    if (reason !== undefined) {
      refuse(request, response, 403, "AccessDeniedException", reason);
      return;
    }
    try {
      handler(request, response);
    } catch (error) {
      // One request must not end the platform. A path that cannot be decoded is its sender's fault.
      const [statusCode, type] =
        error instanceof URIError ? ([400, "SerializationException"] as const) : ([500, "InternalFailure"] as const);
      refuse(request, response, statusCode, type, String(error));
    }
  });
  // None is left out, as Node.js does beyond 2,000: together they have at most 16 KB.
  server.maxHeadersCount = 0;
  // Uploads of large models and long invocations are legal; the services behind have their own limits.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 75_000;
  server.on("clientError", (_error, socket) => {
    const answer = answers.get(socket);
    if (distrusted.has(socket)) {
      socket.end();
    } else if (answer?.headersSent === true && !answer.writableFinished) {
      // Words in the middle of an answer would be taken for a part of it.
      socket.destroy();
    } else {
      socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
    }
  });
  return server;
}

function refuse(request: IncomingMessage, response: ServerResponse, statusCode: number, type: string, message: string): void {
  request.resume();
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const headers = { "content-type": "application/json", "x-amzn-errortype": type, connection: "close" };
  response.writeHead(statusCode, headers).end(JSON.stringify({ __type: type, message }));
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") {
        reject(new SlipwayError("SLIP-5001", `port ${port} is in use by ${portHolder(port) ?? "another process"}`));
      } else if (error.code === "EADDRNOTAVAIL" && host !== "::1") {
        reject(new SlipwayError("SLIP-5010", `--host: ${host} is no address of this machine; 0.0.0.0 stands for all of them`));
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
