import { afterAll, beforeAll, expect, test } from "vitest";
import { fetchWhole } from "../support/fetch-whole";
import { type Platform, startPlatform } from "./support/platform";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

async function call(operation: string, body: string): Promise<{ status: number; type: string | null; body: unknown }> {
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": `SageMaker.${operation}` };
  const response = await fetchWhole(platform.endpointUrl, { method: "POST", headers, body });
  return { status: response.status, type: response.headers.get("content-type"), body: await response.json() };
}

const json = "application/x-amz-json-1.1";

test("a body that is not JSON is a SerializationException", async () => {
  const body = { __type: "SerializationException", message: "The request body is not JSON." };
  expect(await call("DescribeEndpoint", "{")).toEqual({ status: 400, type: json, body });
});

test("a member of the wrong type is a SerializationException that names it", async () => {
  const body = { __type: "SerializationException", message: "The value at 'endpointName' is not a string" };
  expect(await call("DescribeEndpoint", '{"EndpointName": 1}')).toEqual({ status: 400, type: json, body });
});

test("every violated constraint is named in one answer", async () => {
  const { body } = await call("CreateEndpoint", '{"EndpointName": "-"}');
  expect(body).toEqual({
    __type: "ValidationException",
    message:
      "2 validation errors detected: Value null at 'endpointConfigName' failed to satisfy constraint: Member must not be null; " +
      "Value '-' at 'endpointName' failed to satisfy constraint: " +
      "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
  });
});

test("an operation of AWS that is not served here, and one that does not exist, are told apart", async () => {
  const known = await call("CreateAutoMLJob", "{}");
  expect(known.body).toEqual({ __type: "UnknownOperationException", message: "CreateAutoMLJob is not served by the local endpoint." });
  const unknown = await call("CreateNothing", "{}");
  expect(unknown.body).toEqual({ __type: "UnknownOperationException", message: "CreateNothing is not an operation of SageMaker." });
});

test("times are seconds since the epoch", async () => {
  await call("CreateDomain", '{"DomainName": "d", "AuthMode": "IAM", "DefaultUserSettings": {}}');
  const { body } = await call("ListDomains", "{}");
  expect(body).toMatchObject({ Domains: [{ DomainName: "d", CreationTime: expect.any(Number) }] });
  const [domain] = (body as { Domains: { CreationTime: number }[] }).Domains;
  expect(Math.abs((domain?.CreationTime ?? 0) - Date.now() / 1_000)).toBeLessThan(60);
});

test("a request under a host name that is not this machine's is refused", async () => {
  const { request } = await import("node:http");
  const status = await new Promise((resolve, reject) => {
    const outgoing = request(`${platform.endpointUrl}/_slipway/status`, { headers: { host: "evil.example" } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
  expect(status).toBe(403);
});

test("a web page cannot stop the platform", async () => {
  const headers = { origin: "https://evil.example" };
  expect((await fetchWhole(`${platform.endpointUrl}/_slipway/shutdown`, { method: "POST", headers })).status).toBe(403);
  expect(await (await fetchWhole(`${platform.endpointUrl}/_slipway/health`)).json()).toEqual({
    status: "ok",
    version: "test",
    pid: process.pid,
  });
});

test("a request for another service goes through to it, with path and query as they were sent", async () => {
  const key = "a%20b/c%2Bd";
  await fetchWhole(`${platform.endpointUrl}/contract-tests/${key}`, { method: "PUT", body: "value" });
  const response = await fetchWhole(`${platform.endpointUrl}/contract-tests/${key}?x-id=GetObject`);
  expect(await response.text()).toBe("value");
  const listing = await (await fetchWhole(`${platform.endpointUrl}/contract-tests?list-type=2`)).text();
  expect(listing).toContain("<Key>a b/c+d</Key>");
});
