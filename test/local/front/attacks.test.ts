import { Agent, createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FrontServer, listenAtGate } from "../../../local/front/front-server";
import { proxyToMiniStack } from "../../../local/front/proxy";
import type { MiniStack } from "../../../local/ministack/ministack";
import { refusedFramings } from "../../support/framings";
import { raw, statusesOf } from "../../support/raw-socket";

/** Whole requests that came to the server behind the front, as "METHOD path body". */
const seen: string[] = [];
let behind: Server;
let front: FrontServer;
const agent = new Agent({ keepAlive: true });

beforeAll(async () => {
  behind = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      if (request.url === "/endless") {
        response.writeHead(200).write("part");
        return;
      }
      seen.push(`${request.method} ${request.url} ${body}`);
      response.writeHead(200, { "content-type": "text/html", "access-control-allow-origin": "*" }).end("<script>1</script>");
    });
    request.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => behind.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(behind.address() as AddressInfo).port}`;
  const ministack = { url: async () => url, agent, changed: () => undefined } as unknown as MiniStack;
  front = await listenAtGate(0, {}, (request, response) => {
    if (request.url?.startsWith("/decode/")) decodeURIComponent(request.url);
    if (request.url === "/throws") throw new Error("it broke");
    void proxyToMiniStack(ministack, request, response);
  });
});
afterAll(async () => {
  await front.close();
  agent.destroy();
  behind.close();
  behind.closeAllConnections();
});
beforeEach(() => {
  seen.length = 0;
});

const line = (target: string) => `${target} HTTP/1.1\r\nHost: localhost\r\n`;
const last = `${line("PUT /bucket/last")}Connection: close\r\nContent-Length: 2\r\n\r\nOK`;

describe("a request whose end can be read in two ways", () => {
  test.each(refusedFramings)("by %s is refused, and reaches nobody, nor does what comes after it", async (_, rest, status) => {
    const answer = await raw(front.port, line("PUT /bucket/first") + rest + last);
    expect([statusesOf(answer), seen]).toEqual([[status], []]);
  });

  test("is read as one when it has one reading: chunks with extensions and a trailer", async () => {
    const chunked = "Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n02\r\ncd\r\n0\r\nX-Trailer: 9\r\n\r\n";
    const answer = await raw(front.port, line("PUT /bucket/first") + chunked + last);
    expect([statusesOf(answer), seen]).toEqual([
      [200, 200],
      ["PUT /bucket/first abcd", "PUT /bucket/last OK"],
    ]);
  });

  test("has no second one by a request in its body", async () => {
    await raw(front.port, `${line("PUT /bucket/first")}Connection: close\r\nContent-Length: ${last.length}\r\n\r\n${last}`);
    expect(seen).toEqual([`PUT /bucket/first ${last}`]);
  });

  test("has none by asking for another protocol", async () => {
    const upgrade = "Connection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
    const answer = await raw(front.port, `${line("PUT /bucket/first")}${upgrade}Content-Length: 2\r\n\r\nOK`);
    expect([statusesOf(answer), seen]).toEqual([[200], ["PUT /bucket/first OK"]]);
    expect(answer.toLowerCase()).not.toContain("upgrade");
  });
});

describe("a request that asks for", () => {
  const close = "Connection: close\r\n\r\n";
  test.each([
    ["another host in its first line", "GET http://169.254.169.254/latest/meta-data", 400],
    ["this host in its first line", "GET http://localhost/bucket", 400],
    ["no path at all", "GET bucket", 400],
    ["a URL of 20 KB", `GET /bucket?${"x".repeat(20_000)}`, 400],
    ["MiniStack's own reset", "POST /_ministack/reset", 403],
    ["the same in other words", "POST /_ministack%2Freset?init=1", 403],
    ["MiniStack's own settings", "POST /%5fministack/config", 403],
    ["a path that cannot be decoded", "GET /decode/%ff", 400],
    ["what fails here", "GET /throws", 500],
  ])("%s reaches nobody behind", async (_, target, status) => {
    const answer = await raw(front.port, line(target) + close);
    expect([statusesOf(answer), seen]).toEqual([[status], []]);
  });

  test("a tunnel has its connection closed", async () => {
    expect(await raw(front.port, line("CONNECT 169.254.169.254:80") + close)).toBe("");
  });

  test("more than 16 KB of headers is refused, and none of many small ones is overlooked", async () => {
    const many = "a:\r\n".repeat(3_000);
    expect(statusesOf(await raw(front.port, `${line("GET /bucket")}X: ${"x".repeat(20_000)}\r\n${close}`))).toEqual([400]);
    const answer = await raw(front.port, `${line("GET /bucket")}${many}Origin: https://evil.example\r\n${close}`);
    expect([statusesOf(answer), seen]).toEqual([[403], []]);
  });
});

test("what is no HTTP breaks off an answer that is being sent, and puts nothing into it", async () => {
  const answer = await raw(front.port, `${line("GET /endless")}\r\n`, { once: "part", send: "\0\0\r\n\r\n" });
  expect(statusesOf(answer)).toEqual([200]);
  expect(answer.endsWith("part\r\n")).toBe(true);
});

test("what a browser shows of an object runs apart from the console's origin, and is open to no other page", async () => {
  const answer = await raw(front.port, `${line("GET /bucket/page.html")}Connection: close\r\n\r\n`);
  expect(answer).toContain("\r\ncontent-security-policy: sandbox allow-scripts\r\n");
  expect(answer).not.toContain("access-control-");
});
