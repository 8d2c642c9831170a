import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateModelCommand, waitUntilEndpointInService } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusedFramings } from "../../support/framings";
import { raw, statusesOf } from "../../support/raw-socket";
import { bucket, networkAddress, region, role, type StartedPlatform, startPlatform } from "../support/platform";
import { createEndpoint } from "../support/requests";

const token = "a-token-for-the-attacks";
const lan = networkAddress();
let platform: StartedPlatform;
let port: number;
let received: string;

/** The whole local platform, as another machine sees it too, with a model that writes down what it gets. */
beforeAll(async () => {
  platform = await startPlatform("process", undefined, { host: "0.0.0.0", token });
  port = Number(new URL(platform.endpointUrl).port);
  received = mkdtempSync(join(tmpdir(), "slipway-received-"));
  const { sagemaker } = platform;
  const image = (await platform.build("counting")).uri;
  const environment = { RECEIVED_DIR: received, SECONDS_PER_REQUEST: "0" };
  await createEndpoint({ ...platform, image: { ...platform.image, uri: image } }, "counted", { environment });
  await waitUntilEndpointInService({ client: sagemaker, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 }, { EndpointName: "counted" });
});
afterAll(async () => {
  await platform.stop();
  rmSync(received, { recursive: true, force: true });
});

