import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, HeadBucketCommand } from "@aws-sdk/client-s3";
import {
  CreateTrainingJobCommand,
  DescribeTrainingJobCommand,
  ListDomainsCommand,
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListModelsCommand,
  ListTrainingJobsCommand,
  waitUntilEndpointInService,
} from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Daemon, startDaemon } from "../../local/daemon";
import { ensureLocalTools } from "../../tools/python/ensure";
import { account, bucket, clientsOf, networkAddress, type Platform, region, startPlatform } from "./support/platform";
import { createEndpoint, trainingJob } from "./support/requests";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** A request as it is, with headers and a path that fetch would not send. */
function ask(method: string, path: string, headers: Record<string, string> = {}, url: string = platform.endpointUrl): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ hostname, port, method, path, headers }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

test.each([
  ["the SageMaker API", "POST", "/", { "x-amz-target": "SageMaker.ListModels" }],
  ["the runtime", "POST", "/endpoints/e/invocations", {}],
  ["the admin routes", "GET", "/_slipway/status", {}],
  ["the other services", "GET", `/${bucket}`, {}],
  ["deployed APIs", "GET", "/_aws/execute-api/a/b", {}],
])("%s are refused under a name that is not this machine's", async (_, method, path, headers) => {
  const { status, body } = await ask(method, path, { host: "rebound.example", ...headers });
  expect(status).toBe(403);
  expect(JSON.parse(body)).toEqual({
    __type: "AccessDeniedException",
    message: 'the host name "rebound.example" is refused: allowed are localhost, *.localhost, 127.0.0.1, [::1]',
  });
});

test("web pages of other sites are refused everywhere, and no answer is opened to them", async () => {
  const origin = "https://evil.example";
  const preflight = { origin, "access-control-request-method": "POST", "access-control-request-headers": "x-amz-target" };
  for (const path of ["/", `/${bucket}`, "/_slipway/reset", "/endpoints/e/invocations"]) {
    expect((await ask("OPTIONS", path, preflight)).status).toBe(403);
    expect((await ask("POST", path, { origin })).status).toBe(403);
  }
  for (const [method, path] of [
    ["GET", `/${bucket}`],
    ["GET", "/_slipway/health"],
    ["POST", "/"],
  ] as const) {
    const { headers } = await ask(method, path, method === "POST" ? { "x-amz-target": "SageMaker.ListModels" } : {});
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
  }
});

test.each(["/../../../escaped.txt", "/..%2f..%2f..%2fescaped.txt", "/%2e%2e/%2e%2e/escaped.txt", "/a/../../../../escaped.txt"])(
  "a key such as %s stays within the storage",
  async (key) => {
    await ask("PUT", `/${bucket}${key}`, { "content-length": "0" });
    const below = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: "utf8" });
    const outside = below(platform.stateDir).filter((path) => path.endsWith("escaped.txt") && !path.startsWith(join("ministack", "s3")));
    expect(outside).toEqual([]);
    expect(readdirSync(join(platform.stateDir, ".."))).not.toContain("escaped.txt");
  },
);

test("a region's name cannot lead out of the state folder", async () => {
  const authorization = "AWS4-HMAC-SHA256 Credential=k/20260101/../../../escaped/sagemaker/aws4_request";
  const { status } = await ask("POST", "/", { "x-amz-target": "SageMaker.ListModels", authorization });
  expect(status).toBe(200);
  expect(readdirSync(join(platform.stateDir, "sagemaker"))).toEqual([region]);
});

test("a reset ends containers and forgets resources, buckets and queues; the endpoint goes on serving", async () => {
  const { sagemaker, s3 } = platform;
  await createEndpoint(platform, "doomed");
  await waitUntilEndpointInService({ client: sagemaker, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 }, { EndpointName: "doomed" });
  await sagemaker.send(new CreateTrainingJobCommand(trainingJob(platform, "doomed", { HyperParameters: { fault: "hang" } })));
  const status = async () => (await sagemaker.send(new DescribeTrainingJobCommand({ TrainingJobName: "doomed" }))).SecondaryStatus;
  await expect.poll(status, { timeout: 60_000 }).toBe("Training");

  const refused = await ask("POST", "/_slipway/reset", { origin: platform.endpointUrl });
  expect(refused.status).toBe(403);
  expect((await sagemaker.send(new ListEndpointsCommand({}))).Endpoints).toHaveLength(1);

  expect(await ask("POST", "/_slipway/reset")).toMatchObject({ status: 200, body: '{"status":"empty"}' });
  expect((await sagemaker.send(new ListEndpointsCommand({}))).Endpoints).toEqual([]);
  expect((await sagemaker.send(new ListEndpointConfigsCommand({}))).EndpointConfigs).toEqual([]);
  expect((await sagemaker.send(new ListModelsCommand({}))).Models).toEqual([]);
  expect((await sagemaker.send(new ListTrainingJobsCommand({}))).TrainingJobSummaries).toEqual([]);
  expect((await sagemaker.send(new ListDomainsCommand({}))).Domains).toEqual([]);
  await expect(s3.send(new HeadBucketCommand({ Bucket: bucket }))).rejects.toThrow();

  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await createEndpoint(platform, "doomed");
  await waitUntilEndpointInService({ client: sagemaker, maxWaitTime: 60, minDelay: 0.1, maxDelay: 0.5 }, { EndpointName: "doomed" });
});

