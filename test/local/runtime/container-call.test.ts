import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from "node:net";
import { Readable } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { ContainerClient, type ContainerRequest } from "../../../local/runtime/container-call";
import { deadUrl, listen } from "./support/stub-runtime";

const servers: (Server | TcpServer)[] = [];
let client = new ContainerClient();
afterEach(() => {
  client.close();
  client = new ContainerClient();
  for (const server of servers.splice(0)) {
    server.close();
    if ("closeAllConnections" in server) {
      server.closeAllConnections();
    }
  }
});

async function container(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  return listen(server);
}

/** A container that answers bytes, whatever they are. */
async function rawContainer(answer: (socket: Socket) => void): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => answer(socket));
  });
  servers.push(server);
  return listen(server as unknown as Server);
}

function call(url: string, more: Partial<ContainerRequest> = {}) {
  return client.call({ url, headers: {}, body: Buffer.from("x"), bytes: 1, milliseconds: 30_000, ...more });
}

test("the answer comes with its body, and a body that is a stream is sent as one", async () => {
  const url = await container((request, response) => request.pipe(response));
  expect((await call(url).read(100)).toString()).toBe("x");
  const body = Readable.from([Buffer.from("ab"), Buffer.from("cd")]);
  expect((await call(url, { body, bytes: 4 }).read(100)).toString()).toBe("abcd");
});

test("a thousand calls over kept connections gather no listeners", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on("warning", note);
  const url = await container((_, response) => response.end("ok"));
  for (let count = 0; count < 1_000; count++) {
    await call(url).read(10);
  }
  process.off("warning", note);
  expect(warnings.filter(({ name }) => name === "MaxListenersExceededWarning")).toEqual([]);
});

test.each([
  ["refused", async () => call(await deadUrl())],
  ["timeout", async () => call(await container(() => undefined), { milliseconds: 20 })],
  ["broken", async () => call(await container((request) => request.socket.destroy()))],
  ["headers", async () => call(await container((_, response) => response.setHeader("x", "y".repeat(4_096)).end()))],
  ["headers", async () => call(await container((_, response) => response.setHeader("x", "y".repeat(20_000)).end()))],
])("a call that fails says %s", async (kind, make) => {
  await expect((await make()).answer).rejects.toMatchObject({ name: "ContainerFailure", kind });
});

test("an answer that is longer than allowed is refused when the limit is passed, and the process lives", async () => {
  const url = await container((_, response) => response.end("x".repeat(1_000)));
  for (let count = 0; count < 50; count++) {
    await expect(call(url).read(999)).rejects.toMatchObject({ kind: "oversize" });
    expect(await call(url).read(1_000)).toHaveLength(1_000);
  }
});

test("what came before the container broke off is given before the failure", async () => {
  const url = await rawContainer((socket) => {
    socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nall that came");
  });
  const broken = call(url);
  const incoming = await broken.answer;
  const seen: string[] = [];
  const read = async (): Promise<void> => {
    for await (const chunk of broken.chunks(incoming)) {
      seen.push(chunk.toString());
    }
  };
  await expect(read()).rejects.toMatchObject({ kind: "broken" });
  expect(seen.join("")).toBe("all that came");
});

test("of an error's body what came is read, whole or not", async () => {
  const url = await rawContainer((socket) => {
    socket.end("HTTP/1.1 500 No\r\ncontent-length: 100\r\n\r\nhalf of it");
  });
  const failed = call(url);
  expect((await failed.answer).statusCode).toBe(500);
  expect(await failed.readError()).toBe("half of it");
});

test("a call that is cancelled closes its connection to the container", async () => {
  let closed: () => void = () => undefined;
  const seen = new Promise<void>((resolve) => {
    closed = resolve;
  });
  let arrived: () => void = () => undefined;
  const there = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const url = await container((request) => {
    arrived();
    request.socket.once("close", closed);
  });
  const waiting = call(url);
  await there;
  waiting.cancel();
  await expect(waiting.answer).rejects.toMatchObject({ kind: "cancelled" });
  await seen;
});

test("a request whose body cannot be read ends the call", async () => {
  const url = await container((_, response) => response.end("ok"));
  const body = new Readable({ read: () => body.destroy(new Error("the object is gone")) });
  await expect(call(url, { body, bytes: 10 }).answer).rejects.toMatchObject({
    kind: "cancelled",
    message: "the request could not be read: the object is gone",
  });
});
