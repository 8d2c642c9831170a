import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ModelImage, type ModelImageArgs } from "../../../components";
import { buildPath } from "../../../components/component";
import { MockedEngine } from "../../support/mocks";
import { platform } from "../../support/platform";
import { faultsOf, promiseOf } from "../../support/promise-of";

const name = `image-test-${process.pid}`;
let engine: MockedEngine;
let code: string;
beforeEach(async () => {
  engine = await MockedEngine.start();
  code = mkdtempSync(join(tmpdir(), "slipway-code-"));
});
afterEach(async () => {
  await MockedEngine.settled();
  rmSync(code, { recursive: true });
  rmSync(buildPath(name), { recursive: true, force: true });
  rmSync(`${buildPath(name)}.hash`, { force: true });
});

const write = (...files: string[]) => {
  for (const file of files) writeFileSync(join(code, file), "");
};
const declare = (args: object) => () => new ModelImage(name, { platform, code, ...args } as ModelImageArgs);

/** The inputs of the one image that a declaration makes. */
async function imageOf(args: object): Promise<{ imageName: string; build: unknown }> {
  engine = await MockedEngine.start();
  await promiseOf(declare(args)().uri);
  await MockedEngine.settled();
  const { imageName, build } = engine.one("docker:index/image:Image").inputs;
  return { imageName: String(imageName), build };
}

describe("a model's image", () => {
  test("is built from the staged folder for linux/amd64, with no build arguments unless some are given", async () => {
    write("model.py");
    const { imageName, build } = await imageOf({});
    expect(imageName).toMatch(new RegExp(`^${platform.repositoryUrl}:${name}-[0-9a-f]{16}$`));
    expect(build).toEqual({ context: `.slipway/build/${name}`, platform: "linux/amd64", args: {} });
  });

  test("gets base image, system packages and further build arguments as what the Dockerfile calls them", async () => {
    write("model.py");
    const { build } = await imageOf({
      baseImage: "nvidia/cuda:12.6.3-cudnn-runtime-ubuntu22.04",
      aptPackages: ["python3", "python3-venv=3.10.6-1~22.04", "g++"],
      buildArguments: { OTHER: "1" },
      architecture: "linux/arm64",
    });
    expect(build).toEqual({
      context: `.slipway/build/${name}`,
      platform: "linux/arm64",
      args: {
        OTHER: "1",
        BASE_IMAGE: "nvidia/cuda:12.6.3-cudnn-runtime-ubuntu22.04",
        APT_PACKAGES: "python3 python3-venv=3.10.6-1~22.04 g++",
      },
    });
  });

  test("is another one with other system packages, and the same one with an empty list as with none", async () => {
    write("model.py");
    const plain = (await imageOf({})).imageName;
    expect((await imageOf({ aptPackages: [] })).imageName).toBe(plain);
    expect((await imageOf({ aptPackages: ["ffmpeg"] })).imageName).not.toBe(plain);
  });

  test.each([["model.py"], ["inference.py"], ["inference.py", "train.py"]])("is made from a folder with %s %s", async (...files) => {
    write(...files);
    expect((await imageOf({})).build).toMatchObject({ context: `.slipway/build/${name}` });
  });
});

describe("the declaration of a model's image", () => {
  const advice = "add a model.py with a class that has predict(), or an inference.py with SageMaker's functions (model_fn, predict_fn)";

  test("names a folder with neither model.py nor inference.py, and what it has", () => {
    expect(faultsOf(declare({}))[1]).toBe(`code: got "${code}"; the folder has no model.py and no inference.py (it is empty); ${advice}`);
    write("notes.txt", "train.py");
    mkdirSync(join(code, "data"));
    expect(faultsOf(declare({}))[1]).toBe(
      `code: got "${code}"; the folder has no model.py and no inference.py (it has data, notes.txt, train.py); ${advice}`,
    );
    write("a", "b", "c", "d", "e", "f");
    expect(faultsOf(declare({}))[1]).toContain("(it has a, b, c, d, data, e, f, notes.txt and 1 more)");
  });

  test("names every system package that apt would take for something else", () => {
    write("model.py");
    const aptPackages = ["libgomp1", "-y", "curl-", "two words", "$(id)", "", "Python3", "x=1=2"];
    const allowed = 'the name of a Debian or Ubuntu package, such as "libgomp1" or "libgomp1=12.2.0-14"';
    expect(faultsOf(declare({ aptPackages })).slice(1)).toEqual([
      `aptPackages[1]: got "-y"; allowed is ${allowed}`,
      `aptPackages[2]: got "curl-"; allowed is ${allowed}`,
      `aptPackages[3]: got "two words"; allowed is ${allowed}`,
      `aptPackages[4]: got "$(id)"; allowed is ${allowed}`,
      `aptPackages[5]: got ""; expected ${allowed}`,
      `aptPackages[6]: got "Python3"; allowed is ${allowed}`,
      `aptPackages[7]: got "x=1=2"; allowed is ${allowed}`,
    ]);
    expect(faultsOf(declare({ aptPackages: "libgomp1" }))[1]).toBe('aptPackages: got "libgomp1"; expected a list');
  });

  test("names a build argument that another argument sets too", () => {
    write("model.py");
    const buildArguments = { BASE_IMAGE: "a", APT_PACKAGES: "b" };
    expect(faultsOf(declare({ baseImage: "c", aptPackages: ["dd"], buildArguments })).slice(1)).toEqual([
      "buildArguments.BASE_IMAGE: is given together with baseImage, which sets it; remove one of the two",
      "buildArguments.APT_PACKAGES: is given together with aptPackages, which sets it; remove one of the two",
    ]);
  });
});
