import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baseImage, build, docker, stageKit } from "./support/kit-image";

const bare = "slipway-test/bare-base";
const tag = "slipway-test/kit-on-bare-base";
const scratch = mkdtempSync(join(tmpdir(), "slipway-bare-"));

/** CUDA bases are Debian or Ubuntu without Python; none can be had everywhere, so this one is made by taking Python away. */
const withoutPython = `ARG BASE
FROM \${BASE}
RUN if dpkg -s python3-minimal > /dev/null 2>&1; then apt-get purge -y --auto-remove 'python3*' 'libpython3*'; fi \\
 && rm -rf /usr/local/bin/*python* /usr/local/bin/pip* /usr/local/lib/python3* /usr/local/lib/libpython3* /usr/bin/python /usr/lib/python3* \\
 && ! command -v python && ! command -v python3
`;

const model = `import ctypes.util
import sys


class Model:
    def load(self, model_dir):
        pass

    def predict(self, input):
        return {"echo": input, "python": sys.base_prefix, "gomp": ctypes.util.find_library("gomp")}
`;

beforeAll(async () => {
  const folder = join(scratch, "base");
  mkdirSync(folder);
  writeFileSync(join(folder, "Dockerfile"), withoutPython);
  build(bare, folder, { BASE: await baseImage() });
  stageKit(join(scratch, "context"), model);
  build(tag, join(scratch, "context"), { BASE_IMAGE: bare, APT_PACKAGES: "python3 python3-venv libgomp1" });
});
afterAll(() => {
  docker(["image", "rm", "--force", tag, bare]);
  rmSync(scratch, { recursive: true, force: true });
});

describe("the image on a base without Python, such as a CUDA runtime", () => {
  it("gets Python and other libraries from APT_PACKAGES, answers /ping and an invocation, and drains on SIGTERM", async () => {
    const container = docker(["run", "--detach", "--publish", "127.0.0.1::8080", tag, "serve"]);
    try {
      const address = `http://${docker(["port", container, "8080"]).split("\n")[0]}`;
      await untilReady(`${address}/ping`, container);
      const answer = await ask(`${address}/invocations`, '{"n":1}');
      expect([answer.status, JSON.parse(answer.body)]).toEqual([
        200,
        { echo: { n: 1 }, python: "/usr", gomp: expect.stringMatching(/^libgomp\.so/) },
      ]);
      docker(["stop", "--time", "60", container]);
      expect(docker(["inspect", "--format", "{{.State.ExitCode}}", container])).toBe("0");
    } finally {
      docker(["rm", "--force", container]);
    }
  });
});

async function untilReady(url: string, container: string): Promise<void> {
  for (const deadline = Date.now() + 120_000; ; await sleep(100)) {
    const status = await ask(url).then(
      (answer) => answer.status,
      (error: unknown) => String(error),
    );
    if (status === 200) return;
    if (Date.now() > deadline) throw new Error(`${url} answers ${status}\n${docker(["logs", container])}`);
  }
}

/** One request on a connection of its own; `fetch` once waited for ever here, with no connection open at either end. */
function ask(url: string, body?: string): Promise<{ readonly status: number | undefined; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body ?? "") };
    const asked = request(url, { method: body === undefined ? "GET" : "POST", agent: false, timeout: 30_000, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode, body: Buffer.concat(chunks).toString() }));
    });
    asked.on("timeout", () => asked.destroy(new Error(`no answer from ${url} in 30 s`)));
    asked.on("error", reject);
    asked.end(body);
  });
}
