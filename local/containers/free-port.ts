import { createServer } from "node:net";

/** Ports given out lately: a process needs a moment to bind, and must not share with the next one started. */
const recent: number[] = [];

/** A TCP port of 127.0.0.1 that is free at the moment of asking. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = await askSystem();
    if (!recent.includes(port)) {
      recent.push(port);
      if (recent.length > 256) {
        recent.shift();
      }
      return port;
    }
  }
}

function askSystem(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}
