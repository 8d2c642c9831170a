import { createSign, generateKeyPairSync } from "node:crypto";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ModelDescription } from "../../components";
import { fetchWhole } from "../support/fetch-whole";
import { type LocalAws, root, startLocalAws } from "./support/local-aws";
import { Project, type Run } from "./support/project";

interface Outputs {
  readonly queued: ModelDescription;
  readonly tokens: ModelDescription;
  readonly shared: Readonly<Record<string, ModelDescription>>;
}

const program = (issuer: string, gates: string, period: string) => `
import { ModelService, Platform, SharedApi } from "${root}/components";

const platform = new Platform("platform", { forceDestroy: true });
const realtime = { instanceType: "ml.m5.large" };
const queued = new ModelService("queued", {
  platform,
  code: "models/parrot",
  async: { instanceType: "ml.m5.large" },
  api: {
    kind: "rest",
    apiKey: true,
    path: "/queued",
    idempotencyKeys: true,
    usagePlan: { quota: { requests: 10000, period: "${period}" } },
    cors: { origins: ["https://shop.example.com"] },
  },
}).outputs;
const tokens = new ModelService("tokens", {
  platform,
  code: "models/tokens",
  realtime,
  environment: { CONTROL_DIR: ${JSON.stringify(gates)} },
  api: { path: "/tokens", streaming: true },
}).outputs;
const parrot = new ModelService("parrot", { platform, code: "models/parrot", realtime });
const api = new SharedApi("shared", {
  platform,
  jwt: { issuer: ${JSON.stringify(issuer)}, audience: ["shop"], scopes: ["ask"] },
  cors: { origins: ["https://shop.example.com"] },
  routes: [
    { path: "/guarded", model: parrot },
    { path: "/open", model: parrot, authorization: "NONE", timeout: "20s" },
  ],
});
module.exports = { queued, tokens, shared: api.models };
`;

