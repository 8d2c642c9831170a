import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { monitorHealth } from "../../../local/hosting/health-monitor";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listening(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A container whose health checks are never answered. */
const silent = () => listening(() => undefined);
const quick = { intervalMilliseconds: 1, timeoutMilliseconds: 20 };

describe("a container in service", () => {
  test("is to be replaced after three failed health checks in a row", async () => {
    let asked = 0;
    const statuses = [503, 503, 200, 500, 503, 404];
    const url = await listening((_, response) => response.writeHead(statuses[asked++] ?? 200).end());
    const { signal } = new AbortController();
    const reason = await monitorHealth({ url, intervalMilliseconds: 1, signal, answered: () => false });
    expect([reason, asked]).toEqual(["3 health checks in a row failed", 6]);
  });

  test("is to be replaced when nobody listens", async () => {
    const url = await silent();
    servers[0]?.close();
    servers[0]?.closeAllConnections();
    const { signal } = new AbortController();
    expect(await monitorHealth({ url, intervalMilliseconds: 1, signal, answered: () => false })).toBe("3 health checks in a row failed");
  });

  test("is to be replaced after twelve health checks without an answer in time, when it answers no request either", async () => {
    const { signal } = new AbortController();
    const reason = await monitorHealth({ url: await silent(), ...quick, signal, answered: () => false });
    expect(reason).toBe("12 health checks in a row were not answered in time");
  });

  test("stays while it answers requests, however late its health checks are", async () => {
    const over = new AbortController();
    let asked = 0;
    const answered = (): boolean => {
      if (++asked === 30) {
        over.abort();
      }
      return asked % 5 === 0;
    };
    expect(await monitorHealth({ url: await silent(), ...quick, signal: over.signal, answered })).toBeUndefined();
    expect(asked).toBe(30);
  });
});
