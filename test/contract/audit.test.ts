import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { packageRoot } from "../../tools/package-root";
import { ensureAuditTools } from "../../tools/python/ensure";
import { audit } from "../../tools/supply-chain/audit/audit";

/** What the registry and the OSV service of the tests answer; undefined stands for a service that knows no audits. */
interface Known {
  npm: Record<string, object[]> | undefined;
  python: Record<string, object[]> | undefined;
}

const npmAdvisory = {
  id: 1099999,
  url: "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
  title: "Prints secrets",
  severity: "high",
  vulnerable_versions: "<99.0.0",
};
const osvAdvisory = {
  id: "PYSEC-2026-1",
  aliases: ["CVE-2026-1"],
  summary: "Reads too far",
  affected: [
    { package: { name: "orjson", ecosystem: "PyPI" }, ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed: "99.0" }] }] },
  ],
};

/** The real npm and pip-audit, against services that are made here. */
describe("npm run audit", { timeout: 240_000 }, () => {
  // npm remembers advisories: these are none for the user's own cache.
  const cache = mkdtempSync(join(tmpdir(), "slipway-audit-"));
  let server: Server;
  let base: string;
  let python: string;
  const known: Known = { npm: {}, python: {} };
  const asked = { npm: [] as string[], python: [] as string[] };

  beforeAll(async () => {
    python = (await ensureAuditTools()).python;
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const bytes = Buffer.concat(chunks);
        const text = (request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString();
        const answer = request.method === "POST" ? answered(request.url ?? "", text) : undefined;
        response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" }).end(JSON.stringify(answer ?? {}));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }, 300_000);
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(cache, { recursive: true, force: true });
  });
  beforeEach(() => {
    asked.npm = [];
    asked.python = [];
  });

  function answered(url: string, text: string): object | undefined {
    if (url === "/-/npm/v1/security/advisories/bulk") {
      asked.npm.push(...Object.keys(JSON.parse(text) as object));
      return known.npm;
    }
    if (url !== "/v1/query") return undefined;
    const { name } = (JSON.parse(text) as { package: { name: string } }).package;
    asked.python.push(name);
    const vulns = known.python?.[name];
    return known.python === undefined ? undefined : vulns === undefined ? {} : { vulns };
  }

  const run = (accepted: object[] = []) => {
    const settings = { npm_config_cache: cache, NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" };
    const env = {
      ...process.env,
      ...settings,
      npm_config_registry: base,
      npm_config_fetch_retries: "0",
      npm_config_update_notifier: "false",
    };
    return audit({ root: packageRoot(), python, env, osvUrl: `${base}/v1/query`, accepted, today: "2027-01-01" });
  };

  test("asks about every package that is shipped, and ends with 0 when nothing is known of them", async () => {
    Object.assign(known, { npm: {}, python: {} });
    expect(await run()).toEqual({ code: 0, lines: ["Nothing was found."] });
    expect(asked.npm).toEqual(expect.arrayContaining(["@pulumi/pulumi", "@aws-sdk/client-s3", "tar-stream"]));
    expect(asked.npm).not.toContain("vitest");
    expect(asked.python).toEqual(expect.arrayContaining(["orjson", "uvloop", "ministack", "uv"]));
    expect(asked.python).not.toContain("pytest");
  });

  test("ends with 1 and names what is vulnerable, but for what is accepted", async () => {
    Object.assign(known, { npm: { "tar-stream": [npmAdvisory] }, python: { orjson: [osvAdvisory] } });
    const accepted = { id: "CVE-2026-1", package: "orjson", reason: "nothing here decodes JSON of strangers", expires: "2027-01-01" };
    expect(await run([accepted])).toEqual({
      code: 1,
      lines: [
        "found GHSA-aaaa-bbbb-cccc 1099999 in tar-stream: high: Prints secrets (tar-stream <99.0.0)",
        "Take a version that mends it, or accept it in tools/supply-chain/audit/accepted.json with a reason and a last day.",
      ],
    });
  });

  test("ends with 3 and says what was not checked when the services know no audits, and still names what one of them found", async () => {
    Object.assign(known, { npm: undefined, python: undefined });
    const { code, lines } = await run();
    expect(code).toBe(3);
    expect(lines).toEqual([
      expect.stringMatching(/^not checked: npm packages: the registry does not answer audits \(.*404/),
      expect.stringMatching(/^not checked: Python packages: pip-audit's service does not answer/),
      "Nothing was found in what could be checked.",
    ]);
    Object.assign(known, { npm: undefined, python: { orjson: [osvAdvisory] } });
    const partly = await run();
    expect(partly.code).toBe(1);
    expect(partly.lines[0]).toMatch(/^found PYSEC-2026-1 CVE-2026-1 in orjson: Reads too far \(orjson [\d.]+; mended in 99\.0\)$/);
    expect(partly.lines[1]).toMatch(/^not checked: npm packages/);
  });
});