async function daemonOf(
  stateDir: string,
  more: { readonly account?: string; readonly host?: string; readonly token?: string },
): Promise<Daemon> {
  const { venv } = await ensureLocalTools();
  return startDaemon({ stateDir, port: 0, account, region, runner: "process", version: "test", pythonTools: venv, ...more });
}

test("a state folder of another account is refused, with what to do, and keeps its owner", async () => {
  const stateDir = mkdtempSync(join(tmpdir(), "slipway-account-"));
  const first = await daemonOf(stateDir, {});
  await first.stop();
  await expect(daemonOf(stateDir, { account: "999999999999" })).rejects.toMatchObject({
    code: "SLIP-5008",
    message:
      `--account: got 999999999999, and the state folder ${stateDir} is of account ${account}; ` +
      `use --account ${account}, another folder (--state <dir>), or start afresh (slipway local down --data)`,
  });
  const again = await daemonOf(stateDir, {});
  await again.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

const lan = networkAddress();

test.skipIf(lan === undefined)("with a host, what comes over the network needs the token, and any AWS client can carry it", async () => {
  const stateDir = mkdtempSync(join(tmpdir(), "slipway-host-"));
  const token = "a-token-for-the-test";
  const daemon = await daemonOf(stateDir, { host: "0.0.0.0", token });
  const url = `http://${lan}:${daemon.record.port}`;
  try {
    expect(daemon.record).toMatchObject({ host: "0.0.0.0", token });
    expect((await ask("GET", "/_slipway/health", {}, url)).status).toBe(403);
    expect((await ask("GET", "/_slipway/health", { "x-slipway-token": token }, url)).status).toBe(200);
    expect((await ask("GET", "/_slipway/status", {}, daemon.record.endpointUrl)).body).not.toContain(token);
    for (const path of ["/_slipway/shutdown", "/_slipway/reset"]) {
      expect((await ask("POST", path, { "x-slipway-token": token }, url)).status).toBe(403);
    }
    const withToken = clientsOf(url, { accessKeyId: token, secretAccessKey: "any" });
    expect((await withToken.sagemaker.send(new ListModelsCommand({}))).Models).toEqual([]);
    await expect(clientsOf(url).sagemaker.send(new ListModelsCommand({}))).rejects.toMatchObject({ name: "AccessDeniedException" });

    const person = { accept: "text/html" };
    const origin = url;
    expect(await ask("GET", "/", person, url)).toMatchObject({ status: 403, body: expect.stringContaining('name="token"') });
    expect((await ask("GET", "/?token=a-token-for-the-tests", person, url)).headers["set-cookie"]).toBeUndefined();
    expect((await ask("GET", `/?token=${token}`, { ...person, host: "rebound.example" }, url)).status).toBe(403);
    expect((await ask("POST", "/_slipway/sign-in", { origin: "http://evil.example" }, url)).status).toBe(403);
    const entered = await ask("GET", `/?token=${token}`, person, url);
    expect([entered.status, entered.headers.location]).toEqual([303, "/_slipway/"]);
    const [cookie = ""] = String(entered.headers["set-cookie"]).split(";");
    expect((await ask("GET", "/_slipway/jobs", { cookie }, url)).status).toBe(200);
    expect((await ask("POST", "/endpoints/none/invocations", { cookie, origin }, url)).status).toBe(400);
    for (const refused of [{ cookie }, { cookie, origin: "http://evil.example" }] as Record<string, string>[]) {
      expect((await ask("POST", "/endpoints/none/invocations", refused, url)).status).toBe(403);
    }
    for (const path of ["/_slipway/shutdown", "/_slipway/reset", "/_slipway/alarms/a"]) {
      expect((await ask("POST", path, { cookie, origin }, url)).status).toBe(403);
    }
    expect((await ask("POST", "/_slipway/sign-out", { cookie }, url)).status).toBe(403);
    expect((await ask("POST", "/_slipway/sign-out", { cookie, origin }, url)).status).toBe(303);
    expect((await ask("GET", "/_slipway/jobs", { cookie }, url)).status).toBe(403);
  } finally {
    await daemon.stop();
    rmSync(stateDir, { recursive: true, force: true });
  }
});
