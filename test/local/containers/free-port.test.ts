import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort } from "../../../local/containers/free-port";

test("ports given out differ, can be bound, and are none that the system takes for outgoing connections", async () => {
  const ports = await Promise.all(Array.from({ length: 100 }, freePort));
  expect(new Set(ports).size).toBe(100);
  expect(ports.filter((port) => port < 15_000 || port >= 32_000)).toEqual([]);
  const server = createServer();
  await new Promise<void>((listening) => server.listen(ports[0], "127.0.0.1", listening));
  await new Promise((closed) => server.close(closed));
});
