import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Where systems take no ports for outgoing connections (Linux from 32768, others from 49152): a port given out here stays free until its process
 * has bound it, which takes a Python program seconds.
 */
const first = 15_000;
const last = 32_000;

/** Ports given out lately: a process needs a moment to bind, and must not share with the next one started. */
const recent: number[] = [];

/** A TCP port of 127.0.0.1 that nobody listens on, between 15000 and 32000. Rejects when a thousand tries find none. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 1_000; tries++) {
    const port = randomInt(first, last);
    if (recent.includes(port)) {
      continue;
    }
    recent.push(port);
    if (recent.length > 256) {
      recent.shift();
    }
    if (await isFree(port)) {
      return port;
    }
  }
  throw new Error(`no free port was found between ${first} and ${last}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
