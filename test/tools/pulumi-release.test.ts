import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { packageRoot } from "../../tools/package-root";
import { ensurePulumi } from "../../tools/pulumi/ensure";
import { scratchFolder, script } from "./scratch";

const manifest = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as { dependencies: Record<string, string> };
const version = manifest.dependencies["@pulumi/pulumi"] ?? "";
const archive = `pulumi-v${version}-${process.platform}-${process.arch}.tar.gz`;
const tarFolders = ["tar", "gzip"].map((name) =>
  execFileSync("sh", ["-c", `dirname "$(command -v ${name})"`], { encoding: "utf8" }).trim(),
);

/** A release as the official one is laid out: a tar of `pulumi/…`, and a list of checksums. */
function release(): Buffer {
  const folder = scratchFolder();
  for (const name of ["pulumi", "pulumi-language-nodejs"]) script(join(folder, "pulumi", name), `echo v${version}`);
  execFileSync("tar", ["-czf", "release.tar.gz", "pulumi"], { cwd: folder });
  return readFileSync(join(folder, "release.tar.gz"));
}

async function serve(files: Record<string, Buffer | string>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const body = files[request.url ?? ""];
    asked.push(request.url ?? "");
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { asked, releases: { archives: `${base}/archives`, checksums: `${base}/checksums` } };
}

/** An address where nothing listens any more. */
async function unreachable(): Promise<string> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise<unknown>((closed) => server.close(closed));
  return `http://127.0.0.1:${port}`;
}

async function serveRelease(checksum: (archive: Buffer) => string) {
  const content = release();
  return serve({
    [`/archives/${archive}`]: content,
    [`/checksums/v${version}/pulumi-${version}-checksums.txt`]: `${"0".repeat(64)}  pulumi-v${version}-plan9-x64.tar.gz\n${checksum(content)}  ${archive}\n`,
  });
}

/** A machine with tar, and with neither a Pulumi CLI nor Go. */
function bareMachine() {
  const bin = scratchFolder();
  const tar = tarFolders[0] ?? "";
  script(join(bin, "tar"), `PATH=${tarFolders.join(":")} exec ${tar}/tar "$@"`);
  const cache = scratchFolder();
  return { cache, env: { PATH: bin, XDG_CACHE_HOME: cache } };
}

const sha256 = (content: Buffer) => createHash("sha256").update(content).digest("hex");

describe("the official Pulumi release", () => {
  it("is downloaded, checked and kept for the next time", async () => {
    const { env, cache } = bareMachine();
    const { releases, asked } = await serveRelease(sha256);
    const messages: string[] = [];
    const bin = join(cache, "slipway", "pulumi", version, "bin");
    expect(await ensurePulumi({ env, releases, onProgress: (message) => messages.push(message) })).toEqual({
      bin,
      version,
      source: "download",
    });
    expect(readdirSync(bin).sort()).toEqual(["pulumi", "pulumi-language-nodejs"]);
    expect(messages[0]).toBe(`Getting Pulumi ${version} (no pulumi on PATH)`);
    expect(await ensurePulumi({ env, releases })).toEqual({ bin, version, source: "cache" });
    expect(asked).toHaveLength(2);
  });

  it("is downloaded once when two processes want it", async () => {
    const { env } = bareMachine();
    const { releases, asked } = await serveRelease(sha256);
    const both = await Promise.all([ensurePulumi({ env, releases }), ensurePulumi({ env, releases })]);
    expect(both.map(({ source }) => source).sort()).toEqual(["cache", "download"]);
    expect(asked).toHaveLength(2);
  });

  it("is refused when its checksum differs, and nothing is left behind", async () => {
    const { env, cache } = bareMachine();
    const wrong = "f".repeat(64);
    const { releases } = await serveRelease(() => wrong);
    await expect(ensurePulumi({ env, releases })).rejects.toMatchObject({
      code: "SLIP-5003",
      details: [
        "no pulumi on PATH",
        expect.stringMatching(new RegExp(`^download: ${archive} has SHA-256 [0-9a-f]{64}, but ${wrong} is published; it was not used$`)),
        "build: building it needs Go 1.24 or newer, and there is no go on PATH",
      ],
      cure: expect.stringContaining(`Install the Pulumi CLI ${version} or newer`),
    });
    expect(readdirSync(join(cache, "slipway", "pulumi"))).toEqual([]);
  });

  it("is refused when no checksum is published for it", async () => {
    const { env } = bareMachine();
    const { releases, asked } = await serve({
      [`/checksums/v${version}/pulumi-${version}-checksums.txt`]: "abc  something-else\n",
      [`/archives/${archive}`]: release(),
    });
    await expect(ensurePulumi({ env, releases })).rejects.toMatchObject({
      details: expect.arrayContaining([expect.stringContaining(`names no SHA-256 for ${archive}`)]),
    });
    expect(asked).toHaveLength(1);
  });

  it("that cannot be reached is said so", async () => {
    const { env } = bareMachine();
    const nowhere = await unreachable();
    await expect(ensurePulumi({ env, releases: { archives: nowhere, checksums: nowhere } })).rejects.toMatchObject({
      details: expect.arrayContaining([
        expect.stringMatching(/^download: http:\/\/127\.0\.0\.1:\d+\/.* cannot be reached \(connect ECONNREFUSED .+\)$/),
      ]),
    });
  });
});

describe("building from source", () => {
  it("says which Go is too old", async () => {
    const { env } = bareMachine();
    const go = script(join(env.PATH, "go"), "echo go version go1.21.3 linux/amd64");
    const nowhere = await unreachable();
    await expect(ensurePulumi({ env, releases: { archives: nowhere, checksums: nowhere } })).rejects.toMatchObject({
      details: expect.arrayContaining([`build: building it needs Go 1.24 or newer, and ${go} is "go version go1.21.3 linux/amd64"`]),
    });
  });
});