/** A whole request; its connection is closed after it. */
function request(method: string, path: string, headers: Readonly<Record<string, string>> = {}, body = ""): string {
  const all = { host: "localhost", connection: "close", "content-length": String(Buffer.byteLength(body, "latin1")), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

async function ask(...asked: Parameters<typeof request>): Promise<{ readonly status: number | undefined; readonly text: string }> {
  const text = await raw(port, request(...asked));
  return { status: statusesOf(text)[0], text };
}

const sageMaker = (operation: string, body: string) =>
  ask("POST", "/", { "x-amz-target": `SageMaker.${operation}`, "content-type": "application/x-amz-json-1.1" }, body);
const isAlive = async () => (await ask("GET", "/_slipway/health")).status === 200;

test("of requests that could end in two places none reaches a container, nor does one that is hidden behind them", async () => {
  const hidden = request("POST", "/endpoints/counted/invocations", {}, "hidden");
  const wrong: string[] = [];
  for (const [name, rest, status] of refusedFramings) {
    const statuses = statusesOf(await raw(port, `POST /endpoints/counted/invocations HTTP/1.1\r\nHost: localhost\r\n${rest}${hidden}`));
    if (statuses.join() !== String(status)) wrong.push(`${name}: ${statuses.join()}`);
  }
  expect(wrong).toEqual([]);
  const inside = hidden.replaceAll("\r\n", "|");
  expect((await ask("POST", "/endpoints/counted/invocations", {}, inside)).status).toBe(200);
  const bodies = readdirSync(received).map((process) => readFileSync(join(received, process), "utf8"));
  expect(bodies.join("")).toBe(`${inside}\n`);
});

describe("a request to the SageMaker API", () => {
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  test.each([
    ["nests 100,000 levels", "DescribeEndpoint", deep, 400],
    ["nests them in a member", "CreateModel", `{"ModelName":"a","Tags":${deep}}`, 400],
    ["nests objects", "CreateModel", `{"PrimaryContainer":{"Environment":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}}`, 400],
    ["has a number that is infinite", "ListModels", '{"MaxResults":1e999999}', 400],
    ["has a number of a million digits", "ListModels", `{"MaxResults":${"1".repeat(1_000_000)}}`, 400],
    ["has NaN", "ListModels", '{"MaxResults":NaN}', 400],
    ["is not UTF-8", "DescribeEndpoint", '{"EndpointName":"\xff"}', 400],
    ["has half a character", "DescribeEndpoint", '{"EndpointName":"\\ud800"}', 400],
    ["sets the prototype", "DescribeEndpoint", '{"__proto__":{"EndpointName":"counted"}}', 400],
    ["asks for a method of all objects", "constructor", "{}", 400],
    ["leads out by a name", "CreateModel", `{"ModelName":"../../x","ExecutionRoleArn":"${role}"}`, 400],
    ["has markup as a name", "CreateModel", `{"ModelName":"<script>","ExecutionRoleArn":"${role}"}`, 400],
    ["has a line end in a name", "CreateModel", `{"ModelName":"a\\r\\nb","ExecutionRoleArn":"${role}"}`, 400],
    ["has 5 MB", "DescribeEndpoint", `{"EndpointName":"${"a".repeat(5_000_000)}"}`, 413],
  ])("that %s is the caller's fault", async (_, operation, body, status) => {
    expect((await sageMaker(operation, body)).status).toBe(status);
    expect(await isAlive()).toBe(true);
  });

  test.each(["http://169.254.169.254/model.tar.gz", "file:///etc/passwd", "ftp://localhost/model.tar.gz", "//localhost/model.tar.gz"])(
    "takes no model data from %s",
    async (ModelDataUrl) => {
      const PrimaryContainer = { Image: platform.image.uri, ModelDataUrl };
      const model = new CreateModelCommand({ ModelName: "fetched", ExecutionRoleArn: role, PrimaryContainer });
      await expect(platform.sagemaker.send(model)).rejects.toMatchObject({ name: "ValidationException" });
    },
  );
});

describe("a request to the runtime", () => {
  test.each<[string, string, Record<string, string>]>([
    ["leads out by the endpoint's name", "/endpoints/..%2f..%2fx/invocations", {}],
    ["has a line end in it", "/endpoints/a%0d%0ab/invocations", {}],
    ["names a variant that is none", "/endpoints/counted/invocations", { "x-amzn-sagemaker-target-variant": "../<script>" }],
    ["has attributes that are not ASCII", "/endpoints/counted/invocations", { "x-amzn-sagemaker-custom-attributes": "a\xff" }],
    ["has a media type beyond the limit", "/endpoints/counted/invocations", { "content-type": "a".repeat(1_025) }],
    ["has a control character in a header", "/endpoints/counted/invocations", { "x-amzn-sagemaker-inference-id": "a\x1b[31m" }],
  ])("that %s is 400", async (_, path, headers) => {
    expect((await ask("POST", path, headers, "x")).status).toBe(400);
  });
});

describe("the platform's own routes", () => {
  test.each([
    ["POST", "/_slipway/training-jobs/%ff/interrupt", 400],
    ["POST", "/_slipway/alarms/%ff", 400],
    ["GET", "/_slipway/jobs/%ff/x", 400],
    ["GET", "/_slipway/assets/..%2f..%2f..%2fpackage.json", 404],
    ["GET", "/_slipway/assets/console.js%00", 404],
    ["GET", "/_slipway/../package.json", 404],
    ["GET", "/_SLIPWAY/status", 404],
    ["GET", "/_slipway/reset", 404],
    ["POST", "/_aws/function-url/../f/x", 404],
    ["POST", "/_aws/function-url/eu-west-1/..%2f..%2ff/x", 404],
    ["POST", "/_ministack/reset", 403],
  ])("%s %s is %i, and the platform goes on", async (method, path, status) => {
    expect((await ask(method, path, { "x-http-method-override": "POST" })).status).toBe(status);
    expect(await isAlive()).toBe(true);
  });

  test("show a name with markup as text, under a policy that lets no script in", async () => {
    const { text } = await ask("GET", `/_slipway/endpoints/${region}/%3Cscript%3Ealert(1)%3C%2Fscript%3E`);
    expect(text).toContain("<h1>&#60;script&#62;alert(1)&#60;/script&#62;</h1>");
    expect(text).toContain("content-security-policy: default-src 'none'; script-src 'self';");
  });
});

describe("S3", () => {
  test.each(["/..", "/%2e%2e", "/.", "/a%00b", "/169.254.169.254", "/localhost:80@x"])("makes no bucket %s", async (path) => {
    expect((await ask("PUT", path)).status).toBe(400);
  });

  test("keeps an object under any key, and inside of its folder", async () => {
    const keys = [
      "/../../etc/passwd",
      "//etc/passwd",
      "/%2fetc/group",
      "/a%00b",
      "/..",
      "/a/%2e%2e/%2e%2e/%2e%2e/%2e%2e/up",
      `/${"x".repeat(1_024)}`,
    ];
    for (const key of keys) {
      expect([key, (await ask("PUT", `/${bucket}${key}`, {}, `at ${key}`)).status]).toEqual([key, 200]);
    }
    for (const key of keys) {
      expect((await ask("GET", `/${bucket}${key}`)).text.endsWith(`\r\n\r\nat ${key}`)).toBe(true);
    }
    const names = (folder: string) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /(passwd|group|up)$/.test(name));
    expect(names(platform.stateDir).filter((name) => !name.startsWith(join("ministack", "s3")))).toEqual([]);
    expect(readdirSync(tmpdir())).not.toContain("up");
  });

  test("has no header begin in a value that the query asks for", async () => {
    await ask("PUT", `/${bucket}/page.html`, { "content-type": "text/html" }, "<script>1</script>");
    for (const name of ["response-content-disposition", "response-content-type", "response-cache-control"]) {
      const { text } = await ask("GET", `/${bucket}/page.html?${name}=a%0d%0ax-injected:%201%0d%0a%0d%0aX`);
      expect(text.toLowerCase()).not.toContain("\r\nx-injected:");
      expect(statusesOf(text)).toHaveLength(1);
    }
    expect(await isAlive()).toBe(true);
  });

  test("shows a page that was put as an object apart from the console", async () => {
    expect((await ask("GET", `/${bucket}/page.html`)).text).toContain("content-security-policy: sandbox allow-scripts");
  });
});

test("a page of another site makes no user by an image", async () => {
  const users = async () => (await ask("GET", "/?Action=ListUsers&Version=2010-05-08")).text;
  const image = "/?Action=CreateUser&UserName=mallory&Version=2010-05-08";
  expect((await ask("GET", image, { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" })).status).toBe(403);
  expect((await ask("GET", `/${bucket}${image.slice(1)}`, { "sec-fetch-site": "same-site" })).status).toBe(403);
  expect(await users()).not.toContain("mallory");
});

describe.skipIf(lan === undefined)("another machine", () => {
  const from = async (...[method, path, headers = {}, body]: Parameters<typeof request>) =>
    statusesOf(await raw(port, request(method, path, { host: `${lan}:${port}`, ...headers }, body), undefined, lan));
  const operation = { "x-amz-target": "SageMaker.ListModels", "content-type": "application/x-amz-json-1.1" };

  test.each<[string, string, string, Record<string, string>]>([
    ["by the header alone", "POST", "/", operation],
    ["at the path of a file that is for all", "GET", "/_slipway/assets/console.js", operation],
    [
      "for the scaling of an endpoint there",
      "GET",
      "/_slipway/assets/console.css",
      { "x-amz-target": "AnyScaleFrontendService.DescribeScalableTargets" },
    ],
    ["as if from here", "GET", "/_slipway/status", { "x-forwarded-for": "127.0.0.1", forwarded: "for=127.0.0.1" }],
    ["by this machine's name", "GET", "/_slipway/status", { host: "localhost" }],
    ["with an empty token", "GET", "/_slipway/status", { "x-slipway-token": "" }],
    ["with a session that nobody opened", "GET", "/_slipway/status", { cookie: "slipway-console-4566=AAAA" }],
  ])("without the token is refused an operation %s", async (_, method, path, headers) => {
    expect(await from(method, path, headers, "{}")).toEqual([403]);
  });

  test("with the token empties nothing, by no name", async () => {
    for (const path of ["/_slipway/reset", "/_slipway/shutdown", "/_ministack/reset", "/_ministack/config", "/%5fministack%2freset"]) {
      expect(await from("POST", path, { "x-slipway-token": token })).toEqual([403]);
    }
    expect(await from("POST", "/", { ...operation, "x-slipway-token": token }, "{}")).toEqual([200]);
  });
});