/** One stack has every front; the tests ask its URLs. */
describe("fronts, on the real engine and the local AWS", () => {
  const gates = mkdtempSync(join(tmpdir(), "slipway-gates-"));
  let aws: LocalAws;
  let project: Project;
  let issuer: Issuer;
  let outputs: Outputs;

  beforeAll(async () => {
    aws = await startLocalAws();
    project = await Project.create(aws);
    cpSync(join(root, "test", "engine", "fixtures", "fronts"), join(project.folder, "models"), { recursive: true });
    issuer = await Issuer.start();
    await deploy("DAY");
  });
  afterAll(async () => {
    issuer?.stop();
    project?.remove();
    await aws?.stop();
    rmSync(gates, { recursive: true, force: true });
  });

  async function deploy(period: string): Promise<Run> {
    project.write("index.ts", program(issuer.url, gates, period));
    const run = await project.up();
    expect(run.exitCode, run.text).toBe(0);
    outputs = await project.outputs<Outputs>();
    return run;
  }

  const key = async () => (await fetchWhole(`${aws.endpointUrl}/_slipway/api-keys/${outputs.queued.apiKeyId}?region=us-east-1`)).text();
  const json = { "content-type": "application/json" };

  async function ask(url: string | undefined, body: string, headers: Record<string, string> = json) {
    const answer = await fetchWhole(url ?? "", { method: "POST", headers, body });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  /** Asks for a request's state until it is no longer pending. */
  async function finished(location: string): Promise<Record<string, unknown>> {
    const headers = { "x-api-key": await key() };
    for (const deadline = Date.now() + 120_000; Date.now() < deadline; ) {
      const answer = await fetchWhole(location, { headers });
      const state = (await answer.json()) as Record<string, unknown>;
      expect([answer.status, state.status], JSON.stringify(state)).toEqual([200, expect.stringMatching(/^(pending|completed|failed)$/)]);
      if (state.status !== "pending") return state;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`${location} is pending still`);
  }

  async function submitted(body: string, more: Record<string, string> = {}): Promise<{ readonly id: string; readonly url: string }> {
    const answer = await ask(outputs.queued.apiUrl, body, { ...json, "x-api-key": await key(), ...more });
    expect(answer.status, answer.text).toBe(202);
    const { id, status, location } = JSON.parse(answer.text) as { id: string; status: string; location: string };
    expect([status, location, answer.headers.get("location")]).toEqual(["pending", `queued/${id}`, location]);
    return { id, url: new URL(location, outputs.queued.apiUrl).href };
  }

  const content = async (state: Record<string, unknown>) => (await fetchWhole((state.result as { url: string }).url)).text();

  test("tell clients what each is, and of a key its id only", async () => {
    expect(outputs.queued).toMatchObject({
      kind: "async",
      apiKind: "rest",
      apiAuthorization: "NONE",
      apiKeyId: expect.stringMatching(/^\w+$/),
    });
    expect(outputs.tokens).toMatchObject({ apiKind: "stream", apiAuthorization: "AWS_IAM" });
    expect(outputs.shared["/open"]).toMatchObject({ endpointName: "platform-parrot", apiKind: "http", apiAuthorization: "NONE" });
    const state = await project.pulumi("stack", "export", "--stack", "test");
    expect(state).not.toContain(await key());
  });

  test("a REST API refuses a missing and a wrong key, and takes the right one", async () => {
    const refused = { status: 403, text: '{"message":"Forbidden"}' };
    expect(await ask(outputs.queued.apiUrl, "{}")).toMatchObject(refused);
    expect(await ask(outputs.queued.apiUrl, "{}", { ...json, "x-api-key": "x".repeat(20) })).toMatchObject(refused);
    await submitted("{}");
  });

  test("a request to an asynchronous model is accepted, and its result is had from a URL that needs no key", async () => {
    const { id, url } = await submitted('{"x":1}');
    const state = await finished(url);
    expect(state).toEqual({
      id,
      status: "completed",
      result: { url: expect.stringContaining("X-Amz-Expires=900"), contentType: "application/json", bytes: 17, expiresInSeconds: 900 },
    });
    expect(await content(state)).toBe('{"heard":{"x":1}}');
  });

  test("a request that fails tells the model's own error", async () => {
    const { url } = await submitted('{"fail":"no such word"}');
    expect(await finished(url)).toMatchObject({
      status: "failed",
      error: { type: "ValueError", message: expect.stringContaining("no such word") },
    });
  });

  test("a large input is uploaded to a URL, and then named", async () => {
    const place = await ask(`${outputs.queued.apiUrl}/uploads`, "", { "x-api-key": await key() });
    expect(place.status).toBe(201);
    const { input, url } = JSON.parse(place.text) as { input: string; url: string };
    const bytes = Buffer.from([0, 255, 128, 10]);
    expect((await fetchWhole(url, { method: "PUT", body: bytes })).status).toBe(200);
    const accepted = await submitted(JSON.stringify({ input, contentType: "application/octet-stream" }), {
      accept: "application/octet-stream",
    });
    const state = await finished(accepted.url);
    expect(state.status, JSON.stringify(state)).toBe("completed");
    const result = await fetchWhole((state.result as { url: string }).url);
    expect(Buffer.from(await result.arrayBuffer())).toEqual(bytes);
  });

  test("a request with an Idempotency-Key is accepted once, and another one with that key is refused", async () => {
    const once = { "idempotency-key": "order-1" };
    const { id } = await submitted('{"x":2}', once);
    expect((await submitted('{"x":2}', once)).id).toBe(id);
    const other = await ask(outputs.queued.apiUrl, '{"x":3}', { ...json, ...once, "x-api-key": await key() });
    expect([other.status, JSON.parse(other.text)]).toMatchObject([422, { error: { type: "IdempotencyKeyReused" } }]);
  });

  test("what is no id of a request is not found", async () => {
    const answer = await fetchWhole(`${outputs.queued.apiUrl}/~W10`, { headers: { "x-api-key": await key() } });
    expect([answer.status, await answer.json()]).toMatchObject([404, { error: { type: "UnknownRequest" } }]);
  });

  test("pages of the allowed site may call a REST API and an HTTP API, others may not", async () => {
    const preflight = (url: string | undefined, origin: string) =>
      fetchWhole(url ?? "", { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } });
    for (const url of [outputs.queued.apiUrl, outputs.shared["/open"]?.apiUrl]) {
      const allowed = await preflight(url, "https://shop.example.com");
      expect([allowed.status < 300, allowed.headers.get("access-control-allow-origin")]).toEqual([true, "https://shop.example.com"]);
      expect((await preflight(url, "https://other.example.com")).headers.get("access-control-allow-origin")).toBeNull();
    }
  });

  test("two models are behind one API: one for everyone, one for who has a token of the issuer with the scope", async () => {
    const [open, guarded] = [outputs.shared["/open"]?.apiUrl, outputs.shared["/guarded"]?.apiUrl];
    expect(await ask(open, '{"x":4}')).toMatchObject({ status: 200, text: '{"heard":{"x":4}}' });
    expect((await ask(guarded, '{"x":4}')).status).toBe(401);
    const bearer = (claims: object) => ({ ...json, authorization: `Bearer ${issuer.token(claims)}` });
    expect((await ask(guarded, '{"x":4}', bearer({ aud: "other", scope: "ask" }))).status).toBe(401);
    expect((await ask(guarded, '{"x":4}', bearer({ aud: "shop", scope: "read" }))).status).toBe(403);
    expect(await ask(guarded, '{"x":4}', bearer({ aud: "shop", scope: "ask" }))).toMatchObject({
      status: 200,
      text: '{"heard":{"x":4}}',
    });
  });

  test("text and binary bodies pass an API unchanged", async () => {
    const url = outputs.shared["/open"]?.apiUrl ?? "";
    const text = await ask(url, "Grüße, 世界\n", { "content-type": "text/plain; charset=utf-8", accept: "text/plain" });
    expect([text.status, text.text]).toEqual([200, "Grüße, 世界\n"]);
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    const binary = "application/octet-stream";
    const answer = await fetchWhole(url, { method: "POST", headers: { "content-type": binary, accept: binary }, body: bytes });
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes);
  });

  test("streamed words arrive one by one, for a signed request alone", async () => {
    expect(await ask(outputs.tokens.apiUrl, "{}")).toMatchObject({ status: 403, text: '{"Message":"Forbidden"}' });
    const authorization = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0";
    expect((await ask(outputs.tokens.apiUrl?.replace("/tokens", "/other"), "{}", { ...json, authorization })).status).toBe(404);
    const words = (await posted(outputs.tokens.apiUrl ?? "", { ...json, authorization, accept: "text/plain" }))[Symbol.asyncIterator]();
    const next = async () => String((await words.next()).value);
    expect(await next()).toBe("one ");
    writeFileSync(join(gates, "1.open"), "");
    expect(await next()).toBe("two ");
    writeFileSync(join(gates, "2.open"), "");
    expect(await next()).toBe("three");
    expect((await words.next()).done).toBe(true);
  });

  test("a second deployment changes nothing, a changed quota the plan alone, and all can be destroyed", async () => {
    expect((await deploy("DAY")).changes).toEqual([]);
    expect((await deploy("WEEK")).changes.filter((change) => !change.includes("pulumi:pulumi:Stack"))).toEqual([
      "update aws:apigateway/usagePlan:UsagePlan queued-api-plan",
    ]);
    await submitted("{}");
    const destroyed = await project.destroy();
    expect(destroyed.exitCode, destroyed.text).toBe(0);
    expect(await project.resources()).toEqual([]);
  });
});

/** A streamed answer to `{}`. */
function posted(url: string, headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method: "POST", headers }, resolve);
    outgoing.on("error", reject);
    outgoing.end("{}");
  });
}

/** An OpenID Connect issuer as far as an API asks one: where its keys are, and the keys. */
class Issuer {
  private readonly keys = generateKeyPairSync("rsa", { modulusLength: 2048 });

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Issuer> {
    const server = createServer();
    const issuer = new Issuer(server);
    server.on("request", (request, response) => {
      const isKeys = request.url === "/keys";
      const jwk = { ...issuer.keys.publicKey.export({ format: "jwk" }), kid: "one", use: "sig", alg: "RS256" };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(isKeys ? { keys: [jwk] } : { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  token(claims: object): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const now = Math.floor(Date.now() / 1000);
    const signed = `${part({ alg: "RS256", kid: "one" })}.${part({ iss: this.url, iat: now - 60, exp: now + 3600, ...claims })}`;
    return `${signed}.${createSign("RSA-SHA256").update(signed).sign(this.keys.privateKey, "base64url")}`;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
