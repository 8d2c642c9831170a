import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildImage } from "../../../local/containers/docker-images";

const image = { uri: "shop/iris@sha256:1", repository: "shop/iris", digest: `sha256:${"1".repeat(64)}`, context: "/tmp" };
const build = () => buildImage(image, { imageName: "shop/iris:1", context: "/tmp" }, { label: "test=1" });

/** A command of that name which says what Docker says, as a build that fails needs no engine. */
describe("docker build that fails", () => {
  const path = process.env.PATH ?? "";
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-docker-"));
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true, force: true });
  });

  function says(stdout: string, stderr: string): void {
    const file = join(folder, "docker");
    writeFileSync(join(folder, "out"), stdout);
    writeFileSync(join(folder, "err"), stderr);
    writeFileSync(file, `#!/bin/sh\ncat "${folder}/out"\ncat "${folder}/err" >&2\nexit 1\n`);
    chmodSync(file, 0o755);
    process.env.PATH = `${folder}${delimiter}${path}`;
  }

  test("tells the step and its lines, also where they stand on standard output", async () => {
    says(
      "Step 1/2 : FROM python:3.12-slim\n ---> 0a1b\nStep 2/2 : RUN pip install nosuch\n ---> Running in 1a2b\nERROR: No matching distribution found for nosuch\n",
      "The command '/bin/sh -c pip install nosuch' returned a non-zero code: 1\n",
    );
    const failure: unknown = await build().catch((error: unknown) => error);
    expect((failure as Error).message.split("\n")).toEqual([
      "SLIP-5022 the image shop/iris:1 cannot be built: RUN pip install nosuch failed",
      "  log  Step 1/2 : FROM python:3.12-slim",
      "  log  Step 2/2 : RUN pip install nosuch",
      "  log  ERROR: No matching distribution found for nosuch",
      "  log  The command '/bin/sh -c pip install nosuch' returned a non-zero code: 1",
      expect.stringMatching(/^ {2}fix {2}There is no such version of nosuch for the image's Python/),
    ]);
  });

  test("without a Docker engine says how to start one", async () => {
    says("", "ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n");
    await expect(build()).rejects.toThrow("fix  No Docker engine answers: start Docker");
  });

  test("without the command says the same", async () => {
    process.env.PATH = folder;
    await expect(build()).rejects.toThrow("fix  No Docker engine answers: start Docker");
  });
});
