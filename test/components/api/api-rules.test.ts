import { describe, expect, test } from "vitest";
import type { ApiArgs } from "../../../components";
import { apiChecks } from "../../../components/api/api-args";
import { checkApiRules } from "../../../components/api/api-rules";
import { checkArguments } from "../../../components/arguments";
import { Problems } from "../../../components/errors/problems";
import type { ServingKind } from "../../../components/hosting/serving";

/** The faults of one model's API, each as one line. */
function faults(args: object, serving: ServingKind = "realtime"): string[] {
  const problems = new Problems();
  const given = { path: "/iris", ...args };
  checkArguments(apiChecks, given, "api", problems);
  checkApiRules(given as ApiArgs, serving, "api", problems);
  return problems.faults.map(({ path, reason }) => `${path}: ${reason}`);
}

const jwt = { issuer: "https://id.example", audience: ["shop"] };
const certificateArn = "arn:aws:acm:eu-central-1:123456789012:certificate/1";

describe("an API's arguments", () => {
  test.each<[string, object, ServingKind]>([
    ["a path", {}, "serverless"],
    ["a REST API with a key, one line", { kind: "rest", apiKey: true }, "async"],
    ["tokens", { jwt }, "realtime"],
    ["tokens, said twice", { jwt, authorization: "JWT" }, "realtime"],
    ["a stream", { streaming: true, timeout: "8m", authorization: "NONE" }, "realtime"],
    ["a REST API that waits for a minute", { kind: "rest", timeout: "62s" }, "realtime"],
    ["pages of every site", { cors: { origins: ["*"] } }, "realtime"],
    ["a domain", { domain: { name: "api.example.com", certificateArn } }, "realtime"],
    ["short-lived URLs", { urlExpiry: "1m", idempotencyKeys: true }, "async"],
  ])("may be %s", (_, args, serving) => {
    expect(faults(args, serving)).toEqual([]);
  });

  test.each<[object, ServingKind, string]>([
    [{ kind: "websocket" }, "realtime", 'api.kind: got "websocket"; allowed are http, rest'],
    [{ authorization: "IAM" }, "realtime", 'api.authorization: got "IAM"; allowed are NONE, AWS_IAM, JWT'],
    [{ apiKey: true }, "realtime", 'api.apiKey: got true; only REST APIs have it: add kind: "rest", or remove it'],
    [{ accountLogRole: true }, "realtime", 'api.accountLogRole: got true; only REST APIs have it: add kind: "rest", or remove it'],
    [
      { kind: "rest", usagePlan: { burst: 5 } },
      "realtime",
      'api.usagePlan: got {"burst":5} without apiKey; its limits are those of the key: add apiKey: true',
    ],
    [
      { kind: "rest", apiKey: true, usagePlan: { quota: { requests: 0, period: "YEAR" } } },
      "realtime",
      "api.usagePlan.quota.requests: got 0; allowed is a whole number from 1 to 1000000000",
    ],
    [
      { kind: "rest", authorization: "JWT" },
      "realtime",
      'api.authorization: got "JWT" with kind "rest"; only HTTP APIs check tokens: remove kind, or use authorization AWS_IAM or apiKey',
    ],
    [{ authorization: "JWT" }, "realtime", 'api.jwt: is missing; authorization "JWT" needs it: give jwt: { issuer, audience }'],
    [{ jwt, authorization: "AWS_IAM" }, "realtime", 'api.authorization: got "AWS_IAM" together with jwt; remove one of the two'],
    [{ jwt: { ...jwt, audience: [] } }, "realtime", "api.jwt.audience: has 0 entries; allowed are 1 to 50"],
    [
      { jwt: { ...jwt, issuer: "id.example" } },
      "realtime",
      'api.jwt.issuer: got "id.example"; allowed is the URL of an issuer, https://<host>/<path>',
    ],
    [
      { cors: { origins: ["*"], credentials: true } },
      "realtime",
      'api.cors.origins: got ["*"] together with credentials; browsers refuse that: name the origins, or remove credentials',
    ],
    [
      { cors: { origins: ["*", "https://a.example"] } },
      "realtime",
      'api.cors.origins: got ["*","https://a.example"]; "*" means every site: give it alone, or name the origins',
    ],
    [
      { cors: { origins: ["https://a.example/shop"] } },
      "realtime",
      'api.cors.origins[0]: got "https://a.example/shop"; allowed is "*", or an origin such as "https://shop.example.com"',
    ],
    [{ cors: { origins: ["*"], maxAge: "2d" } }, "realtime", 'api.cors.maxAge: got "2d"; allowed is 0s to 1d'],
    [
      { domain: { name: "API", certificateArn, hostedZoneId: "zone" } },
      "realtime",
      'api.domain.name: got "API"; allowed is a domain name in lower case, such as "api.example.com"',
    ],
    [{ reservedConcurrency: 0 }, "realtime", "api.reservedConcurrency: got 0; allowed is a whole number from 1 to 1000"],
    [{ timeout: "30s" }, "realtime", 'api.timeout: got "30s"; allowed is 1s to 29s'],
    [{ timeout: "9m" }, "realtime", 'api.timeout: got "9m"; allowed is 1s to 8m'],
    [{ kind: "rest", timeout: "63s" }, "serverless", 'api.timeout: got "63s"; allowed is 1s to 62s'],
    [
      { kind: "rest", timeout: "60s" },
      "async",
      'api.timeout: got "60s"; allowed is 1s to 29s; a request is only accepted in that time, its result is waited for elsewhere',
    ],
    [{ urlExpiry: "2h" }, "async", 'api.urlExpiry: got "2h"; allowed is 1m to 1h'],
    [{ urlExpiry: "5m" }, "realtime", 'api.urlExpiry: got "5m" together with realtime; only asynchronous models have it: remove it'],
    [
      { idempotencyKeys: true },
      "serverless",
      "api.idempotencyKeys: got true together with serverless; only asynchronous models have it: remove it",
    ],
    [
      { streaming: true },
      "async",
      "api.streaming: got true together with async; AWS streams answers of real-time endpoints only: remove it, or serve with realtime",
    ],
    [
      { streaming: true, authorization: "JWT" },
      "realtime",
      'api.authorization: got "JWT" together with streaming; a function URL checks no tokens: use authorization AWS_IAM',
    ],
  ])("%j of a model that is %s are refused", (args, serving, fault) => {
    expect(faults(args, serving)[0]).toBe(fault);
  });

  test("that a function URL does not have are refused all together", () => {
    const domain = { name: "a.example.com", certificateArn };
    const args = {
      streaming: true,
      kind: "http",
      apiKey: true,
      usagePlan: {},
      jwt,
      requestsPerSecond: 5,
      burst: 5,
      domain,
      accountLogRole: true,
    };
    expect(faults(args).map((fault) => fault.split(":")[0])).toEqual(
      ["kind", "apiKey", "usagePlan", "jwt", "domain", "requestsPerSecond", "burst", "accountLogRole"].map((key) => `api.${key}`),
    );
  });
});
