import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { ConsoleSessions } from "../../local/front/console-sessions";
import { type Gate, isFromThisMachine, refusal } from "../../local/front/gate";

const host = "192.0.2.7:4566";
const opened: Gate = { host: "192.0.2.7", token: "token-of-sixteen-or-more" };

interface Asked {
  readonly from?: string;
  readonly url?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

function request({ from = "127.0.0.1", url = "/", method = "GET", headers = {} }: Asked): IncomingMessage {
  const socket = { remoteAddress: from, localPort: 4566 };
  return { method, url, headers: { host: "localhost:4566", ...headers }, socket } as unknown as IncomingMessage;
}

describe("another machine without the token", () => {
  test.each<[string, Asked]>([
    [
      "for the console's files that names an operation",
      { url: "/_slipway/assets/console.js", headers: { "x-amz-target": "SageMaker.List" } },
    ],
    ["for what is beside them", { url: "/_slipway/assets/.." }],
    [
      "that says it comes from this machine",
      { headers: { "x-forwarded-for": "127.0.0.1", forwarded: "for=127.0.0.1", "x-real-ip": "::1" } },
    ],
    ["whose path is in other letters", { url: "/_SLIPWAY/assets/console.js" }],
    ["whose path has another slash", { url: "//_slipway/assets/console.js" }],
    [
      "that names another method in a header",
      { method: "POST", url: "/_slipway/assets/console.js", headers: { "x-http-method-override": "GET" } },
    ],
    ["for a deployed API", { method: "POST", url: "/_aws/execute-api/a1b2/iris" }],
  ])("is refused a request %s", (_, asked) => {
    expect(refusal(request({ from: "192.0.2.9", ...asked, headers: { host, ...asked.headers } }), opened)).toContain("only with its token");
  });
});

describe("a browser that is signed in", () => {
  const sessions = new ConsoleSessions();
  const [cookie = ""] = sessions.open(request({ from: "192.0.2.9", headers: { host } })).split(";");
  const origin = `http://${host}`;

  test.each<[string, Asked]>([
    [
      "an operation that is named at one of the console's pages",
      { url: "/_slipway/", headers: { "x-amz-target": "SageMaker.DeleteModel" } },
    ],
    [
      "one that is named at its form",
      { method: "POST", url: "/endpoints/e/invocations", headers: { origin, "x-amz-target": "SageMaker.List" } },
    ],
    ["the list of buckets", { url: "/", headers: { accept: "*/*" } }],
    ["an Action at the front door", { url: "/?Action=CreateUser", headers: { accept: "text/html" } }],
  ])("is refused %s", (_, asked) => {
    const asks = request({ from: "192.0.2.9", ...asked, headers: { host, cookie, ...asked.headers } });
    expect(refusal(asks, { ...opened, sessions })).toContain("only with its token");
  });
});

describe("a page of another site", () => {
  const origin = "https://evil.example";

  test("is refused an operation that it names at the path of a deployed API", () => {
    const headers = { origin, "x-amz-target": "SageMaker.DeleteEndpoint" };
    expect(refusal(request({ method: "POST", url: "/_aws/execute-api/a1b2/iris", headers }), {})).toContain(
      `the origin "${origin}" is refused`,
    );
  });

  test.each(["/?Action=CreateUser&UserName=x", "/bucket?a?b&%41ction=CreateUser"])(
    "is refused an image or a link such as %s, which has no origin; a program is not",
    (url) => {
      for (const site of ["cross-site", "same-site"]) {
        const refused = refusal(request({ url, headers: { "sec-fetch-site": site } }), {});
        expect(refused).toBe("web pages of other sites may not use this endpoint: their links and images may name no Action");
      }
      expect(refusal(request({ url }), {})).toBeUndefined();
    },
  );

  test("may link to the console and to an object", () => {
    for (const url of ["/_slipway/jobs", "/bucket/key?X-Amz-Signature=0&X-Amz-Credential=a%2Fb"]) {
      expect(refusal(request({ url, headers: { "sec-fetch-site": "cross-site" } }), {})).toBeUndefined();
    }
  });

  test("is not taken for a command, though its image has no origin", () => {
    expect(isFromThisMachine(request({ headers: { "sec-fetch-site": "cross-site" } }))).toBe(false);
    expect(isFromThisMachine(request({ headers: { "sec-fetch-site": "none" } }))).toBe(true);
  });
});
