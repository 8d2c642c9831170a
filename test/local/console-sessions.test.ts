import type { IncomingMessage } from "node:http";
import { beforeEach, describe, expect, test } from "vitest";
import { ConsoleSessions } from "../../local/front/console-sessions";
import { refusal } from "../../local/front/gate";

interface Asked {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Record<string, string>;
}

const host = "192.0.2.7:4566";
const origin = `http://${host}`;
let now: number;
let sessions: ConsoleSessions;
let cookie: string;

function request({ method = "GET", url = "/_slipway/", headers = {} }: Asked = {}): IncomingMessage {
  const socket = { remoteAddress: "192.0.2.9", localPort: 4566 };
  return { method, url, headers: { host, ...headers }, socket } as unknown as IncomingMessage;
}

const refused = (asked: Asked, name = host) =>
  refusal(request({ ...asked, headers: { cookie, ...asked.headers, host: name } }), {
    host: "192.0.2.7",
    token: "token-of-sixteen-or-more",
    sessions,
  });
const invocation = { method: "POST", url: "/endpoints/iris/invocations" };

beforeEach(() => {
  now = 0;
  sessions = new ConsoleSessions(() => now);
  cookie = sessions.open(request()).split(";")[0] ?? "";
});

test("a session is a random id in a cookie that scripts and other sites do not get", () => {
  const [pair = "", ...attributes] = sessions.open(request()).split("; ");
  expect(pair).toMatch(/^slipway-console-4566=[A-Za-z0-9_-]{43}$/);
  expect(attributes).toEqual(["Path=/", "Max-Age=43200", "HttpOnly", "SameSite=Strict"]);
  expect(pair).not.toBe(cookie);
});

describe("a browser with a session", () => {
  test.each<[string, Asked]>([
    ["the pages", {}],
    ["their events", { url: "/_slipway/events" }],
    ["the front door", { url: "/", headers: { accept: "text/html" } }],
    ["the form's request", { ...invocation, headers: { origin } }],
  ])("is served %s", (_, asked) => {
    expect(refused(asked)).toBeUndefined();
  });

  test.each<[string, Asked]>([
    ["objects", { url: "/bucket/key" }],
    ["other services", { method: "POST", url: "/", headers: { origin, "x-amz-target": "SageMaker.DeleteEndpoint" } }],
    ["what changes the platform", { method: "POST", url: "/_slipway/prune-environments", headers: { origin } }],
    ["an invocation that says no origin", invocation],
  ])("is refused %s", (_, asked) => {
    expect(refused(asked)).toContain("only with its token");
  });

  test("is refused what another origin's page asks in its name, another port's too", () => {
    for (const other of ["http://evil.example", "http://192.0.2.7:8000", "null", "http://localhost:4566"]) {
      expect(refused({ ...invocation, headers: { origin: other } })).toContain("only with its token");
      expect(refused({ headers: { origin: other } })).toContain(`the origin "${other}" is refused`);
    }
  });

  test("is refused under a name that was bound to the address by somebody else", () => {
    expect(refused({}, "evil.example:4566")).toContain('the host name "evil.example:4566" is refused');
  });

  test("is refused when it has signed out, when its time is over, and with an id that was made up", () => {
    expect(refused({ headers: { cookie: `${cookie.slice(0, -1)}~` } })).toContain("only with its token");
    expect(refused({ headers: { cookie: `slipway-console-4567=${cookie.split("=")[1]}` } })).toContain("only with its token");
    now = 12 * 3_600_000;
    expect(refused({})).toContain("only with its token");
    cookie = sessions.open(request()).split(";")[0] ?? "";
    expect(refused({})).toBeUndefined();
    expect(sessions.close(request({ headers: { cookie } }))).toBe("slipway-console-4566=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
    expect(refused({})).toContain("only with its token");
  });

  test("is signed out by the hundredth that signs in after it", () => {
    for (let other = 1; other < 100; other++) {
      sessions.open(request());
    }
    expect(refused({})).toBeUndefined();
    sessions.open(request());
    expect(refused({})).toContain("only with its token");
  });
});

test("style and script of the pages are for all, their data is not", () => {
  cookie = "";
  expect(refused({ url: "/_slipway/assets/console.css" })).toBeUndefined();
  expect(refused({ url: "/_slipway/assets/../status" })).toContain("only with its token");
  expect(refused({ url: "/_slipway/events" })).toContain("only with its token");
});
