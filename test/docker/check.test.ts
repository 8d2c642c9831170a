import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureBaseImage } from "../../tools/docker/ensure";
import { packageRoot } from "../../tools/package-root";
import { slipway } from "../cli/command";

interface Check {
  readonly id: string;
  readonly state: string;
  readonly found: string;
}

interface Answer {
  readonly data: { readonly runner: string; readonly ok: boolean; readonly checks: readonly Check[] } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

const scratch = mkdtempSync(join(tmpdir(), "slipway-check-docker-"));
let ownBase: string | undefined;

beforeAll(async () => {
  ownBase = await ensureBaseImage();
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe("a folder that is checked with Docker", () => {
  it("is built with the kit, and every line holds as another user and on a read-only file system too", async () => {
    const folder = join(scratch, "model");
    mkdirSync(join(folder, "data"), { recursive: true });
    writeFileSync(join(folder, "model.py"), program);
    writeFileSync(join(folder, "sample.json"), "{}");
    writeFileSync(join(folder, "data", "rows.txt"), "1\n2\n");
    const { exitCode, data } = await check([folder, "--runner", "docker"]);
    // How fast an engine starts a container says nothing about the image, and the job is too short to be stopped.
    const others = data?.checks.filter(({ id }) => id !== "accept" && id !== "train-stop") ?? [];
    expect(others.filter(({ state }) => state !== "pass")).toEqual([]);
    expect([exitCode, data?.runner, data?.ok, others.length]).toEqual([0, "docker", true, 20]);
  });

  it("may have a Dockerfile alone; what needs root, or writes where it likes, is told by the lines that Docker can try", async () => {
    expect(await statesOf("")).toEqual({ serve: "pass", "non-root": "pass", "read-only": "pass" });
    expect(await statesOf("needs-root")).toEqual({ serve: "pass", "non-root": "note", "read-only": "pass" });
    expect(await statesOf("writes-anywhere")).toEqual({ serve: "pass", "non-root": "pass", "read-only": "note" });
  });

  it("that Docker cannot build is told with the build's last lines", async () => {
    const folder = join(scratch, "broken");
    mkdirSync(folder);
    writeFileSync(join(folder, "Dockerfile"), `FROM ${base()}\nRUN echo no such luck && exit 7\n`);
    const { exitCode, error } = await check([folder]);
    expect([exitCode, error?.code]).toEqual([1, "SLIP-5022"]);
    expect(error?.message).toContain("no such luck");
  });

  it("leaves no container behind", () => {
    const names = execFileSync("docker", ["ps", "--all", "--format", "{{.Names}}", "--filter", "name=slipway-check-"], {
      encoding: "utf8",
    });
    expect(names.trim()).toBe("");
  });
});

async function check(args: readonly string[]): Promise<Answer & { readonly exitCode: number }> {
  const env = { ...process.env, ...(ownBase === undefined ? {} : { SLIPWAY_BASE_IMAGE: ownBase }) };
  const { exitCode, stdout } = await slipway(scratch, ["check", ...args, "--json"], { env });
  return { exitCode, ...(JSON.parse(stdout) as Answer) };
}

/** The states of the lines that tell serving in Docker from serving as a process, for the fixture's container with a fault. */
async function statesOf(fault: string): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(scratch, "container-"));
  cpSync(join(packageRoot(), "test/local/check/fixtures/container.py"), join(folder, "container.py"));
  writeFileSync(
    join(folder, "Dockerfile"),
    `FROM ${base()}
RUN mkdir /var/anyone && chmod 0777 /var/anyone
COPY container.py /opt/container.py
ENV FAULT=${fault} HOST=0.0.0.0 SAGEMAKER_BASE_DIR=/opt/ml SAGEMAKER_BIND_TO_PORT=8080
ENTRYPOINT ["python3", "/opt/container.py"]
`,
  );
  writeFileSync(join(folder, "sample.json"), '{"x": 2}');
  mkdirSync(join(folder, "model"));
  writeFileSync(join(folder, "model", "scale.json"), "3");
  const { data } = await check([folder, "--only", "serve", "--model", join(folder, "model")]);
  const told = data?.checks.filter(({ id }) => ["serve", "non-root", "read-only"].includes(id)) ?? [];
  return Object.fromEntries(told.map(({ id, state }) => [id, state]));
}

function base(): string {
  return ownBase ?? "python:3.11-slim-bookworm";
}

const program = `import json

class Model:
    def load(self, model_dir):
        self.rows = json.loads((model_dir / "rows.json").read_text())

    def predict(self, input):
        return {"rows": self.rows}

    def fit(self, ctx):
        with ctx.stream("train") as stream:
            (ctx.model_dir / "rows.json").write_text(json.dumps(len(stream.readlines())))
`;
