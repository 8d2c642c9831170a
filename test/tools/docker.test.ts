import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensureBaseImage, ensureDocker, findDocker } from "../../tools/docker/ensure";
import { scratchFolder, script } from "./scratch";

/** A machine whose `docker` does what the script says, and which has no apt-get. */
function machine(docker?: string): { PATH: string } {
  const bin = scratchFolder();
  if (docker !== undefined) script(join(bin, "docker"), docker);
  return { PATH: bin };
}

const silent = 'echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock." >&2; exit 1';

describe("a Docker engine", () => {
  it("that answers gives its version", async () => {
    expect(await findDocker(machine("echo 27.3.1"))).toEqual({ version: "27.3.1" });
  });

  it("that does not answer gives docker's own reason", async () => {
    expect(await findDocker(machine(silent))).toEqual({ reason: "Cannot connect to the Docker daemon at unix:///var/run/docker.sock." });
  });

  it("may be absent", async () => {
    expect(await findDocker(machine())).toEqual({ reason: "there is no docker on PATH" });
  });

  it("is not installed where that is not possible, and the reason says so", async () => {
    const { engine } = await ensureDocker({ env: machine() });
    expect(engine).toEqual({ reason: "there is no docker on PATH, and only root on Debian or Ubuntu can have one installed here" });
  });
});

describe("the base image", () => {
  it("is the one that SLIPWAY_BASE_IMAGE names", async () => {
    expect(await ensureBaseImage({ env: { ...machine(), SLIPWAY_BASE_IMAGE: "own/python:3.12" } })).toBe("own/python:3.12");
  });

  it("is the one made of Debian's packages when it is there", async () => {
    expect(await ensureBaseImage({ env: machine('[ "$1 $2 $3" = "image inspect slipway/python-base:bookworm" ]') })).toBe(
      "slipway/python-base:bookworm",
    );
  });

  it("is the Dockerfile's own when that can be pulled", async () => {
    expect(await ensureBaseImage({ env: machine('[ "$1" = pull ]') })).toBeUndefined();
  });

  it("that can be neither pulled nor made is an error with the pull's reason", async () => {
    await expect(ensureBaseImage({ env: machine('echo "no such host" >&2; exit 1') })).rejects.toThrow(
      /^docker pull \S+ failed \(no such host\); making a base image instead needs root on Debian or Ubuntu$/,
    );
  });
});
