import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FunctionUrls } from "../../../local/functions/function-urls";
import { ProcessRegister } from "../../../local/state/process-register";
import { scratchFolder } from "../support/scratch";
import { FakeLambda, type KnownFunction } from "./support/fake-lambda";

const folder = scratchFolder();
const gate = join(folder, "gate");

/** Answers with what it was asked and where it runs; waits for a file between two parts, breaks off, or fails, as the path says. */
const code = `
const { existsSync } = require("node:fs");
const pause = () => new Promise((resolve) => setTimeout(resolve, 10));
exports.handler = awslambda.streamifyResponse(async (event, response, context) => {
  if (event.rawPath === "/fails") throw new Error("it failed");
  const out = awslambda.HttpResponseStream.from(response, { statusCode: 201, headers: { "content-type": "text/plain", "x-own": "1" } });
  out.write("one ");
  if (event.rawPath === "/waits") while (!existsSync(process.env.GATE)) await pause();
  if (event.rawPath === "/breaks") throw new Error("it broke");
  out.end(JSON.stringify({ path: event.rawPath, body: event.body, name: context.functionName, region: process.env.AWS_REGION, pid: process.pid, version: VERSION }));
});
`;
const streaming = { InvokeMode: "RESPONSE_STREAM", AuthType: "NONE" };
const echo = (version: string, url: KnownFunction["url"] = streaming): KnownFunction => ({
  code: code.replace("VERSION", JSON.stringify(version)),
  sha: version,
  url,
  variables: { GATE: gate },
});

