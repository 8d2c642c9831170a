import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { type Gate, isFromThisMachine, refusal } from "../../local/front/gate";

const token = "token-of-sixteen-or-more";
const opened: Gate = { host: "192.0.2.7", token };

interface Asked {
  readonly from?: string;
  readonly url?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
}

function request({ from = "127.0.0.1", url = "/", method = "GET", headers = {} }: Asked): IncomingMessage {
  return { method, url, headers: { host: "localhost:4566", ...headers }, socket: { remoteAddress: from } } as unknown as IncomingMessage;
}

describe("on loopback", () => {
  test.each(["localhost", "localhost:4566", "127.0.0.1:4566", "127.1.2.3", "[::1]:4566", "bucket.localhost:4566", "LOCALHOST"])(
    "the name %s is served",
    (host) => {
      expect(refusal(request({ headers: { host } }), {})).toBeUndefined();
    },
  );

  test.each(["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "192.0.2.7:4566", "[2001:db8::1]:4566", "xlocalhost"])(
    "the name %s is refused, and what is allowed is named",
    (host) => {
      expect(refusal(request({ headers: { host } }), {})).toBe(
        `the host name ${JSON.stringify(host)} is refused: allowed are localhost, *.localhost, 127.0.0.1, [::1]`,
      );
    },
  );

  test("a client without a Host header is no browser, and is served", () => {
    const asked = { method: "GET", url: "/", headers: {}, socket: { remoteAddress: "::1" } } as unknown as IncomingMessage;
    expect(refusal(asked, {})).toBeUndefined();
  });
});

describe("with a host", () => {
  const host = "192.0.2.7:4566";

  test("its address is a name of the endpoint, and another machine's is not", () => {
    expect(refusal(request({ headers: { host } }), opened)).toBeUndefined();
    expect(refusal(request({ headers: { host: "192.0.2.8:4566" } }), opened)).toContain("allowed are localhost, *.localhost");
  });

  test("another machine is refused without the token, and with a wrong one", () => {
    expect(refusal(request({ from: "192.0.2.9", headers: { host } }), opened)).toContain("only with its token");
    const wrong = { host, "x-slipway-token": "token-of-sixteen-or-less" };
    expect(refusal(request({ from: "::ffff:192.0.2.9", headers: wrong }), opened)).toContain("only with its token");
    expect(refusal(request({ from: "192.0.2.9", headers: { host } }), { host: "192.0.2.7" })).toContain("only with its token");
  });

  test.each<[string, Asked]>([
    [
      "as the access key of a signature",
      { headers: { authorization: `AWS4-HMAC-SHA256 Credential=${token}/20260101/us-east-1/s3/aws4_request` } },
    ],
    ["as the access key of a presigned URL", { url: `/bucket/key?X-Amz-Credential=${token}%2F20260101%2Fus-east-1%2Fs3%2Faws4_request` }],
    ["in a header of its own", { headers: { "x-slipway-token": token } }],
    ["as a bearer token", { headers: { authorization: `Bearer ${token}` } }],
  ])("another machine is served with the token %s", (_, asked) => {
    expect(refusal(request({ from: "192.0.2.9", ...asked, headers: { host, ...asked.headers } }), opened)).toBeUndefined();
  });
});

describe("a web page of another site", () => {
  const origin = "https://evil.example";

  test("is refused, as is its preflight", () => {
    expect(refusal(request({ method: "POST", headers: { origin } }), {})).toContain(`the origin "${origin}" is refused`);
    expect(refusal(request({ method: "POST", headers: { origin: "null" } }), {})).toContain("is refused");
    expect(refusal(request({ headers: { origin: "http://localhost:3000" } }), {})).toContain("is refused");
    const headers = { origin, "access-control-request-method": "PUT" };
    expect(refusal(request({ method: "OPTIONS", headers }), {})).toContain("preflight requests are refused");
  });

  test("may ask a deployed HTTP API, which has a CORS configuration of its own", () => {
    const headers = { origin, "access-control-request-method": "POST" };
    expect(refusal(request({ method: "OPTIONS", url: "/_aws/execute-api/a1b2/iris", headers }), {})).toBeUndefined();
  });

  test("the endpoint's own pages are served", () => {
    expect(refusal(request({ method: "POST", headers: { origin: "http://localhost:4566" } }), {})).toBeUndefined();
  });
});

test("commands come from this machine, by its own name, and from no page", () => {
  expect(isFromThisMachine(request({}))).toBe(true);
  expect(isFromThisMachine(request({ from: "192.0.2.9" }))).toBe(false);
  expect(isFromThisMachine(request({ headers: { host: "192.0.2.7" } }))).toBe(false);
  expect(isFromThisMachine(request({ headers: { origin: "http://localhost:4566" } }))).toBe(false);
});
