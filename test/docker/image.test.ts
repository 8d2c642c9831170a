import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkContainer } from "../../local/check/check-container";
import { lines } from "../../local/check/lines";
import { findTarget } from "../../local/check/target";
import { DockerRunner } from "../../local/containers/docker-runner";
import { ProcessRegister } from "../../local/state/process-register";
import { packageRoot } from "../../tools/package-root";
import { pinnedRequirements } from "../../tools/supply-chain/pins";
import { baseImage, build, docker, stageKit } from "./support/kit-image";

const tag = "slipway-test/kit";
const megabyte = 1_000_000;
const scratch = mkdtempSync(join(tmpdir(), "slipway-image-"));

beforeAll(async () => {
  build(tag, stagedContext(), { BASE_IMAGE: await baseImage() });
});
afterAll(() => {
  docker(["image", "rm", "--force", tag, `${tag}:no-shell`]);
  rmSync(scratch, { recursive: true, force: true });
});

describe("the image of a model without requirements", () => {
  it("adds less than 250 MB to its base", async () => {
    const [whole = 0, below = 0] = docker(["image", "inspect", "--format", "{{.Size}}", tag, await baseImage()])
      .split("\n")
      .map(Number);
    expect(below).toBeGreaterThan(0);
    expect(whole - below).toBeLessThan(250 * megabyte);
  });

  it("carries the bill of what is in it: the kit's packages by the bytes that were downloaded, and those of the base", () => {
    const text = docker(["run", "--rm", "--entrypoint", "cat", tag, "/opt/slipway/sbom.cdx.json"]);
    const { components } = JSON.parse(text) as { components: { "bom-ref": string; hashes?: { content: string }[] }[] };
    const requirements = readFileSync(join(packageRoot(), "container", "requirements.txt"), "utf8");
    for (const { name, version, hashes } of pinnedRequirements(requirements)) {
      const listed = components.find((component) => component["bom-ref"] === `pkg:pypi/${name}@${version}`);
      expect(hashes).toContain(listed?.hashes?.[0]?.content);
    }
    expect(components.some((component) => /^pkg:deb\/debian\/libc6@/.test(component["bom-ref"]))).toBe(true);
  });

  it("holds every line of the contract, as another user and on a read-only file system too", async () => {
    const workDir = join(scratch, "work");
    mkdirSync(workDir);
    const runner = (runFlags: readonly string[]): DockerRunner =>
      new DockerRunner({ stateDir: workDir, register: new ProcessRegister(workDir), runFlags });
    const outcomes = await checkContainer({
      target: await findTarget(tag, scratch, { sample: join(scratch, "sample.json"), data: join(scratch, "data") }),
      runner: runner([]),
      hardened: runner,
      workDir,
      // How fast an engine starts a container says nothing about the image.
      limits: { acceptMilliseconds: 60_000 },
      signal: new AbortController().signal,
      onOutcome: () => undefined,
      onProgress: () => undefined,
    });
    // Its job is too short to be stopped.
    expect(
      outcomes.filter(({ state, line }) => state !== "pass" && line !== lines.trainStop).map(({ line, found }) => [line.id, found]),
    ).toEqual([]);
    expect(outcomes).toHaveLength(Object.keys(lines).length);
  });

  it("trains and serves without a shell, without capabilities, as a user that is nobody, on a read-only file system", () => {
    const folder = join(scratch, "no-shell");
    mkdirSync(folder);
    writeFileSync(
      join(folder, "Dockerfile"),
      `FROM ${tag}\nUSER 0\nRUN ["python", "-c", "import os, pathlib; [os.remove(p) for d in ('/bin', '/usr/bin') for p in (f'{d}/sh', f'{d}/bash', f'{d}/dash') if os.path.lexists(p)]"]\n`,
    );
    docker(["build", "--quiet", "--tag", `${tag}:no-shell`, folder]);
    const job = join(scratch, "job");
    cpSync(join(scratch, "data"), join(job, "input", "data", "train"), { recursive: true });
    execFileSync("chmod", ["-R", "a+rwX", job]);
    const hardened = ["--read-only", "--tmpfs", "/tmp", "--user", "10001:10001", "--cap-drop", "ALL", "--volume", `${job}:/opt/ml`];
    expect(docker(["run", "--rm", ...hardened, `${tag}:no-shell`, "train"])).toContain('"event":"training_completed"');
    // The commands that SageMaker looks for on PATH when an image has no entry point of its own.
    expect(docker(["run", "--rm", ...hardened, "--entrypoint", "train", `${tag}:no-shell`])).toContain('"event":"training_completed"');
    const ask =
      "import subprocess, sys, time, urllib.request as u; s = subprocess.Popen(['serve'])\n" +
      "for _ in range(600):\n  time.sleep(0.05)\n  try: u.urlopen('http://127.0.0.1:8080/ping'); break\n  except OSError: pass\n" +
      "print(u.urlopen(u.Request('http://127.0.0.1:8080/invocations', b'{}', {'content-type': 'application/json'})).read().decode())\n" +
      "s.terminate(); sys.exit(s.wait())";
    expect(docker(["run", "--rm", ...hardened, "--entrypoint", "python", `${tag}:no-shell`, "-c", ask])).toContain('{"rows":2}');
  });
});

/** A model that needs nothing beside it. */
const model = `import json

class Model:
    def load(self, model_dir):
        self.rows = json.loads((model_dir / "rows.json").read_text())

    def predict(self, input):
        return {"rows": self.rows}

    def fit(self, ctx):
        with ctx.stream("train") as stream:
            (ctx.model_dir / "rows.json").write_text(json.dumps(len(stream.readlines())))
`;

/** The kit with that model, and what to train and ask it with beside it. */
function stagedContext(): string {
  const context = join(scratch, "context");
  stageKit(context, model);
  writeFileSync(join(scratch, "sample.json"), "{}");
  mkdirSync(join(scratch, "data"));
  writeFileSync(join(scratch, "data", "rows.txt"), "1\n2\n");
  return context;
}