describe("function URLs", () => {
  let lambda: FakeLambda;
  let urls: FunctionUrls;
  let front: Server;
  const lines: string[] = [];

  beforeAll(async () => {
    lambda = await FakeLambda.start();
    urls = new FunctionUrls({
      endpointUrl: lambda.url,
      own: lambda.url,
      runDir: join(folder, "run"),
      logsDir: join(folder, "logs"),
      register: new ProcessRegister(folder),
      log: (line) => lines.push(line),
      pass: (request, response) => response.end(`passed ${request.url}`),
    });
    front = createServer((request, response) => urls.handle(request, response));
    await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => {
    urls.close();
    front.close();
    front.closeAllConnections();
    lambda.stop();
  });

  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${(front.address() as AddressInfo).port}/_aws/function-url/eu-west-1/${path}`, { method: "POST", ...init });
  const textOf = async (path: string, init?: RequestInit) => (await ask(path, init)).text();
  const seen = async (path: string): Promise<Record<string, unknown>> => {
    const text = await textOf(path, { body: "Hello", headers: { "content-type": "text/plain" } });
    return JSON.parse(text.replace("one ", "")) as Record<string, unknown>;
  };

  test("are known by their path", () => {
    const accepts = (url: string) => FunctionUrls.accepts({ url } as Parameters<typeof FunctionUrls.accepts>[0]);
    expect([accepts("/_aws/function-url/eu-west-1/f/x"), accepts("/_aws/lambda-url/x")]).toEqual([true, false]);
  });

  test("run the function in a process of its own, with AWS's variables and the event, and answer with its status and headers", async () => {
    lambda.functions.set("echo", echo("1"));
    const response = await ask("echo/iris", { body: "Hello", headers: { "content-type": "text/plain" } });
    expect([response.status, response.headers.get("content-type"), response.headers.get("x-own")]).toEqual([201, "text/plain", "1"]);
    const { pid, ...answer } = JSON.parse((await response.text()).replace("one ", "")) as Record<string, unknown>;
    expect(answer).toEqual({ path: "/iris", body: "Hello", name: "echo", region: "eu-west-1", version: "1" });
    expect([typeof pid, pid === process.pid]).toEqual(["number", false]);
  });

  test("hand on each part as it is written", async () => {
    lambda.functions.set("waits", echo("1"));
    const response = await ask("waits/waits");
    const parts = response.body?.getReader();
    expect(Buffer.from((await parts?.read())?.value ?? []).toString()).toBe("one ");
    writeFileSync(gate, "");
    expect(Buffer.from((await parts?.read())?.value ?? []).toString()).toContain('"path":"/waits"');
    expect((await parts?.read())?.done).toBe(true);
  });

  test("keep the process while the function is the same, and start another for a new version", async () => {
    lambda.functions.set("kept", echo("1"));
    const first = await seen("kept/a");
    expect((await seen("kept/b")).pid).toBe(first.pid);
    lambda.functions.set("kept", echo("2"));
    const next = await seen("kept/c");
    expect([next.version, next.pid === first.pid]).toEqual(["2", false]);
  });

  test("answer 502 when the function fails, break off when it fails in its answer, and keep what it prints", async () => {
    lambda.functions.set("faulty", echo("1"));
    const failed = await ask("faulty/fails");
    expect([failed.status, await failed.text()]).toEqual([502, '{"Message":"Internal Server Error"}']);
    await expect(textOf("faulty/breaks")).rejects.toThrow();
    const log = join(folder, "logs", "function-faulty.log");
    await expect.poll(() => (existsSync(log) ? readFileSync(log, "utf8") : ""), { timeout: 30_000 }).toContain("it broke");
    expect(readFileSync(log, "utf8")).toContain("it failed");
  });

  test("answer 502 and say where the log is when the function does not start", async () => {
    lambda.functions.set("broken", { ...echo("1"), code: "this is no program" });
    expect((await ask("broken/a")).status).toBe(502);
    expect(lines.join("\n")).toContain(`the function broken did not start; its log is ${join(folder, "logs", "function-broken.log")}`);
  });

  test("let in signed requests alone when they ask for signatures", async () => {
    lambda.functions.set("signed", echo("1", { InvokeMode: "RESPONSE_STREAM", AuthType: "AWS_IAM" }));
    const refused = await ask("signed/a");
    expect([refused.status, await refused.text()]).toEqual([403, '{"Message":"Forbidden"}']);
    expect((await ask("signed/a", { headers: { authorization: "AWS4-HMAC-SHA256 Credential=x" } })).status).toBe(201);
    expect((await ask("signed/a?X-Amz-Signature=1")).status).toBe(201);
  });

  test("answer preflights and pages of the origins that may ask, without the function", async () => {
    const Cors = { AllowOrigins: ["https://a.example"], AllowMethods: ["POST"], AllowHeaders: ["content-type"], MaxAge: 60 };
    lambda.functions.set("pages", { ...echo("1", { InvokeMode: "RESPONSE_STREAM", AuthType: "AWS_IAM", Cors }), code: "not started" });
    const preflight = await ask("pages/a", { method: "OPTIONS", headers: { origin: "https://a.example" } });
    expect([
      preflight.status,
      preflight.headers.get("access-control-allow-origin"),
      preflight.headers.get("access-control-allow-methods"),
      preflight.headers.get("access-control-max-age"),
    ]).toEqual([200, "https://a.example", "POST", "60"]);
    const other = await ask("pages/a", { method: "OPTIONS", headers: { origin: "https://b.example" } });
    expect(other.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("refuse bodies larger than an event may be", async () => {
    lambda.functions.set("small", echo("1"));
    const refused = await ask("small/a", { body: Buffer.alloc(6_291_457) });
    expect([refused.status, await refused.text()]).toEqual([
      413,
      '{"Message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}',
    ]);
  });

  test("leave functions that do not stream to MiniStack, and answer 404 for those that are not there", async () => {
    lambda.functions.set("buffered", echo("1", { InvokeMode: "BUFFERED", AuthType: "NONE" }));
    expect(await textOf("buffered/a/b?c=1")).toBe("passed /_aws/lambda-url/u1v2/a/b?c=1");
    expect((await ask("absent/a")).status).toBe(404);
  });
});
