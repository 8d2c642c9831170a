import { connect } from "node:net";

/** More to send, once the answer has these words. */
export interface Afterwards {
  readonly once: string;
  readonly send: string;
}

/** What a server answers to these bytes, until it closes the connection: the last request among them has to ask for that. */
export function raw(port: number, data: string | Buffer, afterwards?: Afterwards, host = "127.0.0.1"): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host });
    let received = "";
    let left = afterwards;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      received += text;
      if (left !== undefined && received.includes(left.once)) {
        socket.write(left.send);
        left = undefined;
      }
    });
    // A server that refuses early may reset what is still being sent; what it has answered counts.
    socket.on("error", (error: NodeJS.ErrnoException) => (error.code === "ECONNREFUSED" ? reject(error) : undefined));
    socket.on("close", () => resolve(received));
    socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data);
  });
}

/** The statuses of the answers in a connection's bytes. */
export function statusesOf(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
